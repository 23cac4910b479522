"""Queries over idempotency keys."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.idempotency.models import IdempotencyKey


async def take(
    session: AsyncSession, user_id: uuid.UUID, digest: bytes, request: bytes, now: datetime, until: datetime,
    forgotten: datetime,
) -> bool:  # fmt: skip
    """Whether the key is ours to answer: it is new, was made before `forgotten`, or whoever had it came to nothing.

    Of several at once one hears True.
    """
    fresh = {"request": request, "taken_until": until, "answer_sealed": None, "created_at": now}
    given_up = and_(IdempotencyKey.answer_sealed.is_(None), IdempotencyKey.taken_until <= now)
    statement = insert(IdempotencyKey).values(user_id=user_id, digest=digest, **fresh)
    statement = statement.on_conflict_do_update(
        index_elements=[IdempotencyKey.user_id, IdempotencyKey.digest],
        set_=fresh,
        where=or_(and_(given_up, IdempotencyKey.request == request), IdempotencyKey.created_at < forgotten),
    )
    return (await session.execute(statement.returning(IdempotencyKey.digest))).first() is not None


async def find(session: AsyncSession, user_id: uuid.UUID, digest: bytes) -> IdempotencyKey | None:
    """The key as it is now."""
    return (await session.scalars(select(IdempotencyKey).where(*_is(user_id, digest)))).one_or_none()


async def answer(session: AsyncSession, user_id: uuid.UUID, digest: bytes, **values: Any) -> None:
    """Keep what was answered."""
    await session.execute(update(IdempotencyKey).where(*_is(user_id, digest)).values(**values))


async def give_up(session: AsyncSession, user_id: uuid.UUID, digest: bytes, until: datetime) -> None:
    """Forget a key that is held until then, and to which nothing was answered."""
    await session.execute(delete(IdempotencyKey).where(*_is(user_id, digest), *_held(until)))


async def let_go(session: AsyncSession, user_id: uuid.UUID, digest: bytes, until: datetime, now: datetime) -> None:
    """Hold a key that is held until then no longer."""
    held = update(IdempotencyKey).where(*_is(user_id, digest), *_held(until))
    await session.execute(held.values(taken_until=now))


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove the keys that were made before this moment, of everybody."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < moment))


def _is(user_id: uuid.UUID, digest: bytes) -> tuple[ColumnElement[bool], ...]:
    return IdempotencyKey.user_id == user_id, IdempotencyKey.digest == digest


def _held(until: datetime) -> tuple[ColumnElement[bool], ...]:
    return IdempotencyKey.answer_sealed.is_(None), IdempotencyKey.taken_until == until
