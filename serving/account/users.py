"""One's own account."""

import uuid
from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import StringConstraints, model_validator

from accounts.identity import Caller, Role
from accounts.users import profile
from accounts.users.profile import Profile
from serving.access import needs
from serving.account.asking import Asked, Name, Told, context_of, database_of

router = APIRouter()
Status = Literal["active", "suspended", "leaving"]  # who is suspended sees nothing
Reader = Annotated[Caller, Depends(needs(scope="account:read"))]
Writer = Annotated[Caller, Depends(needs(scope="account:write"))]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Me(Told):
    """The account of whoever asks."""

    id: uuid.UUID
    email: str
    email_verified_at: datetime | None
    name: str | None
    region: str | None
    role: Role
    plan: str
    status: Status
    has_password: bool
    second_factor: bool
    created_at: datetime


class Flags(Told):
    """By name, whether you have it."""

    flags: dict[str, bool]


class Changes(Asked):
    """What is to change: a field that is not given stays, one that is null is emptied."""

    name: Name | None = None
    region: Region | None = None

    @model_validator(mode="after")
    def _something(self) -> "Changes":
        if not self.model_fields_set:
            raise ValueError("give at least one of name, region")
        return self


@router.get("/me")
async def see_me(request: Request, response: Response, caller: Reader) -> Me:
    """Your account."""
    async with database_of(request).transaction(caller.user_id) as session:
        return _me(response, await profile.view(session, context_of(request), caller.user_id))


@router.patch("/me")
async def change_me(request: Request, response: Response, caller: Writer, changes: Annotated[Changes, Body()]) -> Me:
    """Change your name or the country that you are in (ISO 3166-1 alpha-2)."""
    context, wanted = context_of(request), {name: getattr(changes, name) for name in changes.model_fields_set}
    async with database_of(request).transaction(caller.user_id) as session:
        await profile.change(session, context, caller.user_id, wanted)
        return _me(response, await profile.view(session, context, caller.user_id))


@router.get("/me/flags")
async def see_flags(request: Request, response: Response, caller: Reader) -> Flags:
    """What is let out by and by, and whether you have it: for programs that show it or do not."""
    response.headers["Cache-Control"] = "no-store"
    return Flags(flags=request.app.state.rollout.of(caller.user_id))


def _me(response: Response, seen: Profile) -> Me:
    response.headers["Cache-Control"] = "no-store"
    user = seen.user
    return Me(
        id=user.id,
        email=seen.email,
        email_verified_at=user.email_verified_at,
        name=seen.name,
        region=user.region,
        role=cast(Role, user.role),
        plan=user.plan,
        status=cast(Status, user.status),
        has_password=user.password_hash is not None,
        second_factor=seen.second_factor,
        created_at=user.created_at,
    )
