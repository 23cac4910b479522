"""Queries over API keys."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.models import ApiKey


async def holders(session: AsyncSession, digests: Sequence[bytes]) -> dict[bytes, Any]:
    """By digest what the look-up tells of keys that are not revoked; nothing of any other."""
    asked = text("SELECT * FROM keys_by_hash(CAST(:digests AS bytea[]))")
    return {row.hash: row for row in await session.execute(asked, {"digests": list(digests)})}


async def of_user(
    session: AsyncSession, user_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 1_000
) -> list[ApiKey]:
    """A user's keys, newest first, from behind the key `after`."""
    asked = select(ApiKey).where(ApiKey.user_id == user_id)
    if after is not None:
        asked = asked.where(ApiKey.id < after)
    return list(await session.scalars(asked.order_by(ApiKey.id.desc()).limit(limit)))


async def by_id(session: AsyncSession, key_id: uuid.UUID, *, to_change: bool = False) -> ApiKey | None:
    """A key that the session's role and user may see; `to_change` keeps others from changing it meanwhile."""
    asked = select(ApiKey).where(ApiKey.id == key_id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(asked)).one_or_none()


async def count_live(session: AsyncSession, user_id: uuid.UUID, moment: datetime) -> tuple[int, int]:
    """How many keys of a user work: those that stay, and those that were rotated and end soon."""
    live = (
        ApiKey.user_id == user_id,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > moment),
    )
    counts = select(func.count(), func.count(ApiKey.replaced_by)).select_from(ApiKey).where(*live)
    every, leaving = (await session.execute(counts)).one()
    return every - leaving, leaving


async def mark_used(session: AsyncSession, moments: Mapping[uuid.UUID, datetime]) -> None:
    """Note when keys, of whomever, were last used; never moves a time back."""
    keys = sorted(moments)  # one order of locks for every worker
    given = {"keys": keys, "moments": [moments[key] for key in keys]}
    await session.execute(text("SELECT note_keys_used(CAST(:keys AS uuid[]), CAST(:moments AS timestamptz[]))"), given)
