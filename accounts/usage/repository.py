"""Queries over usage."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.usage.models import UsageBatch, UsageDay, UsagePack, UsageRecord

_WRITE = text(
    "SELECT write_usage(:batch, CAST(:users AS uuid[]), CAST(:days AS date[]), CAST(:endpoints AS text[]),"
    " CAST(:packs AS json[]), CAST(:counts AS bigint[]), CAST(:refusals AS bigint[]), CAST(:sizes AS bigint[]),"
    " CAST(:times AS float8[]))"
)
_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()

# One request: user, endpoint, key, method, status, milliseconds, bytes, request id, release, seconds of the epoch.
# A plain tuple of what JSON knows, because one is made for every request.
Used = tuple[str, str, str | None, str, int, float, int, str, str | None, float]


async def write(session: AsyncSession, batch: uuid.UUID, used: Sequence[Used]) -> int:
    """Write a batch, requests and totals, unless it was written before; how many requests that made.

    What users asked who are no more is left out.
    """
    packs: dict[tuple[str, str, float], list[tuple[Any, ...]]] = {}  # what a user asked of an endpoint on a day
    for one in used:
        name = (one[0], one[1], one[9] // _DAY_S)
        if name not in packs:
            packs[name] = []
        packs[name].append(one[2:])
    counts, refusals, sizes, times = zip(*map(_totals, packs.values()), strict=True)
    given = {
        "batch": batch,
        "users": [user for user, _, _ in packs],
        "days": [date.fromordinal(_EPOCH + int(number)) for _, _, number in packs],
        "endpoints": [endpoint for _, endpoint, _ in packs],
        "packs": [orjson.dumps(pack).decode() for pack in packs.values()],
        **{"counts": counts, "refusals": refusals, "sizes": sizes, "times": times},
    }
    return int((await session.execute(_WRITE, given)).scalar_one())


def _totals(pack: list[tuple[Any, ...]]) -> tuple[int, int, int, float]:
    """Requests, those that were refused, bytes, milliseconds."""
    _, _, statuses, milliseconds, sizes, *_ = zip(*pack, strict=True)
    return len(pack), sum(status >= 400 for status in statuses), sum(sizes), sum(milliseconds)


async def days(session: AsyncSession, user_id: uuid.UUID, first: date, last: date) -> list[UsageDay]:
    """A user's totals of these days, both included, by day and endpoint."""
    statement = select(UsageDay).where(UsageDay.user_id == user_id, UsageDay.day.between(first, last))
    return list(await session.scalars(statement.order_by(UsageDay.day, UsageDay.endpoint)))


async def answered(session: AsyncSession, user_id: uuid.UUID, start: datetime, end: datetime) -> int:
    """How many requests of a user were answered below 400, from `start` on and before `end`, of one day (UTC)."""
    own = (UsageRecord.user_id == user_id, UsageRecord.day == start.astimezone(UTC).date())
    asked = select(func.count()).select_from(UsageRecord).where(*own, UsageRecord.at >= start, UsageRecord.at < end)
    return int(await session.scalar(asked.where(UsageRecord.status < 400)) or 0)


async def delete_packs(session: AsyncSession, before: date, most: int) -> int:
    """Delete at most so many packs of days (UTC) before this one; how many there were."""
    old = select(UsagePack.user_id, UsagePack.id).where(UsagePack.day < before).limit(most).subquery()
    statement = delete(UsagePack).where(UsagePack.user_id == old.c.user_id, UsagePack.id == old.c.id)
    return (await session.execute(statement)).rowcount  # type: ignore[attr-defined]


async def delete_batches(session: AsyncSession, before: datetime) -> None:
    """Forget batches that nobody will send again."""
    await session.execute(delete(UsageBatch).where(UsageBatch.at < before))
