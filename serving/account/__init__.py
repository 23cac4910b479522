"""The doors of people's own accounts: become a user, sign in, and what one has."""

from fastapi import APIRouter

from serving.account import (
    hooks,
    keys,
    pages,
    passwords,
    providers,
    registering,
    second_factor,
    sessions,
    sign_in,
    usage,
    users,
)

router = APIRouter()
for each in (registering, sign_in, sessions, passwords, second_factor, providers):
    router.include_router(each.router, prefix="/api/v1/auth", tags=["sign-in"])
router.include_router(pages.router)
router.include_router(users.router, prefix="/api/v1/users", tags=["account"])
router.include_router(usage.router, prefix="/api/v1/users", tags=["account"])
router.include_router(keys.router, prefix="/api/v1/keys", tags=["keys"])
router.include_router(hooks.router, prefix="/api/v1/webhook-endpoints", tags=["webhook endpoints"])
