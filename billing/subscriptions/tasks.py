"""What the worker does for subscriptions; each may be done twice."""

from accounts.jobs.work import Work
from billing.subscriptions import entitling, repository

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
