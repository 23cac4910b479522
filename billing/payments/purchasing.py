"""Buying what is bought once: packs of credits, bundles, plans for good. Stripe takes the money, on a page of its own
or by a payment intent that the buyer's browser confirms. What was paid for is given once we hear of the payment.

The functions that ask Stripe open their own transactions, because none may be open meanwhile: call them outside of
any. They raise StripeAway where Stripe does not answer, and Refused: currency-mismatch, conflict for a plan that the
buyer has for good already.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from stripe import InvalidRequestError

from accounts.errors import Refused
from billing.customers import service as customers
from billing.entitlements import NEVER_BEGAN
from billing.money import Currency, Money
from billing.offers import Offer, PlanTime, offer_with
from billing.payments import repository
from billing.payments.contents import contents, standing
from billing.plans import Bundle, Pack
from billing.stripe.catalogue import MARK
from billing.stripe.client import ask
from billing.subscriptions import repository as subscriptions
from billing.subscriptions.calls import named, price_of, refusing
from billing.subscriptions.pages import Ways
from billing.subscriptions.service import Buyer, Desk

Kind = type[Pack] | type[Bundle] | type[PlanTime]
ONCE: tuple[Kind, ...] = (Pack, Bundle, PlanTime)


@dataclass(frozen=True)
class Opened:
    """What Stripe made, a checkout session or a payment intent, and what is to be paid."""

    found: dict[str, Any]
    offer: Offer
    price: Money


def sold_once(id: str, *kinds: Kind) -> Offer:
    """The offer with this id, if it is bought once and of one of these kinds (default: any).

    Raises Refused (no-such-offer).
    """
    offer = offer_with(id)
    if isinstance(offer.of, PlanTime) and offer.of.period.months is not None:
        raise Refused("no-such-offer", "That is subscribed to, and not bought once.")
    if not isinstance(offer.of, kinds or ONCE):
        raise Refused("no-such-offer", "That is sold at another door: POST /api/v1/create-payment-intent takes it.")
    return offer


async def checkout(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None, ways: Ways) -> Opened:
    """A page of Stripe's on which to pay."""
    payer, price = await _prepared(desk, buyer, offer, asked)

    def page() -> dict[str, Any]:
        wanted: Any = {
            "mode": "payment",
            "customer": payer,
            "client_reference_id": str(buyer.user_id),
            "currency": price.currency.lower(),
            "line_items": [{"price": price_of(desk.client, offer), "quantity": 1}],
            "payment_intent_data": {"metadata": {MARK: offer.id}, "description": offer.title},
            "metadata": {MARK: offer.id},
            "success_url": ways.done,
            "cancel_url": ways.back,
        }
        if desk.tax:
            wanted |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
        with refusing():
            return desk.client.v1.checkout.sessions.create(wanted, named("buy", buyer.operation)).to_dict()

    return Opened(await ask(page), offer, price)


@dataclass(frozen=True)
class Given:
    """What somebody has for what they bought: a plan, where one is in it, and credits of packs."""

    offer: str
    plan: str | None
    credits: int


async def outcome(desk: Desk, user_id: uuid.UUID, payer: str, id: str) -> tuple[dict[str, Any], Given | None]:
    """A checkout session of this customer's, and what was given for it, once it was mirrored.

    Raises Refused (not-found), also for another customer's.
    """

    def session_of() -> dict[str, Any]:
        try:
            found = desk.client.v1.checkout.sessions.retrieve(id).to_dict()
        except InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            found = {"customer": None}
        if found["customer"] != payer:
            raise Refused("not-found", "You have no such checkout session.")
        return found

    found = await ask(session_of)
    async with desk.database.transaction(user_id) as session:
        subscribed = await subscriptions.by_id(session, found["subscription"] or "")
        if subscribed is not None and subscribed.status not in NEVER_BEGAN:
            return found, Given(subscribed.offer, subscribed.plan, 0)
        paid = await repository.payment(session, found["payment_intent"] or "")
        if paid is None or paid.offer is None:
            return found, None
        plans = (time.plan for time in contents(paid.offer).times)
        return found, Given(paid.offer, next(plans, None), paid.credits)


async def intent(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None) -> Opened:
    """A payment intent, to be confirmed with its client secret in the buyer's browser."""
    payer, price = await _prepared(desk, buyer, offer, asked)

    def made() -> dict[str, Any]:
        wanted: Any = {
            "amount": price.minor,
            "currency": price.currency.lower(),
            "customer": payer,
            "description": offer.title,
            "metadata": {MARK: offer.id},
            "automatic_payment_methods": {"enabled": True},
        }
        with refusing():
            return desk.client.v1.payment_intents.create(wanted, named("intent", buyer.operation)).to_dict()

    return Opened(await ask(made), offer, price)


async def _prepared(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None) -> tuple[str, Money]:
    """The number of who pays, and the price."""
    async with desk.database.transaction(buyer.user_id) as session:
        for_good, _ = standing(await repository.bought(session, buyer.user_id))
        for time in contents(offer.id).times:
            if time.months is None and time.plan in for_good:
                raise Refused("conflict", f"You have the plan {time.plan} for good already.")
        currency = await customers.currency(session, buyer.user_id, asked)
    payer = await customers.of(desk.database, desk.context, desk.client, buyer.user_id)
    return payer.stripe_id, offer.prices.in_(currency)
