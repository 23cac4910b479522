"""Find, see, suspend and reinstate users; give them roles and plans."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import Field

from accounts.administration import service
from accounts.administration.service import Act, Profile
from accounts.administration.wanted import Wanted
from accounts.identity import Role
from accounts.users.addresses import LONGEST, digest_of, read_address
from accounts.users.models import User
from billing.plans import PlanName
from kit.errors import BadInput
from serving.admin.asking import Reader, Reason, UserId, Why, Writer, act, transaction
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.problems import Problem

router = APIRouter(prefix="/users")

Status = Literal["active", "suspended", "leaving", "erased"]
UNKNOWN = problems_of("not-found")
CONFLICT = problems_of("not-found", "conflict", "last-admin")
PREFIX = r"^pb_(live|test)_[0-9A-Za-z]{4}$"


class Filters(Asked):
    """Which users; everything that is given must hold."""

    id: uuid.UUID | None = None
    key_prefix: str | None = Field(default=None, pattern=PREFIX, description="The first 12 characters of a key")
    plan: PlanName | None = None
    role: Role | None = None
    status: Status | None = None
    cursor: uuid.UUID | None = Field(default=None, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=200)


class Search(Filters):
    """As the list, and by address, which therefore stands in no URL."""

    email: str | None = Field(default=None, max_length=LONGEST, description="The exact address")
    reason: Reason


class Found(Told):
    """A user without what tells who it is."""

    id: uuid.UUID
    role: Role
    plan: str
    status: Status
    created_at: datetime


class Page(Told):
    """Users, newest first. `next` is the cursor of the next page, null on the last."""

    users: list[Found]
    next: uuid.UUID | None


class KeyOfUser(Told):
    """A key without its text and its name."""

    id: uuid.UUID
    prefix: str
    mode: Literal["live", "test"]
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class Seen(Found):
    """A user, with the address (null once erased), keys and how much is asked."""

    email: str | None
    email_verified_at: datetime | None
    region: str | None
    keys: list[KeyOfUser]
    live_sessions: int
    requests_in_30_days: int


class Because(Asked):
    """Why."""

    reason: Reason


class NewRole(Because):
    """The role, and why."""

    role: Role


class NewPlan(Because):
    """The plan, and why."""

    plan: PlanName


@router.get("")
async def list_users(request: Request, caller: Reader, reason: Why, filters: Annotated[Filters, Query()]) -> Page:
    """Users, newest first, by id, key prefix, plan, role and status."""
    return await _page(request, act(caller, reason), filters)


@router.post("/search")
async def search_users(request: Request, caller: Reader, search: Annotated[Search, Body()]) -> Page:
    """As the list; also by exact e-mail address."""
    return await _page(request, act(caller, search.reason), search, search.email)


async def _page(request: Request, asked: Act, filters: Filters, email: str | None = None) -> Page:
    context = request.app.state.context
    wanted = Wanted(
        filters.id,
        digest_of(context.secrets, _address(email)) if email is not None else None,
        filters.key_prefix,
        filters.plan,
        filters.role,
        filters.status,
        filters.cursor,
    )
    async with transaction(request) as session:
        found = await service.find(session, context, wanted, filters.limit + 1, asked)
    more = len(found) > filters.limit
    shown = found[: filters.limit]
    return Page(users=[_found(user) for user in shown], next=shown[-1].id if more else None)


def _address(text: str) -> str:
    try:
        return read_address(text)
    except BadInput as error:
        faults = [{"parameter": "email", "message": str(error)}]
        raise Problem("invalid-parameter", f"email: {error}", faults=faults) from None


@router.get("/{user_id}", responses=UNKNOWN)
async def see_user(request: Request, caller: Reader, reason: Why, user_id: UserId) -> Seen:
    """One user, address included."""
    async with transaction(request) as session:
        return _seen(await service.view(session, request.app.state.context, user_id, act(caller, reason)))


@router.post("/{user_id}/suspend", responses=CONFLICT)
async def suspend_user(request: Request, caller: Writer, user_id: UserId, because: Because) -> Found:
    """Let the user do nothing any more, by whatever credential, within a second; nothing of theirs is lost."""
    async with transaction(request) as session:
        context = request.app.state.context
        return _found(await service.suspend(session, context, user_id, act(caller, because.reason)))


@router.post("/{user_id}/reinstate", responses=CONFLICT)
async def reinstate_user(request: Request, caller: Writer, user_id: UserId, because: Because) -> Found:
    """Let a suspended user in again."""
    async with transaction(request) as session:
        context = request.app.state.context
        return _found(await service.reinstate(session, context, user_id, act(caller, because.reason)))


@router.put("/{user_id}/role", responses=CONFLICT)
async def set_role(request: Request, caller: Writer, user_id: UserId, new: NewRole) -> Found:
    """Give the user a role; it counts for every credential from the next request on."""
    async with transaction(request) as session:
        context = request.app.state.context
        return _found(await service.set_role(session, context, user_id, new.role, act(caller, new.reason)))


@router.put("/{user_id}/plan", responses=CONFLICT)
async def set_plan(request: Request, caller: Writer, user_id: UserId, new: NewPlan) -> Found:
    """Give the user a plan; it counts for every credential from the next request on."""
    async with transaction(request) as session:
        context = request.app.state.context
        return _found(await service.set_plan(session, context, user_id, new.plan, act(caller, new.reason)))


def _found(user: User) -> Found:
    return Found.model_validate(user)


def _seen(profile: Profile) -> Seen:
    user = profile.user
    return Seen(
        **_found(user).model_dump(),
        email=profile.email,
        email_verified_at=user.email_verified_at,
        region=user.region,
        keys=[KeyOfUser.model_validate(key) for key in profile.keys],
        live_sessions=profile.live_sessions,
        requests_in_30_days=profile.requests_in_30_days,
    )
