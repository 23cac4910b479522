"""The job of the audit trail."""

from accounts.audit.service import sign_head
from accounts.jobs.work import Work


async def sign(work: Work) -> None:
    """Sign where the chain ends now: from here on a tail that is cut off is missed."""
    async with work.database.transaction() as session:
        await sign_head(session, work.context)
