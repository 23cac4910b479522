"""What can be asked of usage."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.usage import repository
from accounts.usage.models import UsageDay

AT_ONCE = 10_000  # packs that one transaction deletes
RESENT_FOR = timedelta(days=1)  # no process keeps a batch for longer


async def days_of(session: AsyncSession, user_id: uuid.UUID, first: date, last: date) -> Sequence[UsageDay]:
    """A user's totals of these days (UTC), both included, by day and endpoint; a day without requests is left out."""
    return await repository.days(session, user_id, first, last)


async def answered(session: AsyncSession, user_id: uuid.UUID, start: datetime, end: datetime) -> int:
    """How many requests of a user were answered and not refused, from `start` on and before `end` of one day (UTC)."""
    return await repository.answered(session, user_id, start, end)


async def expire(session: AsyncSession, now: datetime, kept: timedelta) -> bool:
    """Delete requests of days older than `kept`, thousands at a time; whether there may be more. Totals stay."""
    await repository.delete_batches(session, now - RESENT_FOR)
    return await repository.delete_packs(session, (now - kept).astimezone(UTC).date(), AT_ONCE) == AT_ONCE
