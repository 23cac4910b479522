"""Queries over usage."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

import orjson
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.usage.models import UsageBatch, UsageDay, UsageRecord

_WRITE = text("SELECT write_usage(:batch, CAST(:records AS jsonb))")


# One request, in the order in which write_usage takes it: user, key, endpoint, method, status, milliseconds, bytes,
# request id, release, seconds of the epoch. A plain tuple of what JSON knows, because one is made for every request.
Used = tuple[str, str | None, str, str, int, float, int, str, str | None, float]


async def write(session: AsyncSession, batch: uuid.UUID, used: Sequence[Used]) -> int:
    """Write a batch, records and totals, unless it was written before; how many records that made.

    Records of users who are no more are left out.
    """
    records = orjson.dumps(used).decode()
    return int((await session.execute(_WRITE, {"batch": batch, "records": records})).scalar_one())


async def days(session: AsyncSession, user_id: uuid.UUID, first: date, last: date) -> list[UsageDay]:
    """A user's totals of these days, both included, by day and endpoint."""
    statement = select(UsageDay).where(UsageDay.user_id == user_id, UsageDay.day.between(first, last))
    return list(await session.scalars(statement.order_by(UsageDay.day, UsageDay.endpoint)))


async def delete_records(session: AsyncSession, before: datetime, most: int) -> int:
    """Delete at most so many records from before a moment; how many there were."""
    old = select(UsageRecord.user_id, UsageRecord.id).where(UsageRecord.at < before).limit(most).subquery()
    statement = delete(UsageRecord).where(UsageRecord.user_id == old.c.user_id, UsageRecord.id == old.c.id)
    return (await session.execute(statement)).rowcount  # type: ignore[attr-defined]


async def delete_batches(session: AsyncSession, before: datetime) -> None:
    """Forget batches that nobody will send again."""
    await session.execute(delete(UsageBatch).where(UsageBatch.at < before))
