"""What the worker does for overage; it may be done twice."""

from accounts.jobs.work import Work
from billing.overage import counting, ending, reporting
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from billing.subscriptions.service import Desk
from kit.settings import read


async def settle(work: Work) -> None:
    """Count the hours that are over, report them, and end what nobody wishes any more."""
    await counting.count_closed(work.database, work.context)
    settings = read(BillingSettings)
    if settings.stripe_api_key is not None:
        client = client_of(settings)
        await reporting.report(work.database, work.context, client)
        await ending.end_unwanted(Desk(work.database, work.context, client, settings.stripe_tax))
