"""The doors of what people bought: credits."""

from fastapi import APIRouter, Depends

from serving.answers import kept_nowhere
from serving.billing import credits

router = APIRouter(prefix="/api/v1", tags=["billing"], dependencies=[Depends(kept_nowhere)])
router.include_router(credits.router)
