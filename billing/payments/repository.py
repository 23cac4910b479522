"""Queries over payments, refunds, disputes and invoices."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.users.models import User
from billing.credits.models import Operation
from billing.payments.models import GOES_BACK, WITHDRAWN, Dispute, Invoice, InvoiceLine, Payment, Refund
from billing.subscriptions.models import Subscription
from kit.database import Base

WHOLE = (Invoice.status == "paid", InvoiceLine.proration.is_(False), InvoiceLine.amount > 0)  # a period, and paid


async def put(session: AsyncSession, kind: type[Base], values: dict[str, Any]) -> None:
    """Write a row over what was known of it. It stays its user's."""
    others = {name: value for name, value in values.items() if name not in ("id", "user_id")}
    await session.execute(upsert(kind).values(values).on_conflict_do_update(index_elements=["id"], set_=others))


async def payment(session: AsyncSession, id: str, *, to_change: bool = False) -> Payment | None:
    """The payment with this id, if the session's role and user may see it."""
    asked = select(Payment).where(Payment.id == id).execution_options(populate_existing=True)
    return (await session.scalars(asked.with_for_update() if to_change else asked)).one_or_none()


async def invoice(session: AsyncSession, id: str) -> Invoice | None:
    """The invoice with this id."""
    return await session.get(Invoice, id, populate_existing=True)


async def paid_by(session: AsyncSession, payment_id: str) -> list[Invoice]:
    """The invoices that this payment paid."""
    found = select(Invoice).where(Invoice.payment_id == payment_id).execution_options(populate_existing=True)
    return list(await session.scalars(found.order_by(Invoice.id)))


async def withdrawn_at(session: AsyncSession, payment_id: str) -> datetime | None:
    """When the last of what went back of this payment did, by refunds and disputes that stand."""
    refunded = select(Refund.created_at).where(Refund.payment_id == payment_id, Refund.status.in_(GOES_BACK))
    disputed = select(Dispute.created_at).where(Dispute.payment_id == payment_id, Dispute.status.in_(WITHDRAWN))
    return max(await session.scalars(refunded.union_all(disputed)), default=None)


async def bought(session: AsyncSession, user_id: uuid.UUID) -> list[Payment]:
    """What a user bought once, the first first."""
    mine = (Payment.user_id == user_id, Payment.offer.is_not(None))
    found = select(Payment).where(*mine).order_by(Payment.paid_at, Payment.id)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def refunds(session: AsyncSession, payment_ids: list[str]) -> list[Refund]:
    """The refunds of these payments, the first first."""
    found = select(Refund).where(Refund.payment_id.in_(payment_ids)).order_by(Refund.created_at, Refund.id)
    return list(await session.scalars(found))


async def disputes(session: AsyncSession, payment_ids: list[str]) -> list[Dispute]:
    """The disputes over these payments, the first first."""
    found = select(Dispute).where(Dispute.payment_id.in_(payment_ids)).order_by(Dispute.created_at, Dispute.id)
    return list(await session.scalars(found))


async def without(session: AsyncSession, offers: Collection[str], key: str) -> list[Payment]:
    """Purchases of these offers by users whose books have nothing under this key, user by user; not what went back, nor
    of who was erased.
    """
    done = exists().where(Operation.user_id == Payment.user_id, Operation.key == key)
    there = exists().where(User.id == Payment.user_id, User.status != "erased")
    mine = (Payment.offer.in_(offers), Payment.refunded + Payment.disputed < Payment.amount, there, ~done)
    return list(await session.scalars(select(Payment).where(*mine).order_by(Payment.user_id)))


async def paid_periods(session: AsyncSession, subscription: str) -> list[tuple[Invoice, InvoiceLine]]:
    """The whole periods that paid invoices of a subscription ask for, the first first; not what is left of one after a
    change. Of those that begin at one moment the invoices' numbers tell the order.
    """
    asked = select(Invoice, InvoiceLine).join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
    asked = asked.where(Invoice.subscription == subscription, *WHOLE).execution_options(populate_existing=True)
    found = asked.order_by(InvoiceLine.period_start, Invoice.created_at, Invoice.number, Invoice.id)
    return [(invoice, line) for invoice, line in await session.execute(found)]


async def running(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> list[Invoice]:
    """The paid invoices of a user for whole periods that are not over, also of those that were replaced."""
    mine = (InvoiceLine.user_id == user_id, InvoiceLine.period_start <= now, InvoiceLine.period_end > now, *WHOLE)
    asked = select(Invoice).join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id).where(*mine)
    return list(await session.scalars(asked.order_by(Invoice.id).execution_options(populate_existing=True)))


async def withdrawn(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    """The payments of what a user bought once, of which something went back."""
    mine = (Payment.user_id == user_id, Payment.offer.is_not(None), Payment.refunded + Payment.disputed > 0)
    return list(await session.scalars(select(Payment.id).where(*mine).order_by(Payment.id)))


async def may_be_owed(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> bool:
    """Whether something that a user paid went back, or a period that runs was replaced by another, or is of a
    subscription that has ended.
    """
    back = exists().where(Payment.user_id == user_id, Payment.refunded + Payment.disputed > 0)
    invoices = await running(session, user_id, now)
    over = exists().where(Subscription.id.in_([each.subscription for each in invoices]), Subscription.ended_at <= now)
    return len(invoices) > 1 or bool(await session.scalar(select(back | over)))


async def credits_due(session: AsyncSession, now: datetime, limit: int) -> list[tuple[str, uuid.UUID]]:
    """Invoices that credits are due for by now, and whose they are; the longest due first."""
    due = select(Invoice.id, Invoice.user_id).where(Invoice.next_credits_at <= now).order_by(Invoice.next_credits_at)
    return [(id, user_id) for id, user_id in await session.execute(due.limit(limit))]
