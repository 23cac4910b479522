"""What the worker does for credits. Done twice, or not at all, it changes no balance (billing.credits.books)."""

from accounts.jobs.work import Work
from billing.credits import repository, service

AT_ONCE = 200


async def settle(work: Work) -> None:
    """Write down what lapsed: reservations whose lease is over, lots that have expired. A transaction a user."""
    while True:
        async with work.database.transaction() as session:
            due = await repository.due(session, work.context.clock(), AT_ONCE)
        for user_id in due:
            async with work.database.transaction() as session:
                await service.settle(session, work.context, user_id)
        if len(due) < AT_ONCE:
            return
