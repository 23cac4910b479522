"""What administrators may do. Every act says who did it and why, and is kept in the audit trail with it."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.administration import repository
from accounts.administration.wanted import Wanted
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.identity import Role
from accounts.keys import repository as keys
from accounts.keys.models import ApiKey
from accounts.users.models import User
from accounts.users.service import EMAIL
from accounts.vault import service as vault

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Act:
    """Who does something to a user, and why."""

    actor: Actor
    reason: str


@dataclass(frozen=True)
class Profile:
    """A user as an administrator sees them; `email` is None once the person was erased."""

    user: User
    email: str | None
    keys: list[ApiKey]
    live_sessions: int
    requests_in_30_days: int


async def find(session: AsyncSession, context: Context, wanted: Wanted, limit: int, act: Act) -> list[User]:
    """The users that were asked for, newest first."""
    found = await repository.find(session, wanted, limit)
    event = Event(Action.ADMIN_LISTED_USERS, None, act.actor, {"reason": act.reason, "count": len(found)})
    await audit.record(session, context, event)
    return found


async def view(session: AsyncSession, context: Context, user_id: uuid.UUID, act: Act) -> Profile:
    """One user, address included. Raises Refused (not-found)."""
    user = await session.get(User, user_id)
    if user is None:
        raise _unknown()
    await audit.record(session, context, Event(Action.ADMIN_VIEWED_USER, user_id, act.actor, {"reason": act.reason}))
    now = context.clock()
    return Profile(
        user,
        await _address(session, context, user),
        await keys.of_user(session, user_id),
        await repository.live_sessions(session, user_id, now),
        await repository.requests_since(session, user_id, (now - MONTH).date()),
    )


async def suspend(session: AsyncSession, context: Context, user_id: uuid.UUID, act: Act) -> User:
    """Let the user do nothing any more, by whatever credential. Raises Refused (not-found, conflict, last-admin)."""
    user = await _taken(session, user_id)
    if user.status not in ("active", "leaving"):
        raise Refused("conflict", f"The user is {user.status}: there is nothing to suspend.")
    await _leaves_an_administrator(session, user)
    return await _changed(session, context, user, Action.USER_SUSPENDED, act, status="suspended")


async def reinstate(session: AsyncSession, context: Context, user_id: uuid.UUID, act: Act) -> User:
    """Let a suspended user in again; one who was leaving still is. Raises Refused (not-found, conflict)."""
    user = await _taken(session, user_id)
    if user.status != "suspended":
        raise Refused("conflict", f"The user is {user.status}: only a suspended one can be reinstated.")
    status = "leaving" if await repository.is_leaving(session, user_id) else "active"
    return await _changed(session, context, user, Action.USER_REINSTATED, act, status=status)


async def set_role(session: AsyncSession, context: Context, user_id: uuid.UUID, role: Role, act: Act) -> User:
    """Give the user this role; what they have already is no fault. Raises Refused (not-found, conflict, last-admin)."""
    user = await _taken(session, user_id)
    if role != "admin":
        await _leaves_an_administrator(session, user)
    return await _changed(session, context, user, Action.ROLE_CHANGED, act, role=role)


async def set_plan(session: AsyncSession, context: Context, user_id: uuid.UUID, plan: str, act: Act) -> User:
    """Give the user this plan, a name of billing.plans. Raises Refused (not-found, conflict)."""
    user = await _taken(session, user_id)
    return await _changed(session, context, user, Action.PLAN_CHANGED, act, plan=plan)


async def _taken(session: AsyncSession, user_id: uuid.UUID) -> User:
    user = await repository.locked(session, user_id)
    if user is None:
        raise _unknown()
    if user.status == "erased":
        raise Refused("conflict", "The person was erased: there is nobody to whom this could be done.")
    return user


async def _leaves_an_administrator(session: AsyncSession, user: User) -> None:
    if user.role == "admin" and not await repository.other_administrators(session, user.id):
        raise Refused("last-admin", "No other administrator could act: make another one first.")


async def _changed(
    session: AsyncSession, context: Context, user: User, action: Action, act: Act, **values: str
) -> User:
    """Set what is given, and record what it was and is."""
    [(name, value)] = values.items()
    before = getattr(user, name)
    setattr(user, name, value)
    await session.flush()
    detail = {"reason": act.reason, "before": before, "after": value}
    await audit.record(session, context, Event(action, user.id, act.actor, detail))
    return user


async def _address(session: AsyncSession, context: Context, user: User) -> str | None:
    try:
        key = await vault.key_of(session, context.secrets, user.id)
    except vault.Erased:
        return None
    return key.open(EMAIL, user.email_sealed) if user.email_sealed else None


def _unknown() -> Refused:
    return Refused("not-found", "There is no user with this id.")
