"""Queries over API keys."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.models import ApiKey


async def by_hash(session: AsyncSession, digest: bytes) -> ApiKey | None:
    """The key with this hash, whatever its state."""
    return (await session.scalars(select(ApiKey).where(ApiKey.hash == digest))).one_or_none()


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> list[ApiKey]:
    """A user's keys, oldest first."""
    return list(await session.scalars(select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.id)))


async def mark_revoked(session: AsyncSession, key_id: uuid.UUID, moment: datetime) -> bool:
    """Revoke a key that is not yet; False when there is none such."""
    statement = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=moment)
    return (await session.execute(statement.returning(ApiKey.id))).first() is not None


async def mark_used(session: AsyncSession, moments: Mapping[uuid.UUID, datetime]) -> None:
    """Note when keys were last used; never moves a time back."""
    for key_id in sorted(moments):  # one order of locks for every worker
        latest = func.greatest(func.coalesce(ApiKey.last_used_at, moments[key_id]), moments[key_id])
        await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=latest))
