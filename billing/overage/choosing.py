"""Whether one pays for requests above the limit, up to which cap, and what that came to this month.

`choose` and `give_up` open their own transactions, as Stripe is asked between them: call them outside of any.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import SYSTEM, Action, Actor, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.errors import Refused
from billing.customers import service as customers
from billing.money import Currency, Money
from billing.overage import repository, subscribing
from billing.overage.admission import allowed, month_of
from billing.overage.models import OverageChoice
from billing.plans import OVERAGE, OVERAGE_REQUESTS
from billing.stripe.client import ask
from billing.subscriptions.service import Desk


@dataclass(frozen=True)
class Standing:
    """This month (UTC), from `month` until before `until`. `requests` above the limit are counted and cost `cost`;
    with those that are not counted yet it is at most `at_most`. `unpaid`: an invoice is open, and none is let in.
    """

    wanted: bool
    per_thousand: Money
    cap: Money | None
    month: datetime
    until: datetime
    requests: int
    cost: Money
    at_most: Money
    left: int
    unpaid: bool


async def standing(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Standing:
    """What the user has chosen, and used this month."""
    month, until = month_of(context.clock())
    choice = await repository.choice(session, user_id)
    if choice is None:
        price = OVERAGE.in_(await customers.currency(session, user_id, None))
        nothing = Money(0, price.currency)
        return Standing(False, price, None, month, until, 0, nothing, nothing, 0, False)
    used, currency = await repository.used(session, user_id, month, until), cast(Currency, choice.currency)
    at_most = used.counted + used.pending
    owes = choice.subscription_id is not None and await repository.owes(session, choice.subscription_id)
    return Standing(
        wanted=choice.wanted,
        per_thousand=Money(choice.per_thousand, currency),
        cap=Money(choice.cap, currency),
        month=month,
        until=until,
        requests=used.counted,
        cost=_cost(choice, used.counted),
        at_most=_cost(choice, at_most),
        left=max(0, allowed(choice) - at_most) if choice.wanted and not owes else 0,
        unpaid=owes,
    )


async def choose(desk: Desk, user_id: uuid.UUID, cap: int) -> Standing:
    """Pay from now on, at most `cap` minor units in a month; a lower cap counts for what is let in from now on.

    Raises Refused: no-subscription, conflict, payment-declined.
    """
    chosen = None
    while chosen is None:
        chosen = await _choose(desk, user_id, cap)
    return chosen


async def _choose(desk: Desk, user_id: uuid.UUID, cap: int) -> Standing | None:
    """None where the subscription was ended by us while we asked for it: there is to be another one."""
    async with desk.database.transaction(user_id) as session:
        payer, before = await customers.of_user(session, user_id), await repository.choice(session, user_id)
    if payer is None:
        raise Refused("no-subscription", "Overage comes with a subscription, and you have none.")
    metered = await ask(lambda: subscribing.begin(desk.client, payer.stripe_id, tax=desk.tax))
    async with desk.database.transaction(user_id) as session:
        known = await repository.choice(session, user_id, to_change=True)
        if before is not None and before.subscription_id and (known is None or known.subscription_id is None):
            return None
        price = {"per_thousand": metered.per_thousand, "currency": metered.currency}
        now = {"subscription_id": metered.id, "changed_at": desk.context.clock()}
        await repository.put_choice(session, user_id, {"wanted": True, "cap": cap, **price, **now})
        told: dict[str, Value] = {"amount": cap, "currency": metered.currency, "subscription": metered.id}
        await audit.record(session, desk.context, Event(Action.OVERAGE_CHOSEN, user_id, Actor("user", user_id), told))
        return await standing(session, desk.context, user_id)


async def give_up(session: AsyncSession, context: Context, user_id: uuid.UUID, actor: Actor = SYSTEM) -> Standing:
    """Pay for no more; what is due is reported first, then the worker ends it in Stripe. Done again it does nothing."""
    choice = await repository.choice(session, user_id, to_change=True)
    if choice is not None and choice.wanted:
        choice.wanted, choice.changed_at = False, context.clock()
        await session.flush()
        await audit.record(session, context, Event(Action.OVERAGE_GIVEN_UP, user_id, actor))
    return await standing(session, context, user_id)


def _cost(choice: OverageChoice, requests: int) -> Money:
    """Halves up, as Stripe rounds the sum of a period."""
    minor = (requests * choice.per_thousand + OVERAGE_REQUESTS // 2) // OVERAGE_REQUESTS
    return Money(minor, cast(Currency, choice.currency))
