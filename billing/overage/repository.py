"""Queries over overage."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.users.models import User
from billing.customers.models import Customer
from billing.overage.models import OverageChoice, OverageHour, OverageLease
from billing.payments.models import Invoice

OWED = ("open", "uncollectible")  # an invoice

_BILLED = (OverageHour.above > 0, OverageHour.reported_at.is_(None))
_UNREPORTED = select(OverageHour).where(*_BILLED).order_by(OverageHour.hour, OverageHour.id)


class Used(NamedTuple):
    """Requests above the limit: counted, and at most so many more of hours that are not counted yet."""

    counted: int
    pending: int


class Due(NamedTuple):
    """An hour of a user's that is to be counted."""

    user_id: uuid.UUID
    hour: datetime


async def choice(session: AsyncSession, user_id: uuid.UUID, *, to_change: bool = False) -> OverageChoice | None:
    """What the user chose, if they ever did."""
    asked = select(OverageChoice).where(OverageChoice.user_id == user_id).execution_options(populate_existing=True)
    return (await session.scalars(asked.with_for_update() if to_change else asked)).one_or_none()


async def put_choice(session: AsyncSession, user_id: uuid.UUID, values: dict[str, Any]) -> None:
    """Write what the user chose; the worker's role may where there is a choice."""
    changed = update(OverageChoice).where(OverageChoice.user_id == user_id).values(**values)
    if await session.scalar(changed.returning(OverageChoice.user_id)) is not None:
        return
    statement = upsert(OverageChoice).values(user_id=user_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def used(session: AsyncSession, user_id: uuid.UUID, since: datetime, until: datetime) -> Used:
    """From `since` on and before `until`; in one statement, as an hour that is counted changes its table."""
    counted = _sum(
        OverageHour.above, OverageHour.user_id == user_id, OverageHour.hour >= since, OverageHour.hour < until
    )
    lease = OverageLease
    pending = _sum(lease.requests, lease.user_id == user_id, lease.hour >= since, lease.hour < until)
    found = (await session.execute(select(counted, pending))).one()
    return Used(int(found[0]), int(found[1]))


def _sum(of: Any, *where: Any) -> Any:
    return select(func.coalesce(func.sum(of), 0)).where(*where).scalar_subquery()


async def lease(session: AsyncSession, user_id: uuid.UUID, hour: datetime, requests_per_hour: int, more: int) -> None:
    """Let so many more requests of the hour in; less, when the number is below 0."""
    own = OverageLease
    values = {"user_id": user_id, "hour": hour, "requests_per_hour": requests_per_hour, "requests": more}
    statement = upsert(own).values(values)
    changed = {
        "requests": own.requests + more,
        "requests_per_hour": func.greatest(own.requests_per_hour, requests_per_hour),
    }
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id", "hour"], set_=changed))


async def owes(session: AsyncSession, subscription_id: str) -> bool:
    """Whether an invoice of this subscription was not paid."""
    asked = select(Invoice.id).where(Invoice.subscription == subscription_id, Invoice.status.in_(OWED)).limit(1)
    return (await session.scalar(asked)) is not None


async def closed(session: AsyncSession, before: datetime, last: Due | None, limit: int) -> list[Due]:
    """What is to be counted of hours that began before this; the oldest first, after the `last` that was seen."""
    place = (OverageLease.hour, OverageLease.user_id)
    asked = select(OverageLease.user_id, OverageLease.hour).where(OverageLease.hour < before)
    if last is not None:
        asked = asked.where(tuple_(*place) > (last.hour, last.user_id))
    return [Due(*row) for row in await session.execute(asked.order_by(*place).limit(limit))]


async def take_lease(session: AsyncSession, user_id: uuid.UUID, hour: datetime) -> tuple[int, int] | None:
    """End a lease: requests let in above the limit, and the limit; None where somebody else has ended it."""
    own = (OverageLease.user_id == user_id, OverageLease.hour == hour)
    ended = delete(OverageLease).where(*own).returning(OverageLease.requests, OverageLease.requests_per_hour)
    found = (await session.execute(ended)).one_or_none()
    return None if found is None else (found[0], found[1])


async def unreported(session: AsyncSession) -> list[OverageHour]:
    """Hours that are billed and of which it is not certain that Stripe knows them, the oldest first."""
    return list(await session.scalars(_UNREPORTED))


async def to_report(session: AsyncSession, since: datetime, limit: int) -> list[OverageHour]:
    """Those that began after this moment, of whom Stripe knows (a user who was erased is not to be billed any more);
    first those that were never tried, and last what Stripe has refused for the longest time.
    """
    known = OverageHour.user_id.in_(select(Customer.user_id))
    asked = select(OverageHour).where(*_BILLED, OverageHour.hour > since, known)
    tried = OverageHour.sent_at.desc().nulls_first()
    return list(await session.scalars(asked.order_by(tried, OverageHour.hour, OverageHour.id).limit(limit)))


async def sent(session: AsyncSession, id: uuid.UUID, at: datetime) -> None:
    """Stripe is told now; the first time stays."""
    own = (OverageHour.id == id, OverageHour.sent_at.is_(None))
    await session.execute(update(OverageHour).where(*own).values(sent_at=at))


async def reported(session: AsyncSession, id: uuid.UUID, at: datetime) -> None:
    """Stripe knows it."""
    own = (OverageHour.id == id, OverageHour.reported_at.is_(None))
    await session.execute(update(OverageHour).where(*own).values(reported_at=at))


async def ended(session: AsyncSession, subscription_id: str) -> None:
    """The metered subscription is over in Stripe; whoever wishes another chooses anew."""
    own = update(OverageChoice).where(OverageChoice.subscription_id == subscription_id)
    await session.execute(own.values(wanted=False, subscription_id=None))


async def chosen_with(session: AsyncSession, subscription_id: str) -> OverageChoice | None:
    """The choice with this metered subscription, held until the transaction ends."""
    asked = select(OverageChoice).where(OverageChoice.subscription_id == subscription_id).with_for_update()
    return (await session.scalars(asked)).one_or_none()


async def without_plan(session: AsyncSession, plans: Collection[str], before: datetime) -> list[uuid.UUID]:
    """Who chose to pay, before this moment, and has one of these plans now."""
    asked = select(OverageChoice.user_id).join(User, User.id == OverageChoice.user_id)
    found = asked.where(OverageChoice.wanted, OverageChoice.changed_at < before, User.plan.in_(plans))
    return list(await session.scalars(found))


async def to_end(session: AsyncSession, before: datetime) -> list[str]:
    """Metered subscriptions that nobody wishes any more, and of which Stripe knows everything since this moment."""
    mine = (OverageHour.user_id == OverageChoice.user_id, OverageHour.above > 0)
    late = or_(OverageHour.reported_at.is_(None), OverageHour.reported_at >= before)
    asked = select(OverageChoice.subscription_id).where(
        OverageChoice.wanted.is_(False),
        OverageChoice.subscription_id.is_not(None),
        ~exists().where(OverageLease.user_id == OverageChoice.user_id),
        ~exists().where(*mine, late),
    )
    return [id for id in await session.scalars(asked) if id is not None]
