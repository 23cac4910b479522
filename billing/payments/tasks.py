"""What the worker does for payments; it may be done twice."""

import uuid

from accounts.jobs.work import Work
from accounts.users import repository as users
from billing import fulfilment
from billing.payments import repository


async def settle_owed(work: Work, user_id: uuid.UUID) -> None:
    """Withdraw what came back into the user's lots after their price did."""
    async with work.database.transaction() as session:
        await users.lock(session, user_id)
        for id in await repository.withdrawn(session, user_id):
            payment = await repository.payment(session, id, to_change=True)
            if payment is not None:
                await fulfilment.settle(session, work.context, payment)
        for invoice in await repository.running(session, user_id, work.context.clock()):
            await fulfilment.settle_invoice(session, work.context, invoice)
