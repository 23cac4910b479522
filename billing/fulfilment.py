"""What somebody is given for a payment, and what is taken back when it is refunded or disputed.

Everything follows from the payment as it stands, under its own number: credits are given once, and taken back in the
proportion of what was withdrawn, as far as they are left. A plan that was bought, and its licence, last until all of
the payment is withdrawn. While a dispute is open its money is withdrawn; when it is won, what was taken comes back.

A subscription's plan ends when all of its invoice went back for good (billing.entitlements). What plans bring every
month is billing.monthly's.
"""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import SYSTEM
from accounts.context import Context
from accounts.users import repository as users
from accounts.users.models import User
from billing import monthly
from billing.credits import service as credits
from billing.credits.service import Asked
from billing.licences import repository as licences_repository
from billing.licences import sending as licences_sending
from billing.licences import service as licences
from billing.licences.models import Licence
from billing.payments import repository as payments
from billing.payments.contents import Time, contents, standing
from billing.payments.models import Invoice, Payment
from billing.plans import PlanName
from billing.subscriptions import entitling

SOURCE = "pack"  # of the lot of credits
LAST = 70  # the priority of what was bought: what comes by itself every month is spent before it


async def settle(session: AsyncSession, context: Context, payment: Payment) -> None:
    """Bring what was given in line with the payment, whose row is held. Done again it changes nothing.

    For the worker's role. Raises BadInput for an offer that nobody knows any more.
    """
    if payment.offer is None:
        for invoice in await payments.paid_by(session, payment.id):
            await settle_invoice(session, context, invoice)
        return
    given, user = contents(payment.offer), await _living(session, payment.user_id)
    for time in given.times:
        await _licence(session, context, user, payment, time)
    if user is None:
        return
    await _credits(session, context, payment, given.credits)
    if given.times:
        await session.flush()
        await monthly.of_purchases(session, context, payment.user_id)
        await entitling.derive(session, context, payment.user_id)
    await session.flush()


async def settle_invoice(session: AsyncSession, context: Context, invoice: Invoice) -> None:
    """Bring the credits and the plan of its subscription in line. Done again it changes nothing; the user is held."""
    invoice.next_credits_at = None
    if invoice.subscription is None or await _living(session, invoice.user_id) is None:
        return
    await monthly.of_subscription(session, context, invoice.subscription)
    await session.flush()
    await entitling.derive(session, context, invoice.user_id)


async def _living(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """Unless they were erased."""
    user = await users.by_id(session, user_id)
    return None if user is None or user.status == "erased" else user


async def _credits(session: AsyncSession, context: Context, payment: Payment, amount: int) -> None:
    user_id, key = payment.user_id, f"payment:{payment.id}"
    if amount and not payment.credits:
        await credits.grant(session, context, user_id, amount, Asked(key), source=SOURCE, priority=LAST)
        payment.credits = amount
    due = payment.credits * payment.withdrawn // payment.amount if payment.credits else 0
    await credits.withdraw(session, context, user_id, key, due)


async def _licence(session: AsyncSession, context: Context, user: User | None, payment: Payment, time: Time) -> None:
    """Issued while the payment stands, suspended while it is disputed in full, revoked when it went back: whoever it
    was handed on to, and though its buyer was erased.
    """
    if time.policy is None:
        return
    known = await licences_repository.by_origin(session, _origin(payment, time))
    stands = payment.withdrawn < payment.amount
    if known is None:
        if stands and user is not None:
            await _issue(session, context, user, payment, time)
    elif not stands:
        await _hold(session, context, payment, known)
    elif payment.held is not None:
        await _let_go(session, context, payment, time, known)
    if time.months is not None:
        await _follow_on(session, context, payment, time)


async def _hold(session: AsyncSession, context: Context, payment: Payment, known: Licence) -> None:
    """What an operator has suspended is not ours to bring back."""
    ours = known.status == "active" or payment.held is not None
    if payment.gone and known.status in ("active", "suspended"):
        await licences.revoke(session, context, known.id, SYSTEM)
        payment.held = "revoked" if ours else None
    elif not payment.gone and known.status == "active":
        await licences.suspend(session, context, known.id, SYSTEM)
        payment.held = "suspended"


async def _let_go(session: AsyncSession, context: Context, payment: Payment, time: Time, known: Licence) -> None:
    """The money came back after all: what we did is undone, and not what somebody else did since. A licence that was
    revoked is replaced by another.
    """
    ours, payment.held = known.status == payment.held, None
    if ours and known.status == "suspended":
        await licences.reinstate(session, context, known.id, SYSTEM)
    elif ours and known.status == "revoked" and (holder := await _living(session, known.user_id)):
        payment.moves += 1
        await _issue(session, context, holder, payment, time)


async def _issue(session: AsyncSession, context: Context, user: User, payment: Payment, time: Time) -> None:
    """Months of one plan follow on each other. One in place of another has a number in its source."""
    ends = None if time.months is None else await _paid_until(session, payment, time)
    if time.policy is None or (ends is not None and ends <= context.clock()):
        return
    origin = _origin(payment, time)
    source = f"{origin}:{payment.moves}" if payment.moves else origin
    await licences_sending.issue(session, context, user, time.policy, source, ends, origin=origin)


def _origin(payment: Payment, time: Time) -> str:
    return f"payment:{payment.id}:{time.policy}"


async def _follow_on(session: AsyncSession, context: Context, payment: Payment, time: Time) -> None:
    """Licences of what was bought later begin where this payment's months end, if it stands, and earlier if not."""
    for each in await payments.bought(session, payment.user_id):
        earlier = (each.paid_at, each.id) < (payment.paid_at, payment.id)
        if earlier or each.withdrawn >= each.amount or not _brings_months(each, time.plan):
            continue
        known = await licences_repository.by_origin(session, _origin(each, time))
        if known is not None and known.status in ("active", "suspended") and known.expires_at is not None:
            await _end_at(session, context, known, known.expires_at, await _paid_until(session, each, time))


def _brings_months(payment: Payment, plan: PlanName) -> bool:
    return any(time.plan == plan and time.months is not None for time in contents(payment.offer or "").times)


async def _end_at(session: AsyncSession, context: Context, known: Licence, before: datetime, ends: datetime) -> None:
    now = context.clock()
    if now < ends != before:
        await licences.renew(session, context, known.id, ends, SYSTEM)
    elif ends <= now < before:
        await licences.end(session, context, known.id, SYSTEM)


async def _paid_until(session: AsyncSession, payment: Payment, time: Time) -> datetime:
    """When the plan ends by this payment, of which something stands, and those before it."""
    bought = await payments.bought(session, payment.user_id)
    until_then = [each for each in bought if (each.paid_at, each.id) <= (payment.paid_at, payment.id)]
    return next(kept.until for kept in standing(until_then)[1] if kept.plan == time.plan)
