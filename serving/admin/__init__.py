"""The administrators' doors. Each act needs a reason: in the body where there is one, else in the header X-Reason."""

from fastapi import APIRouter, Depends

from serving.admin import audit, credits, figures, flags, users
from serving.answers import kept_nowhere

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], dependencies=[Depends(kept_nowhere)])
router.include_router(users.router)
router.include_router(credits.router)
router.include_router(figures.router)
router.include_router(audit.router)
router.include_router(flags.router)
