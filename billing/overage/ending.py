"""Metered subscriptions that nobody wishes any more: ended in Stripe when it knows everything that is due."""

from datetime import timedelta

import structlog
from stripe import StripeClient

from accounts.context import Context
from billing.overage import choosing, repository, subscribing
from billing.plans import LAPSED
from billing.stripe.client import ask
from kit.database import Database

SUMMED = timedelta(hours=1)  # within which Stripe has added up what it was told
DERIVED = timedelta(hours=1)  # within which a plan that was subscribed to is in force here
NONE = ("free", LAPSED)  # plans with which nobody is let in above the limit

log = structlog.get_logger(__name__)


async def end_unwanted(database: Database, context: Context, client: StripeClient) -> None:
    """Give up for whoever has no plan any more, and end what was given up. Raises StripeAway, Permanent, BadInput."""
    now = context.clock()
    async with database.transaction() as session:
        for user_id in await repository.without_plan(session, NONE, now - DERIVED):
            await choosing.give_up(session, context, user_id)
        due = await repository.to_end(session, now - SUMMED)
    for subscription_id in due:
        await ask(lambda id=subscription_id: subscribing.end(client, id))  # type: ignore[misc]
        async with database.transaction() as session:
            await repository.ended(session, subscription_id)
        log.info("overage.ended", subscription=subscription_id)
