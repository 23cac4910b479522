"""Queries over hooks and what is sent to them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.hooks.models import AnnouncedRelease, Hook, HookDelivery


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> list[Hook]:
    """A user's hooks, oldest first."""
    return list(await session.scalars(select(Hook).where(Hook.user_id == user_id).order_by(Hook.id)))


async def listening(session: AsyncSession, kind: str, user_id: uuid.UUID | None = None) -> list[Hook]:
    """The hooks that work and want to be told of this kind: the user's, or everybody's."""
    asked = select(Hook).where(Hook.disabled_at.is_(None), Hook.kinds.contains([kind]))
    if user_id is not None:
        asked = asked.where(Hook.user_id == user_id)
    return list(await session.scalars(asked.order_by(Hook.id)))


async def by_id(session: AsyncSession, hook_id: uuid.UUID, *, to_change: bool = False) -> Hook | None:
    """A hook that the session may see."""
    asked = select(Hook).where(Hook.id == hook_id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(asked)).one_or_none()


async def count(session: AsyncSession, user_id: uuid.UUID) -> int:
    """How many hooks a user has."""
    return int(await session.scalar(select(func.count()).select_from(Hook).where(Hook.user_id == user_id)) or 0)


async def remove(session: AsyncSession, hook_id: uuid.UUID) -> None:
    """Delete a hook with its deliveries."""
    await session.execute(delete(Hook).where(Hook.id == hook_id))


async def delivery(session: AsyncSession, delivery_id: uuid.UUID, *, to_change: bool = False) -> HookDelivery | None:
    """A delivery that the session may see."""
    asked = select(HookDelivery).where(HookDelivery.id == delivery_id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(asked)).one_or_none()


async def deliveries(
    session: AsyncSession, hook_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Sequence[HookDelivery]:
    """What was sent to a hook, newest first, from behind the delivery `after`."""
    asked = select(HookDelivery).where(HookDelivery.hook_id == hook_id)
    if after is not None:
        asked = asked.where(HookDelivery.id < after)
    return (await session.scalars(asked.order_by(HookDelivery.id.desc()).limit(limit))).all()


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove deliveries that were made before this moment."""
    await session.execute(delete(HookDelivery).where(HookDelivery.created_at < moment))


async def any_announced(session: AsyncSession) -> bool:
    """Whether a release was ever announced here."""
    return bool(await session.scalar(select(exists().where(AnnouncedRelease.id.is_not(None)))))


async def announce(session: AsyncSession, release: str, now: datetime) -> bool:
    """Note that a release is announced; of several who do so at once, and of later ones, one alone hears True."""
    statement = insert(AnnouncedRelease).values(id=release, at=now).on_conflict_do_nothing()
    return (await session.execute(statement.returning(AnnouncedRelease.id))).first() is not None
