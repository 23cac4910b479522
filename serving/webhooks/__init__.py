"""Doors for other services' news."""

from fastapi import APIRouter

from serving.webhooks import clerk, stripe

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])
router.include_router(clerk.router)
router.include_router(stripe.router)
