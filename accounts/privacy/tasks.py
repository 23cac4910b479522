"""The jobs of privacy. Each may be done twice: what was done already is not done again."""

import uuid

from accounts.jobs.work import Work
from accounts.privacy import erasing, exporting, retention


async def export(work: Work, export_id: uuid.UUID) -> None:
    """Make a package."""
    await exporting.make(work.database, work.context, export_id)


async def erase(work: Work, deletion_id: uuid.UUID) -> None:
    """Erase a person whose time has come."""
    await erasing.erase(work.database, work.context, work.outbox, deletion_id)


async def expire_exports(work: Work) -> None:
    """Delete the packages that nobody fetched in time."""
    async with work.database.transaction() as session:
        await exporting.expire(session, work.context)


async def retain(work: Work) -> None:
    """Forget what is older than its time."""
    await retention.apply(work.database, work.context)
