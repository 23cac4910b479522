"""The job of customers. It may be done twice: what Stripe has deleted it says it does not know."""

import structlog
from stripe import InvalidRequestError

from accounts.jobs.work import Work
from billing.customers import repository
from billing.settings import BillingSettings
from billing.stripe.client import ask, client_of
from kit.settings import read

AT_A_TIME = 20

log = structlog.get_logger(__name__)


async def forget_left(work: Work) -> None:
    """Delete the customers of those who were erased in Stripe, which ends their subscriptions too."""
    settings = read(BillingSettings)
    async with work.database.transaction() as session:
        left = await repository.left(session, AT_A_TIME)
    if not left or settings.stripe_api_key is None:
        return
    client = client_of(settings)

    def delete(stripe_id: str) -> None:
        try:
            client.v1.customers.delete(stripe_id)
        except InvalidRequestError as error:
            if error.code != "resource_missing":
                raise

    for stripe_id in left:
        await ask(lambda id=stripe_id: delete(id))  # type: ignore[misc]
        async with work.database.transaction() as session:
            await repository.forget_left(session, stripe_id)
    log.info("customers.deleted", count=len(left))
