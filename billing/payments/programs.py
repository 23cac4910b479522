"""What command-line programs ask of payments; `url` is an operator's role."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.programs import in_transaction
from billing.payments.reading import Line, history

MOST = 10_000_000


def lines(url: str, since: datetime | None, until: datetime | None) -> list[Line]:
    """Everybody's payments, refunds, disputes and invoices, newest first, from `since` on and before `until`."""

    async def work(session: AsyncSession) -> list[Line]:
        return await history(session, MOST, since=since, until=until)

    return in_transaction(url, work)
