"""What the worker does for uses of services."""

from accounts.jobs.work import Work
from billing.uses import service


async def prune(work: Work) -> None:
    """Forget what was used long ago."""
    async with work.database.transaction() as session:
        await service.forget_old(session, work.context)
