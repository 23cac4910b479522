"""Letting requests in above the limit of a plan: leased to a process some at a time, so that its requests wait for the
database now and then only, and never more in a month than the cap pays for. What a process does not use it gives back;
what it cannot, because it was killed, counts until the hour is counted.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from billing.overage import repository
from billing.overage.models import OverageChoice
from billing.plans import OVERAGE_REQUESTS, Plan

LEASE = 100  # requests


def hour_of(moment: datetime) -> datetime:
    """When its hour began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """When its month (UTC) began, and when the next one begins."""
    start = hour_of(moment).replace(day=1, hour=0)
    return start, (start + timedelta(days=31)).replace(day=1)


def allowed(choice: OverageChoice) -> int:
    """How many requests of a month the cap pays for."""
    return choice.cap * OVERAGE_REQUESTS // choice.per_thousand


async def lease(session: AsyncSession, user_id: uuid.UUID, plan: Plan, hour: datetime, unused: int = 0) -> int:
    """How many more requests of the hour that began then may be let in above the plan's limit; 0 where the user does
    not pay for any. `unused` are given back, of the same hour.
    """
    choice = await repository.choice(session, user_id, to_change=True)  # of two at once the second sees what is left
    if choice is None:
        return 0
    if unused:
        await repository.lease(session, user_id, hour, plan.requests_per_hour, -unused)
    if not choice.wanted or choice.subscription_id is None or await repository.owes(session, choice.subscription_id):
        return 0
    used = await repository.used(session, user_id, *month_of(hour))
    more = min(LEASE, allowed(choice) - used.counted - used.pending)
    if more <= 0:
        return 0
    await repository.lease(session, user_id, hour, plan.requests_per_hour, more)
    return more
