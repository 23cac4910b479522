"""Queries over subscriptions and entitlements."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.payments.models import Invoice, InvoiceLine, Payment
from billing.subscriptions.models import Entitled, Subscription

FRESH = {"populate_existing": True}


async def put(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a subscription over what was known of it. It stays its user's, and what was given up stays so: with an
    invoice it may have been read before it was.
    """
    others = {name: value for name, value in values.items() if name not in ("id", "user_id")}
    others["given_up"] = or_(Subscription.given_up, values["given_up"])
    statement = upsert(Subscription).values(values).on_conflict_do_update(index_elements=["id"], set_=others)
    await session.execute(statement)


async def by_id(session: AsyncSession, subscription_id: str) -> Subscription | None:
    """The subscription, if the session's role and user may see it."""
    return await session.get(Subscription, subscription_id, populate_existing=True)


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> list[Subscription]:
    """The user's, newest first."""
    found = select(Subscription).where(Subscription.user_id == user_id).order_by(Subscription.created_at.desc())
    return list(await session.scalars(found.execution_options(**FRESH)))


async def returned(session: AsyncSession, user_id: uuid.UUID) -> set[str]:
    """The ids of those of the user's subscriptions of whose present period the whole payment went back, for good; or
    whose period took the place of one that was paid for, and that payment was lost in a dispute since: what was left
    of it paid for this one.
    """
    line, began, ends = InvoiceLine, Subscription.period_start, Subscription.period_end
    own = (line.period_start == began, line.period_end == ends)
    replaced = (line.period_start < began, line.period_end > began, Payment.lost > 0)
    gone = (Payment.amount > 0, Payment.refunded + Payment.lost >= Payment.amount)
    found = (
        select(Subscription.id)
        .join(Invoice, Invoice.subscription == Subscription.id)
        .join(line, line.invoice_id == Invoice.id)
        .join(Payment, Payment.id == Invoice.payment_id)
        .where(Subscription.user_id == user_id, line.proration.is_(False), line.amount > 0, *gone)
        .where(or_(and_(*own), and_(*replaced)))
    )
    return set(await session.scalars(found))


async def entitled(session: AsyncSession, user_id: uuid.UUID) -> Entitled | None:
    """What the user was found to be entitled to."""
    return await session.get(Entitled, user_id, populate_existing=True)


async def put_entitled(session: AsyncSession, user_id: uuid.UUID, values: dict[str, Any]) -> None:
    """Write what the user is entitled to."""
    statement = upsert(Entitled).values(user_id=user_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def due(session: AsyncSession, now: datetime, limit: int) -> list[uuid.UUID]:
    """Users whose entitlement may have changed by time alone, the longest due first."""
    found = select(Entitled.user_id).where(Entitled.next_at <= now).order_by(Entitled.next_at)
    return list(await session.scalars(found.limit(limit)))
