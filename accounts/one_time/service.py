"""Make such tokens, look at them and use them up."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from accounts.one_time import repository
from accounts.one_time.models import PURPOSES, OneTimeToken, Purpose
from accounts.vault import service as vault
from kit.database import act_for

PAYLOAD = "one_time_tokens.payload"
PREFIX = "pb_once_"  # lets scanners for leaked secrets know ours
LIFETIMES: dict[Purpose, timedelta] = {
    "verify_email": timedelta(days=1),
    "change_email": timedelta(days=1),
    "reset_password": timedelta(hours=1),
    "magic_link": timedelta(minutes=15),
    "second_factor": timedelta(minutes=5),
}


class Issued(NamedTuple):
    """A new token: its text, which cannot be had again, and until when it is good."""

    text: str
    until: datetime


class Shown(NamedTuple):
    """What a good token says."""

    user_id: uuid.UUID
    payload: str


async def issue(
    session: AsyncSession, context: Context, user_id: uuid.UUID, purpose: Purpose, payload: str = ""
) -> Issued:
    """A token of this purpose, the only one of the user that is good from now on; the transaction is for them."""
    now = context.clock()
    await repository.use_up(session, user_id, [purpose], now)
    text = PREFIX + secrets.token_urlsafe(32)
    row = OneTimeToken(hash=_digest(text), user_id=user_id, purpose=purpose, created_at=now)
    row.expires_at = now + LIFETIMES[purpose]
    if payload:
        row.payload_sealed = (await vault.key_of(session, context.secrets, user_id)).seal(PAYLOAD, payload)
    session.add(row)
    await session.flush()
    return Issued(text, row.expires_at)


async def look(session: AsyncSession, context: Context, text: str, *purposes: Purpose) -> Shown:
    """What the token says, without using it up; the transaction is for its user from here on.

    Raises Refused (invalid-link) for one that is unknown, of another purpose, used or expired.
    """
    return await _shown(session, context, text, purposes, use=False)


async def redeem(session: AsyncSession, context: Context, text: str, *purposes: Purpose) -> Shown:
    """What the token says, which is used up by that; else as `look`."""
    return await _shown(session, context, text, purposes, use=True)


async def use_up(session: AsyncSession, context: Context, user_id: uuid.UUID, *purposes: Purpose) -> None:
    """Let none of the user's tokens of these purposes (of all, where none is named) be good any more."""
    await repository.use_up(session, user_id, purposes or PURPOSES, context.clock())


async def _shown(
    session: AsyncSession, context: Context, text: str, purposes: tuple[Purpose, ...], *, use: bool
) -> Shown:
    digest, now = _digest(text), context.clock()
    for purpose in purposes:
        user_id = await repository.holder(session, digest, purpose)
        if user_id is None:
            continue
        await act_for(session, user_id)
        row = await (repository.use if use else repository.good)(session, digest, now)
        if row is not None:
            return Shown(user_id, await _payload(session, context, row))
    raise Refused("invalid-link", "The link or token is unknown, was used, or has expired: ask for a new one.")


async def _payload(session: AsyncSession, context: Context, row: OneTimeToken) -> str:
    if row.payload_sealed is None:
        return ""
    return (await vault.key_of(session, context.secrets, row.user_id)).open(PAYLOAD, row.payload_sealed)


def _digest(text: str) -> bytes:
    """Its 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).digest()
