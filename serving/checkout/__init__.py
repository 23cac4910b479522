"""Doors where things are bought."""

from fastapi import APIRouter

from serving.checkout import overage, pricing, purchasing, services, subscribing, subscriptions

router = APIRouter()
for part in (pricing, purchasing, services, subscribing, subscriptions, overage):
    router.include_router(part.router)

__all__ = ["router"]
