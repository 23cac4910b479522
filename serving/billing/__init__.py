"""The doors of what people bought: credits, and what they paid."""

from fastapi import APIRouter, Depends

from serving.answers import kept_nowhere
from serving.billing import credits, history

router = APIRouter(prefix="/api/v1", tags=["billing"], dependencies=[Depends(kept_nowhere)])
router.include_router(credits.router)
router.include_router(history.router)
