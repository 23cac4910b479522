"""Doors where things are bought."""

from fastapi import APIRouter

from serving.checkout import pricing, services

router = APIRouter()
for part in (pricing, services):
    router.include_router(part.router)

__all__ = ["router"]
