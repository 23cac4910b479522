"""What the worker does for subscriptions; each may be done twice."""

import uuid

from accounts.jobs.work import Work
from accounts.users import repository as users
from billing import fulfilment, monthly
from billing.payments import repository as payments
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from billing.subscriptions import entitling, overtaken, repository
from billing.subscriptions.service import Desk
from kit.settings import read

AT_ONCE = 200


async def derive_due(work: Work) -> None:
    """Entitlements that change by time alone, as at the end of grace. A transaction a user."""
    while True:
        async with work.database.transaction() as session:
            due = await repository.due(session, work.context.clock(), AT_ONCE)
        for user_id in due:
            async with work.database.transaction() as session:
                await entitling.derive(session, work.context, user_id)
        if len(due) < AT_ONCE:
            return


async def end_returned(work: Work, user_id: uuid.UUID) -> None:
    """End in Stripe what lives though all that was paid for its period went back."""
    desk = Desk(work.database, work.context, client_of(read(BillingSettings)))
    await overtaken.end_returned(desk, user_id)


async def end_covered(work: Work, user_id: uuid.UUID) -> None:
    """End with its period in Stripe what its holder has bought for good."""
    desk = Desk(work.database, work.context, client_of(read(BillingSettings)))
    await overtaken.end_covered(desk, user_id)


async def grant_due(work: Work) -> None:
    """Credits of months that have begun: of invoices that paid for more than one, and of plans that were bought once. A
    transaction for each.
    """
    async with work.database.transaction() as session:
        buyers = await monthly.due(session, work.context.clock())
    for user_id in buyers:
        async with work.database.transaction() as session:
            await users.lock(session, user_id)
            await monthly.of_purchases(session, work.context, user_id)
    while True:
        async with work.database.transaction() as session:
            due = await payments.credits_due(session, work.context.clock(), AT_ONCE)
        for id, user_id in due:
            async with work.database.transaction() as session:
                await users.lock(session, user_id)
                invoice = await payments.invoice(session, id)
                if invoice is not None:
                    await fulfilment.settle_invoice(session, work.context, invoice)
        if len(due) < AT_ONCE:
            return
