"""What command-line programs ask of overage; `url` is an operator's role."""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.programs import in_transaction
from billing.overage import repository
from billing.overage.models import OverageHour


def unreported(url: str) -> list[OverageHour]:
    """Hours that are billed and of which it is not certain that Stripe knows them, the oldest first."""

    async def work(session: AsyncSession) -> list[OverageHour]:
        return await repository.unreported(session)

    return in_transaction(url, work)
