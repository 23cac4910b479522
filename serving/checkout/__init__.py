"""Doors where things are bought."""

from fastapi import APIRouter

from serving.checkout import overage, pricing, purchasing, services, sessions, subscribing, subscriptions, taxes

router = APIRouter()
for part in (pricing, purchasing, services, sessions, subscribing, subscriptions, taxes, overage):
    router.include_router(part.router)

__all__ = ["router"]
