"""What somebody is given for a payment, and what is taken back when it is refunded or disputed.

Everything follows from the payment as it stands, under its own number: credits are given once, and taken back in the
proportion of what was withdrawn, as far as there are any (a balance is never below zero). A plan that was bought, and
its licence, last until all of the payment is withdrawn. While a dispute is open its money is withdrawn; when it is won,
what was taken comes back.

When all of an invoice of a subscription went back, what is left of the running month's credits goes back too, months
that begin later bring none, and the plan ends when that is for good (billing.entitlements).
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import SYSTEM
from accounts.context import Context
from accounts.mail.service import enqueue
from accounts.users import repository as users
from accounts.users.models import User
from billing.credits import service as credits
from billing.credits.service import Asked
from billing.licences import repository as licences_repository
from billing.licences import service as licences
from billing.offers import plan_in
from billing.payments import repository as payments
from billing.payments.contents import Time, contents, later, standing
from billing.payments.models import Invoice, InvoiceLine, Payment
from billing.subscriptions import entitling

SOURCE = "pack"  # of the lot of credits
PLAN = "plan"  # so, where they come with one
FIRST = 30  # the priority of those: they are the first to expire
EVER = datetime.max.replace(tzinfo=UTC)
LAST = 70  # the priority of what was bought: what comes by itself every month is spent before it

log = structlog.get_logger(__name__)


async def settle(session: AsyncSession, context: Context, payment: Payment) -> None:
    """Bring what was given in line with the payment, whose row is held. Done again it changes nothing.

    For the worker's role. Raises BadInput for an offer that nobody knows any more.
    """
    if payment.offer is None:
        for invoice in await payments.paid_by(session, payment.id):
            await settle_invoice(session, context, invoice)
        return
    user = await users.by_id(session, payment.user_id)
    if user is None or user.status == "erased":
        return
    given = contents(payment.offer)
    await _credits(session, context, payment, given.credits)
    for time in given.times:
        await _licence(session, context, user, payment, time)
    if given.times:
        await entitling.derive(session, context, payment.user_id)
    await session.flush()


async def settle_invoice(session: AsyncSession, context: Context, invoice: Invoice) -> None:
    """Give the credits of the plan's month that is running, good for that month; later months of a longer period are
    given when they begin: none that begins when all of the invoice has gone back, and what is left of the one that is
    running then is withdrawn. The plan that it pays for follows. Done again it changes nothing; the user is held.
    """
    user, now = await users.by_id(session, invoice.user_id), context.clock()
    invoice.next_credits_at = None
    gone, ends = user is None or user.status == "erased", await _went_back(session, invoice)
    for line in await payments.periods(session, invoice.id) if invoice.status == "paid" and not gone else ():
        plan = plan_in(line.offer or "")
        for number, month in enumerate(_months(line)):
            if ends < month.start:
                break
            if now < month.start:
                invoice.next_credits_at = month.start
                break
            if now < month.end and plan is not None and plan.credits:
                key = f"invoice:{invoice.id}:{number}"
                stands = ends == EVER
                await _month_credits(session, context, invoice.user_id, key, plan.credits, month.end, stands=stands)
    await session.flush()
    if invoice.subscription is not None and not gone:
        await entitling.derive(session, context, invoice.user_id)


class Month(NamedTuple):
    """From `start` until before `end`."""

    start: datetime
    end: datetime


def _months(line: InvoiceLine) -> Iterator[Month]:
    """Of the time that is paid for."""
    count = 0
    while (start := later(line.period_start, count)) < line.period_end:
        count += 1
        yield Month(start, min(later(line.period_start, count), line.period_end))


async def _month_credits(
    session: AsyncSession, context: Context, user_id: uuid.UUID, key: str, amount: int, ends: datetime, *, stands: bool
) -> None:
    """Of the month that is running."""
    await credits.grant(session, context, user_id, amount, Asked(key), source=PLAN, priority=FIRST, expires=ends)
    follow = credits.restore if stands else credits.withdraw
    await follow(session, context, user_id, key)


async def _went_back(session: AsyncSession, invoice: Invoice) -> datetime:
    """When all of it had: as Stripe dates it, so that it is nothing when we hear of it."""
    payment = None if invoice.payment_id is None else await payments.payment(session, invoice.payment_id)
    if payment is None or not payment.withdrawn >= payment.amount > 0:
        return EVER
    return await payments.withdrawn_at(session, payment.id) or EVER


async def _credits(session: AsyncSession, context: Context, payment: Payment, amount: int) -> None:
    user_id, key = payment.user_id, f"payment:{payment.id}"
    if amount and not payment.credits:
        await credits.grant(session, context, user_id, amount, Asked(key), source=SOURCE, priority=LAST)
        payment.credits = amount
    due = payment.credits * payment.withdrawn // payment.amount if payment.credits else 0
    change = due - payment.credits_due
    if change > 0:
        payment.credits_back += await credits.take_back(session, context, user_id, change, _next_move(payment), key)
    elif change < 0 and (back := max(0, payment.credits_back - due)):
        await credits.give_back(session, context, user_id, back, _next_move(payment), key)
        payment.credits_back -= back
    payment.credits_due = due


def _next_move(payment: Payment) -> Asked:
    payment.moves += 1
    return Asked(f"payment:{payment.id}:{payment.moves}")


async def _licence(session: AsyncSession, context: Context, user: User, payment: Payment, time: Time) -> None:
    """Issued while the payment stands, suspended while it is disputed in full, revoked when it went back. What we did
    so is undone when the money comes back after all: a licence that was revoked is replaced by another. It is the same
    for whoever it was handed on to.
    """
    if time.policy is None:
        return
    source = f"payment:{payment.id}:{time.policy}"
    known, stands = await licences_repository.newest_for(session, source), payment.withdrawn < payment.amount
    gone = payment.refunded + payment.lost >= payment.amount
    if known is None:
        if stands:
            await _issue(session, context, user, payment, time, source)
    elif not stands and gone and known.status in ("active", "suspended"):
        await licences.revoke(session, context, known.id, SYSTEM)
        payment.held = True
    elif not stands and not gone and known.status == "active":
        await licences.suspend(session, context, known.id, SYSTEM)
        payment.held = True
    elif stands and payment.held:
        payment.held = False
        if known.status == "suspended":
            await licences.reinstate(session, context, known.id, SYSTEM)
        elif known.status == "revoked":
            payment.moves += 1
            holder = await users.by_id(session, known.user_id) or user
            await _issue(session, context, holder, payment, time, f"{source}:{payment.moves}")
    if stands and time.months is not None:
        await _prolong(session, context, payment, time)


async def _issue(
    session: AsyncSession, context: Context, user: User, payment: Payment, time: Time, source: str
) -> None:
    """The key is shown once: in a letter to its holder. Months of one plan follow on each other."""
    ends = None if time.months is None else await _paid_until(session, payment, time)
    if time.policy is None or (ends is not None and ends <= context.clock()):
        return
    made = await licences.issue(session, context, user.id, time.policy, SYSTEM, expires_at=ends, source=source)
    if made.key is not None and user.email_sealed is not None:
        await enqueue(session, context, user.id, "licence_issued", {"policy": time.policy, "key": made.key})
    else:
        log.warning("licence.key_not_sent", licence_id=str(made.licence.id))


async def _prolong(session: AsyncSession, context: Context, payment: Payment, time: Time) -> None:
    """Licences of what was bought later may have been issued before we heard of this payment. None is made shorter."""
    for each in await payments.bought(session, payment.user_id):
        if (each.paid_at, each.id) < (payment.paid_at, payment.id) or each.withdrawn >= each.amount:
            continue
        known = await licences_repository.newest_for(session, f"payment:{each.id}:{time.policy}")
        if known is not None and known.status == "active" and known.expires_at is not None:
            ends = await _paid_until(session, each, time)
            if known.expires_at < ends:
                await licences.renew(session, context, known.id, ends, SYSTEM)


async def _paid_until(session: AsyncSession, payment: Payment, time: Time) -> datetime:
    """When the plan ends by this payment, of which something stands, and those before it."""
    bought = await payments.bought(session, payment.user_id)
    until_then = [each for each in bought if (each.paid_at, each.id) <= (payment.paid_at, payment.id)]
    return next(kept.until for kept in standing(until_then)[1] if kept.plan == time.plan)
