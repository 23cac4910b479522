"""Metered subscriptions that nobody wishes any more: ended in Stripe when it knows everything that is due."""

from datetime import timedelta

import structlog

from accounts.errors import Refused
from billing.overage import choosing, repository, subscribing
from billing.plans import LAPSED
from billing.stripe.client import ask
from billing.subscriptions.service import Desk

SUMMED = timedelta(hours=1)  # within which Stripe has added up what it was told
DERIVED = timedelta(hours=1)  # within which a plan that was subscribed to is in force here
NONE = ("free", LAPSED)  # plans with which nobody is let in above the limit

log = structlog.get_logger(__name__)


async def end_unwanted(desk: Desk) -> None:
    """Give up for whoever has no plan any more, and end what was given up. Raises StripeAway, Permanent, BadInput."""
    now = desk.context.clock()
    async with desk.database.transaction() as session:
        for user_id in await repository.without_plan(session, NONE, now - DERIVED):
            await choosing.give_up(session, desk.context, user_id)
        due = await repository.to_end(session, now - SUMMED)
    for subscription_id in due:
        await _end(desk, subscription_id)


async def _end(desk: Desk, subscription_id: str) -> None:
    """Whoever chose it again while Stripe was asked to end it has another one; or none, where that is refused."""
    await ask(lambda: subscribing.end(desk.client, subscription_id))
    async with desk.database.transaction() as session:
        choice = await repository.chosen_with(session, subscription_id)
        again = choice is not None and choice.wanted
        await repository.ended(session, subscription_id)
    log.info("overage.ended", subscription=subscription_id, again=again)
    if choice is not None and again:
        try:
            await choosing.choose(desk, choice.user_id, choice.cap)
        except Refused as refused:
            log.info("overage.not_begun_again", user_id=str(choice.user_id), reason=refused.code)
