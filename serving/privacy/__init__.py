"""The doors by which a person gets what is held on them, or has it erased."""

from fastapi import APIRouter, Depends

from serving.answers import kept_nowhere
from serving.privacy import exports, leaving

router = APIRouter(prefix="/api/v1", tags=["privacy"], dependencies=[Depends(kept_nowhere)])
router.include_router(exports.router)
router.include_router(leaving.router)
