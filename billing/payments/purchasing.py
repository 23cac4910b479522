"""Buying what is bought once: packs of credits, bundles, plans for good. Stripe takes the money, on a page of its own
or by a payment intent that the buyer's browser confirms. What was paid for is given once we hear of the payment.

The functions that ask Stripe open their own transactions, because none may be open meanwhile: call them outside of
any. They raise StripeAway where Stripe does not answer, and Refused: currency-mismatch, conflict for a plan that the
buyer has for good already, in-progress. Of what would pay for the same plan for good one thing at a time is open.
"""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import InvalidRequestError

from accounts.errors import Refused
from billing import monthly
from billing.customers import service as customers
from billing.entitlements import NEVER_BEGAN, RANK
from billing.money import Currency, Money
from billing.offers import Offer, PlanTime, offer_with, offers
from billing.payments import repository
from billing.payments.contents import contents, standing
from billing.plans import Bundle, Pack, PlanName
from billing.stripe import pending
from billing.stripe.catalogue import MARK
from billing.stripe.client import ask
from billing.stripe.pending import Found
from billing.subscriptions import ending
from billing.subscriptions import repository as subscriptions
from billing.subscriptions.calls import named, price_of, refusing
from billing.subscriptions.models import Subscription
from billing.subscriptions.pages import Ways
from billing.subscriptions.service import Buyer, Desk, alone

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
        raise Refused(
            "no-such-offer", "That is subscribed to, and not bought once: POST /api/premium/subscribe takes it."
        )
    if not isinstance(offer.of, kinds or ONCE):
        raise Refused("no-such-offer", "That is sold at another door: POST /api/v1/create-payment-intent takes it.")
    return offer


async def checkout(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None, ways: Ways) -> Opened:
    """A page of Stripe's on which to pay."""

    def page(order: Order) -> Found:
        price, metadata = order.price, {MARK: offer.id, **pending.opened_by(buyer.operation)}
        wanted: Any = {
            "mode": "payment",
            "customer": order.payer,
            "client_reference_id": str(buyer.user_id),
            "currency": price.currency.lower(),
            "line_items": [{"price": price_of(desk.client, offer), "quantity": 1}],
            "payment_intent_data": {"metadata": metadata, "description": offer.title},
            "metadata": metadata,
            "success_url": ways.done,
            "cancel_url": ways.back,
        }
        if desk.tax:
            wanted |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
        with refusing():
            return desk.client.v1.checkout.sessions.create(wanted, named("buy", buyer.operation)).to_dict()

    return await _opened(desk, buyer, offer, asked, page)


@dataclass(frozen=True)
class Given:
    """What somebody has for what they bought: a plan, where one is in it, and credits: of packs, or of the plan's first
    month where it is subscribed to.
    """

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
            return found, await _begun(session, subscribed, found["invoice"] or "")
        paid = await repository.payment(session, found["payment_intent"] or "")
        if paid is None or paid.offer is None:
            return found, None
        plans = (time.plan for time in contents(paid.offer).times)
        return found, Given(paid.offer, next(plans, None), paid.credits)


async def _begun(session: AsyncSession, subscribed: Subscription, invoice_id: str) -> Given | None:
    """Its month's credits come when we hear that the invoice is paid: nothing is told before, so that all of it is."""
    invoice = await repository.invoice(session, invoice_id)
    if invoice is None or invoice.status == "open":
        return None
    credits = await monthly.first_month(session, subscribed.user_id, invoice.id)
    return Given(subscribed.offer, subscribed.plan, credits)


async def intent(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None) -> Opened:
    """A payment intent, to be confirmed with its client secret in the buyer's browser."""

    def made(order: Order) -> Found:
        wanted: Any = {
            "amount": order.price.minor,
            "currency": order.price.currency.lower(),
            "customer": order.payer,
            "description": offer.title,
            "metadata": {MARK: offer.id, **pending.opened_by(buyer.operation)},
            "automatic_payment_methods": {"enabled": True},
        }
        with refusing():
            return desk.client.v1.payment_intents.create(wanted, named("intent", buyer.operation)).to_dict()

    return await _opened(desk, buyer, offer, asked, made)


@dataclass(frozen=True)
class Order:
    """The number of who pays, what is to be paid, and the payments of theirs that we have heard of."""

    payer: str
    price: Money
    heard_of: frozenset[str]


async def _opened(
    desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None, make: Callable[[Order], Found]
) -> Opened:
    plans = for_good(offer.id)
    async with alone(desk, buyer.user_id) if plans else nullcontext():
        order = await _prepared(desk, buyer, offer, asked)

        def made() -> Found:
            return (_instead(desk, buyer, order, plans) if plans else None) or make(order)

        return Opened(await ask(made), offer, order.price)


def _instead(desk: Desk, buyer: Buyer, order: Order, plans: set[PlanName]) -> Found | None:
    """Close what else would pay for these plans for good, and what would begin a subscription to them; the page that
    this very operation opened is answered.
    """

    def same(found: Found) -> bool:
        return bool(plans & for_good(found["metadata"].get(MARK, "")))

    page = pending.close_pages(desk.client, order.payer, buyer.operation, same)
    pending.cancel_intents(desk.client, order.payer, buyer.operation, same, order.heard_of)
    ending.give_up_waiting(desk.client, order.payer, max(plans, key=RANK.__getitem__))
    return page


def for_good(offer_id: str) -> set[PlanName]:
    """The plans that are for good in what is sold."""
    return {time.plan for time in contents(offer_id).times if time.months is None} if offer_id in offers() else set()


async def _prepared(desk: Desk, buyer: Buyer, offer: Offer, asked: Currency | None) -> Order:
    async with desk.database.transaction(buyer.user_id) as session:
        bought = await repository.bought(session, buyer.user_id)
        has, _ = standing(bought)
        for plan in for_good(offer.id) & set(has):
            raise Refused("conflict", f"You have the plan {plan} for good already.")
        currency = await customers.currency(session, buyer.user_id, asked)
    payer = await customers.of(desk.database, desk.context, desk.client, buyer.user_id)
    return Order(payer.stripe_id, offer.prices.in_(currency), frozenset(each.id for each in bought))
