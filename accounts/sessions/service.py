"""What can be done with sessions.

A refresh token is good once. Whoever shows a used one ends the whole session: either a thief has it or the thief was
first, and nobody can tell which. So of several requests that show the same token at once exactly one gets new tokens,
and those are refused from then on: a client refreshes one at a time, and signs in again where an answer was lost.
"""

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.identity import Caller
from accounts.sessions import repository
from accounts.sessions.access_tokens import issue_access_token
from accounts.sessions.models import RefreshToken, UserSession
from accounts.users import repository as users
from accounts.vault import service as vault
from kit.database import act_for
from kit.identifiers import uuid7

DEVICE = "sessions.device"  # the field that a device is sealed for
PREFIX = "pb_refresh_"  # lets scanners for leaked secrets know ours
LONGEST_AGENT = 400
RECENT = timedelta(minutes=15)
MAY_SIGN_IN = ("active", "leaving")
Ending = Literal["signed_out", "revoked", "replayed", "password_changed", "password_reset"]
Fault = Literal["unknown", "expired", "ended", "replayed", "suspended"]


@dataclass(frozen=True)
class Device:
    """Where a session was opened: as the client says, and as the connection came."""

    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True)
class Tokens:
    """What a client keeps of a session; times in seconds from now."""

    session_id: uuid.UUID
    access_token: str = field(repr=False)
    access_expires_s: int
    refresh_token: str = field(repr=False)
    refresh_expires_s: int


@dataclass(frozen=True)
class NotRefreshed:
    """Why there are no new tokens. What the service did besides is to be kept: leave the transaction in peace."""

    fault: Fault
    user_id: uuid.UUID | None = None


async def open_session(session: AsyncSession, context: Context, user_id: uuid.UUID, device: Device) -> Tokens:
    """A new session of a user who has proved who they are; the transaction is for them."""
    now = context.clock()
    person = await vault.key_of(session, context.secrets, user_id)
    told = {"user_agent": device.user_agent[:LONGEST_AGENT], "address": device.address}
    row = UserSession(id=uuid7(now), user_id=user_id, created_at=now, last_used_at=now)
    row.device_sealed = person.seal(DEVICE, json.dumps(told))
    row.expires_at = _end_of_life(context, now, now)
    session.add(row)
    await session.flush()
    told |= {"session_id": str(row.id)}
    await audit.record(session, context, Event(Action.SESSION_STARTED, user_id, Actor("user", user_id), told))
    return await _tokens(session, context, row, now)


async def refresh(session: AsyncSession, context: Context, token: str) -> Tokens | NotRefreshed:
    """New tokens for a refresh token, which is used up by that. One that was used before ends its session."""
    digest = digest_of(token)
    holder = await repository.holder_of_refresh_token(session, digest)
    if holder is None:
        return NotRefreshed("unknown")
    await act_for(session, holder.user_id)
    row = await repository.lock_session(session, holder.session_id)
    shown = await repository.refresh_token(session, digest)
    now = context.clock()
    fault = await _fault(session, row, shown, now)
    if fault == "replayed":
        await repository.end_sessions(session, row.user_id, now, fault, one=row.id)
        told = {"session_id": str(row.id)}
        await audit.record(session, context, Event(Action.SESSION_REPLAYED, row.user_id, detail=told))
    if fault is not None:
        return NotRefreshed(fault, holder.user_id)
    shown.used_at, row.last_used_at = now, now
    row.expires_at = _end_of_life(context, row.created_at, now)
    await session.flush()
    return await _tokens(session, context, row, now)


async def session_of(session: AsyncSession, token: str) -> uuid.UUID | None:
    """The session that a refresh token is of, used or not; None for an unknown one."""
    holder = await repository.holder_of_refresh_token(session, digest_of(token))
    return holder.session_id if holder is not None else None


async def sign_out(session: AsyncSession, context: Context, token: str) -> bool:
    """End the session of a refresh token, if it goes on; False for an unknown one."""
    holder = await repository.holder_of_refresh_token(session, digest_of(token))
    if holder is None:
        return False
    await act_for(session, holder.user_id)
    await end_session(session, context, holder.user_id, holder.session_id, "signed_out")
    return True


async def end_session(
    session: AsyncSession, context: Context, user_id: uuid.UUID, session_id: uuid.UUID, ending: Ending
) -> bool:
    """End one session of the user; False when it is not there, another's, or over already."""
    if not await repository.end_sessions(session, user_id, context.clock(), ending, one=session_id):
        return False
    told = {"session_id": str(session_id), "kind": ending}
    await audit.record(session, context, Event(Action.SESSION_ENDED, user_id, Actor("user", user_id), told))
    return True


async def end_other_sessions(
    session: AsyncSession, context: Context, user_id: uuid.UUID, ending: Ending, keep: uuid.UUID | None = None
) -> int:
    """End every session of the user but `keep`; how many that were."""
    return await repository.end_sessions(session, user_id, context.clock(), ending, but=keep)


async def is_recent(session: AsyncSession, context: Context, caller: Caller) -> bool:
    """Whether the caller proved who they are lately enough: a session by its sign-in, a key whenever it is shown.

    A token of another provider is short-lived, and good while it lives.
    """
    if caller.kind != "session":
        return True
    found = await session.get(UserSession, caller.session_id)
    return found is not None and found.created_at > context.clock() - RECENT


async def list_sessions(
    session: AsyncSession, context: Context, user_id: uuid.UUID
) -> list[tuple[UserSession, Device]]:
    """The user's sessions that go on, the newest first, each with where it was opened."""
    person = await vault.key_of(session, context.secrets, user_id)
    rows = await repository.live_sessions(session, user_id, context.clock())
    return [(row, Device(**json.loads(person.open(DEVICE, row.device_sealed)))) for row in rows]


def digest_of(token: str) -> bytes:
    """What is stored of a refresh token: it has 256 random bits, which need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


async def _fault(session: AsyncSession, row: UserSession, shown: RefreshToken, now: datetime) -> Fault | None:
    if row.ended_at is not None:
        return "ended"
    if shown.used_at is not None:
        return "replayed"
    if shown.expires_at <= now:
        return "expired"
    user = await users.by_id(session, row.user_id)
    return None if user is not None and user.status in MAY_SIGN_IN else "suspended"


async def _tokens(session: AsyncSession, context: Context, row: UserSession, now: datetime) -> Tokens:
    refresh_token = PREFIX + secrets.token_urlsafe(32)
    link = RefreshToken(hash=digest_of(refresh_token), user_id=row.user_id, session_id=row.id)
    link.created_at, link.expires_at = now, row.expires_at
    session.add(link)
    await session.flush()
    key = await context.keyring.ready(session)
    return Tokens(
        session_id=row.id,
        access_token=issue_access_token(context, key, row.user_id, row.id),
        access_expires_s=context.settings.access_token_s,
        refresh_token=refresh_token,
        refresh_expires_s=int((row.expires_at - now).total_seconds()),
    )


def _end_of_life(context: Context, opened: datetime, now: datetime) -> datetime:
    """A session that is not refreshed ends by itself, and however much it is used, at last it must be opened anew."""
    settings = context.settings
    return min(now + timedelta(days=settings.refresh_token_days), opened + timedelta(days=settings.session_days))
