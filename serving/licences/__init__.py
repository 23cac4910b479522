"""The doors of licences: for programs that have a key, for people who hold licences, and for whoever checks files."""

from fastapi import APIRouter

from serving.licences import holding, proving, validating

router = APIRouter(tags=["licences"])
for each in (validating, holding):
    router.include_router(each.router, prefix="/api/v1/licenses")
router.include_router(proving.router)
