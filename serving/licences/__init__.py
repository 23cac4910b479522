"""The doors of licences: for programs that have a key, and for people who hold licences."""

from fastapi import APIRouter

from serving.licences import holding, validating

router = APIRouter(tags=["licences"])
for each in (validating, holding):
    router.include_router(each.router, prefix="/api/v1/licenses")
