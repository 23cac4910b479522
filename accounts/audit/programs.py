"""What command-line programs ask of the audit trail, by the operator's role."""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import service
from accounts.audit.chain import Fault
from accounts.audit.filters import Filter
from accounts.audit.service import Entry, Progress
from accounts.context import Context
from accounts.programs import in_transaction


def verify(url: str, context: Context, progress: Progress) -> tuple[int, list[Fault]]:
    """How many rows the trail has and what is wrong with them; a whole trail's head is signed.

    Raises Permanent when the store's signed marks were changed.
    """

    async def work(session: AsyncSession) -> tuple[int, list[Fault]]:
        count, faults = await service.verify(session, context, progress)
        if not faults:
            await service.sign_head(session, context)
        return count, faults

    return in_transaction(url, work)


def entries(url: str, context: Context, wanted: Filter, limit: int) -> list[Entry]:
    """Rows of the trail, newest first, with what of their detail can be opened."""

    async def work(session: AsyncSession) -> list[Entry]:
        return await service.entries(session, context, wanted, limit)

    return in_transaction(url, work)
