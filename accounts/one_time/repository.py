"""Queries over tokens that are good once."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.one_time.models import OneTimeToken


async def holder(session: AsyncSession, digest: bytes, purpose: str) -> uuid.UUID | None:
    """Whose token has this hash and purpose; asked before the caller is known."""
    return cast(uuid.UUID | None, await session.scalar(select(func.one_time_token_holder(digest, purpose))))


async def good(session: AsyncSession, digest: bytes, moment: datetime) -> OneTimeToken | None:
    """The token, of whoever the transaction is for, if it is neither used nor expired."""
    asked = select(OneTimeToken).where(OneTimeToken.hash == digest, *_good(moment))
    return (await session.scalars(asked)).one_or_none()


async def use(session: AsyncSession, digest: bytes, moment: datetime) -> OneTimeToken | None:
    """Use the token up; None when it is used or expired. Of several at once one gets it."""
    asked = update(OneTimeToken).where(OneTimeToken.hash == digest, *_good(moment)).values(used_at=moment)
    return (await session.scalars(asked.returning(OneTimeToken))).one_or_none()


async def use_up(session: AsyncSession, user_id: uuid.UUID, purposes: Iterable[str], moment: datetime) -> None:
    """Let none of the user's tokens of these purposes be good any more."""
    theirs = update(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(list(purposes)))
    await session.execute(theirs.where(OneTimeToken.used_at.is_(None)).values(used_at=moment))


async def forget_expired(session: AsyncSession, moment: datetime) -> None:
    """Remove what expired before this moment."""
    await session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < moment))


def _good(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > moment
