"""Ends in Stripe what has nothing to go on for: its money went back, or its holder bought the plan for good. Every
function asks Stripe, and opens its own transactions: call it outside of any.
For the worker; done again it does nothing.
"""

import uuid
from collections.abc import Callable
from functools import partial

from accounts import audit
from accounts.audit import SYSTEM, Action, Event
from accounts.errors import Refused
from billing.customers import service as customers
from billing.stripe.client import ask
from billing.stripe.events import service as events
from billing.subscriptions import ending, entitling
from billing.subscriptions.calls import Found
from billing.subscriptions.service import Desk, told_of
from kit.errors import Retriable


async def end_returned(desk: Desk, user_id: uuid.UUID) -> None:
    """End subscriptions for whose period all that was paid went back, and have them read anew."""
    async with desk.database.transaction() as session:
        those = [(each.id, int(each.period_start.timestamp())) for each in await entitling.to_end(session, user_id)]
    for id, start in those:
        await _ended(desk, user_id, id, partial(ending.end_period, desk.client, id, start))


async def end_covered(desk: Desk, user_id: uuid.UUID) -> None:
    """End subscriptions with their period for what their holder has bought for good, and give up what has not begun.

    Raises Retriable while somebody pays on a page that is to close.
    """
    async with desk.database.transaction() as session:
        payer, largest = await customers.of_user(session, user_id), await entitling.has_for_good(session, user_id)
        those = [each.id for each in await entitling.covered(session, user_id, largest)]
    if payer is None or largest == "free":
        return
    for id in those:
        await _ended(desk, user_id, id, partial(ending.end_next, desk.client, id, largest))
    try:
        await ask(lambda: ending.give_up_waiting(desk.client, payer.stripe_id, largest))
    except Refused as error:
        raise Retriable(str(error)) from None


async def _ended(desk: Desk, user_id: uuid.UUID, id: str, call: Callable[[], Found | None]) -> None:
    found = await ask(call)
    async with desk.database.transaction() as session:
        if found is not None:
            told = told_of(found)
            await audit.record(session, desk.context, Event(Action.SUBSCRIPTION_CANCELLED, user_id, SYSTEM, told))
        await events.look_again(session, desk.context, "subscription", id)
