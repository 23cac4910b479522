"""Credits that a plan brings every month, good for that month.

Of a subscription each month that is paid for brings them. Where a period is replaced by another before it is over (the
plan was changed, and what was left of its price credited), what is left of its running month's credits is withdrawn,
and those that were spent of it are taken off the first month of the other: nobody has two months for the price of one.
When all of an invoice went back, what is left of the running month's goes back too, and later months bring none. When
the subscription ends before what was paid for it does, the month that runs then is the last that brings any.

Of a plan that was bought once, for good or in a bundle, each month of the calendar (UTC) brings them.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.credits import repository as books
from billing.credits import service as credits
from billing.credits.service import Asked
from billing.entitlements import RANK
from billing.offers import plan_in
from billing.payments import repository as payments
from billing.payments.contents import later, standing, with_time
from billing.payments.models import Invoice, InvoiceLine, Payment
from billing.plans import PLANS, Plan
from billing.subscriptions import repository as subscriptions

SOURCE = "plan"  # of the lots
FIRST = 30  # their priority: they are spent before what was bought
EVER = datetime.max.replace(tzinfo=UTC)


class Paid(NamedTuple):
    """A plan for a period, as an invoice paid for it, when another replaced it, and when its subscription ended."""

    invoice: Invoice
    line: InvoiceLine
    plan: Plan
    replaced: datetime = EVER
    ended: datetime = EVER

    def months(self) -> Iterator["Month"]:
        """All of it, as the calendar (UTC) counts them: what began on the 31st goes on from the 30th of a shorter month
        to the 31st of the next, and that is one. The last ends with the period.
        """
        start, end = (each.astimezone(UTC) for each in (self.line.period_start, self.line.period_end))
        count = max(1, (end.year - start.year) * 12 + end.month - start.month)
        bounds = [*(later(start, number) for number in range(count)), end]
        for number, (first, last) in enumerate(pairwise(bounds)):
            yield Month(_key(self.invoice.id, number), number, first, last)


class Month(NamedTuple):
    """The `number`th, from `start` until before `end`; its credits are granted under `key`."""

    key: str
    number: int
    start: datetime
    end: datetime


async def of_subscription(session: AsyncSession, context: Context, subscription: str) -> None:
    """Give what its paid invoices bring now, and note when the next month does. Done again it changes nothing; the user
    is held.
    """
    used = 0  # of the period before, where another replaced it
    periods = await _paid(session, subscription)
    for number, paid in enumerate(periods):
        await _give(session, context, paid, used, await _went_back(session, paid, periods[:number]))
        used = await _used(session, paid, used)


async def of_purchases(session: AsyncSession, context: Context, user_id: uuid.UUID) -> None:
    """Give what plans that were bought once bring now. Done again it changes nothing; the user is held."""
    now = context.clock()
    plan, key = _plan_of(await payments.bought(session, user_id), now), _this_month(now)
    if plan is not None:
        await _grant(session, context, user_id, plan, key, _next_month(now))
    await credits.withdraw(session, context, user_id, key, None if plan is None else 0)


async def first_month(session: AsyncSession, user_id: uuid.UUID, invoice: str) -> int:
    """How many credits the first month of what an invoice paid for brought."""
    granted = await books.by_key(session, user_id, _key(invoice, 0))
    return 0 if granted is None else granted.amount


async def due(session: AsyncSession, now: datetime) -> list[uuid.UUID]:
    """Who has a plan that was bought once, and nothing of it yet this month."""
    found = groupby(await payments.without(session, with_time(), _this_month(now)), key=lambda each: each.user_id)
    return [user_id for user_id, bought in found if _plan_of(list(bought), now) is not None]


async def _paid(session: AsyncSession, subscription: str) -> list[Paid]:
    """The first first."""
    found = await payments.paid_periods(session, subscription)
    lines = [(invoice, line, plan) for invoice, line in found if (plan := plan_in(line.offer or "")) is not None]
    starts = [*(line.period_start for _, line, _ in lines[1:]), EVER]
    known = await subscriptions.by_id(session, subscription)
    ended = EVER if known is None or known.ended_at is None else known.ended_at
    return [
        Paid(invoice, line, plan, start if start < line.period_end else EVER, _ended(invoice, ended))
        for (invoice, line, plan), start in zip(lines, starts, strict=False)
    ]


def _ended(invoice: Invoice, ended: datetime) -> datetime:
    """What was paid after the end, as a debt is after all, was paid for all of its period."""
    return EVER if invoice.paid_at is not None and ended < invoice.paid_at else ended


async def _give(session: AsyncSession, context: Context, paid: Paid, used: int, went_back: datetime) -> None:
    now, paid.invoice.next_credits_at = context.clock(), None
    if paid.line.period_end <= now:
        return
    until = min(paid.replaced, went_back)
    for month in paid.months():
        brings = month.start <= min(until, paid.ended)
        if now < month.start:
            paid.invoice.next_credits_at = month.start if brings else None
            break
        if now < month.end:
            if brings:
                await _grant(session, context, paid.invoice.user_id, paid.plan, month.key, month.end)
            back = None if until < month.end or not brings else used if month.number == 0 else 0
            await credits.withdraw(session, context, paid.invoice.user_id, month.key, back)


async def _used(session: AsyncSession, paid: Paid, used: int) -> int:
    """What was spent of the month that ran when this period was replaced, with what it had to give for the one before;
    0 for a period that was not.
    """
    for month in paid.months():
        if month.start <= paid.replaced < month.end:
            spent = await books.spent_of(session, paid.invoice.user_id, month.key)
            return spent + (used if month.number == 0 else 0)
    return 0


async def _went_back(session: AsyncSession, paid: Paid, before: Sequence[Paid]) -> datetime:
    """When all of its price had, or a dispute began that was lost over a period which it replaced, as what was left of
    that paid for it: by Stripe's dates, so that it is nothing when we hear of it.
    """
    replaced = [each for each in before if paid.line.period_start < each.line.period_end]
    own = await _back(session, paid.invoice, lambda payment: payment.withdrawn >= payment.amount)
    return min([own, *[await _back(session, each.invoice, lambda p: p.gone and p.lost > 0) for each in replaced]])


async def _back(session: AsyncSession, invoice: Invoice, such: Callable[[Payment], bool]) -> datetime:
    """When the last of such a payment went back."""
    payment = None if invoice.payment_id is None else await payments.payment(session, invoice.payment_id)
    if payment is None or payment.amount == 0 or not such(payment):
        return EVER
    return await payments.withdrawn_at(session, payment.id) or EVER


async def _grant(
    session: AsyncSession, context: Context, user_id: uuid.UUID, plan: Plan, key: str, until: datetime
) -> None:
    """Unless that was done: a month keeps what it brought, whatever the plan brings now."""
    if plan.credits and await books.by_key(session, user_id, key) is None:
        await credits.grant(
            session, context, user_id, plan.credits, Asked(key), source=SOURCE, priority=FIRST, expires=until
        )


def _plan_of(bought: Sequence[Payment], now: datetime) -> Plan | None:
    """The largest that these payments give."""
    for_good, times = standing(bought)
    names = [*for_good, *(kept.plan for kept in times if now < kept.until)]
    return PLANS[max(names, key=RANK.__getitem__)] if names else None


def _key(invoice: str, number: int) -> str:
    return f"invoice:{invoice}:{number}"


def _this_month(now: datetime) -> str:
    return f"month:{now.astimezone(UTC):%Y-%m}"


def _next_month(now: datetime) -> datetime:
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
