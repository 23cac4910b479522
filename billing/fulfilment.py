"""What somebody is given for a payment, and what is taken back when it is refunded or disputed.

Everything follows from the payment as it stands, under its own number: credits are given once, and taken back in the
proportion of what was withdrawn, as far as they are left. A plan that was bought, and its licence, last until all of
the payment is withdrawn. While a dispute is open its money is withdrawn; when it is won, what was taken comes back.

A subscription's plan ends when all of its invoice went back for good (billing.entitlements). What plans bring every
month is billing.monthly's.
"""

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
from billing.payments import repository as payments
from billing.payments.contents import Time, contents, standing
from billing.payments.models import Invoice, Payment
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
    user = await users.by_id(session, payment.user_id)
    if user is None or user.status == "erased":
        return
    given = contents(payment.offer)
    await _credits(session, context, payment, given.credits)
    for time in given.times:
        await _licence(session, context, user, payment, time)
    if given.times:
        await session.flush()
        await monthly.of_purchases(session, context, payment.user_id)
        await entitling.derive(session, context, payment.user_id)
    await session.flush()


async def settle_invoice(session: AsyncSession, context: Context, invoice: Invoice) -> None:
    """Bring the credits and the plan of its subscription in line. Done again it changes nothing; the user is held."""
    invoice.next_credits_at = None
    user = await users.by_id(session, invoice.user_id)
    if invoice.subscription is None or user is None or user.status == "erased":
        return
    await monthly.of_subscription(session, context, invoice.subscription)
    await session.flush()
    await entitling.derive(session, context, invoice.user_id)


async def _credits(session: AsyncSession, context: Context, payment: Payment, amount: int) -> None:
    user_id, key = payment.user_id, f"payment:{payment.id}"
    if amount and not payment.credits:
        await credits.grant(session, context, user_id, amount, Asked(key), source=SOURCE, priority=LAST)
        payment.credits = amount
    due = payment.credits * payment.withdrawn // payment.amount if payment.credits else 0
    await credits.withdraw(session, context, user_id, key, due)


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
    """Months of one plan follow on each other."""
    ends = None if time.months is None else await _paid_until(session, payment, time)
    if time.policy is None or (ends is not None and ends <= context.clock()):
        return
    await licences_sending.issue(session, context, user, time.policy, source, ends)


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
