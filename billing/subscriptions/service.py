"""What can be done with one's own subscription. Stripe decides; its word is answered at once, and mirrored by a job.

Every function here opens its own transactions, because none may be open while Stripe is asked: call it outside of any.
All raise StripeAway where Stripe does not answer.
"""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import StripeClient

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.errors import Refused
from accounts.idempotency import service as idempotency
from accounts.idempotency.service import Operation
from accounts.keys import service as keys
from accounts.keys.rights import Rights
from billing.customers import service as customers
from billing.entitlements import RANK
from billing.money import Currency
from billing.offers import Offer, PlanTime, offer_with, plan_in
from billing.stripe.client import ask
from billing.stripe.events import service as events
from billing.stripe.pending import Key
from billing.subscriptions import beginning, changing, ending, entitling, pages
from billing.subscriptions.calls import Found, Order, offer_of
from billing.subscriptions.changing import Change
from billing.subscriptions.pages import Ways
from kit.database import Database

KEY_NAME = "subscription"  # of the API key that is made when an account without one subscribes
WAIT_S = "2"


@dataclass(frozen=True)
class Desk:
    """Where one asks: our database, Stripe, and whether Stripe reckons taxes."""

    database: Database
    context: Context
    client: StripeClient
    tax: bool = False


@dataclass(frozen=True)
class Buyer:
    """Who asks, what a key that is made for them may do, and what the operation is called if they named it."""

    user_id: uuid.UUID
    rights: Rights
    operation: Key | None = None


@dataclass(frozen=True)
class Begun:
    """A subscription; what the client needs to have the buyer confirm a payment (or a card); an API key, shown once."""

    found: Found
    confirms: Literal["payment", "setup"] | None
    client_secret: str | None = field(repr=False)
    api_key: str | None = field(repr=False)


def subscribed_to(id: str) -> Offer:
    """The plan for a period with this id. Raises Refused (no-such-offer)."""
    offer = offer_with(id)
    if not isinstance(offer.of, PlanTime) or offer.of.period.months is None:
        raise Refused(
            "no-such-offer", "That is bought once, and not subscribed to: POST /api/v1/create-payment-intent takes it."
        )
    return offer


async def subscribe(desk: Desk, buyer: Buyer, order: Order, asked: Currency | None) -> Begun:
    """Begin a subscription, or answer what has become of the same one, as after its payment was confirmed.

    Raises Refused: already-subscribed, conflict, currency-mismatch, payment-declined, in-progress.
    """
    async with alone(desk, buyer.user_id):
        payer, order = await _order(desk, buyer, order, asked)
        found = await ask(lambda: beginning.begin(desk.client, payer, order))
        async with desk.database.transaction(buyer.user_id) as session:
            await _noted(session, desk, buyer, Action.SUBSCRIPTION_BEGUN, found)
            key = await _first_key(session, desk.context, buyer, found)
    return Begun(found, *_to_confirm(found), key)


async def checkout(desk: Desk, buyer: Buyer, order: Order, asked: Currency | None, ways: Ways) -> dict[str, Any]:
    """A page of Stripe's on which a subscription begins, as its checkout session.

    Raises Refused: already-subscribed, conflict, currency-mismatch, in-progress.
    """
    async with alone(desk, buyer.user_id):
        payer, order = await _order(desk, buyer, order, asked)
        return await ask(lambda: pages.checkout(desk.client, payer, buyer.user_id, order, ways))


async def portal(desk: Desk, buyer: Buyer, back: str) -> str:
    """The address of a page of Stripe's for cards, invoices and what is open."""
    payer = await customers.of(desk.database, desk.context, desk.client, buyer.user_id)
    return await ask(lambda: pages.portal(desk.client, payer.stripe_id, back, buyer.operation))


async def cancel(desk: Desk, buyer: Buyer, *, at_once: bool) -> Found:
    """End it, now or with its period; who has not paid goes back to the free plan.

    Raises Refused: no-subscription, in-progress.
    """

    def cancelled(payer: str) -> Found:
        return ending.cancel(desk.client, payer, buyer.operation, at_once=at_once)

    return await _done(desk, buyer, Action.SUBSCRIPTION_CANCELLED, cancelled)


async def resume(desk: Desk, buyer: Buyer) -> Found:
    """Let it go on after all. Raises Refused: no-subscription, conflict, payment-declined, in-progress."""
    return await _done(
        desk, buyer, Action.SUBSCRIPTION_RESUMED, lambda payer: ending.resume(desk.client, payer, buyer.operation)
    )


async def change(desk: Desk, buyer: Buyer, offer: Offer, *, dry_run: bool) -> Change:
    """Another plan or period, or with `dry_run` what it would come to.

    Raises Refused: no-subscription, conflict, payment-declined; and in-progress where it is to be done.
    """
    async with desk.database.transaction(buyer.user_id) as session:
        await _not_for_good(session, buyer, offer)
    if dry_run:
        payer = await _payer(desk, buyer)
        return await ask(lambda: changing.preview(desk.client, payer, offer))
    made: list[Change] = []

    def changed(payer: str) -> Found:
        made.append(changing.change(desk.client, payer, offer, buyer.operation))
        return made[0].found

    await _done(desk, buyer, Action.SUBSCRIPTION_CHANGED, changed)
    return made[0]


async def _done(desk: Desk, buyer: Buyer, action: Action, call: Callable[[str], Found]) -> Found:
    async with alone(desk, buyer.user_id):
        payer = await _payer(desk, buyer)
        found = await ask(lambda: call(payer))
        async with desk.database.transaction(buyer.user_id) as session:
            await _noted(session, desk, buyer, action, found)
    return found


async def _payer(desk: Desk, buyer: Buyer) -> str:
    """The customer's id. Raises Refused (no-subscription) for who never was one."""
    async with desk.database.transaction(buyer.user_id) as session:
        known = await customers.of_user(session, buyer.user_id)
    if known is None:
        raise Refused("no-subscription", "You have no subscription.")
    return known.stripe_id


async def _order(desk: Desk, buyer: Buyer, order: Order, asked: Currency | None) -> tuple[str, Order]:
    """The customer's id, and the order in the currency in which they pay. Raises Refused: currency-mismatch,
    conflict for a plan that they have for good, or a smaller one.
    """
    async with desk.database.transaction(buyer.user_id) as session:
        await _not_for_good(session, buyer, order.offer)
        currency = await customers.currency(session, buyer.user_id, asked)
    payer = await customers.of(desk.database, desk.context, desk.client, buyer.user_id)
    return payer.stripe_id, replace(order, currency=currency, key=buyer.operation, tax=desk.tax)


async def _not_for_good(session: AsyncSession, buyer: Buyer, offer: Offer) -> None:
    plan, largest = plan_in(offer.id), await entitling.has_for_good(session, buyer.user_id)
    if plan is not None and RANK[plan.name] <= RANK[largest]:
        raise Refused("conflict", f"You have the plan {largest} for good: there is nothing to subscribe to.")


@asynccontextmanager
async def alone(desk: Desk, user_id: uuid.UUID) -> AsyncIterator[None]:
    """One at a time for each user, so that nobody begins two subscriptions or two trials, changes one twice over, or
    buys the same for good twice: what Stripe has is looked at first, and would be the same for both. Held by a row and
    not by a lock, as Stripe is asked meanwhile. Raises Refused (in-progress).
    """
    held = Operation(user_id, desk.context.secrets.digest("subscribing", str(user_id)), b"")
    async with desk.database.transaction(user_id) as session:
        until = await idempotency.take(session, desk.context, held)
        if not isinstance(until, datetime):
            told = "Another request of yours buys or changes something just now."
            raise Refused("in-progress", told, {"Retry-After": WAIT_S})
    try:
        yield
    finally:
        async with desk.database.transaction(user_id) as session:
            await idempotency.give_up(session, held, until)


async def _noted(session: AsyncSession, desk: Desk, buyer: Buyer, action: Action, found: Found) -> None:
    """In the trail, and to be mirrored."""
    event = Event(action, buyer.user_id, Actor("user", buyer.user_id), told_of(found))
    await audit.record(session, desk.context, event)
    await events.look_again(session, desk.context, "subscription", str(found["id"]))


def told_of(found: Found) -> dict[str, Value]:
    """What the trail tells of a subscription."""
    return {"offer": offer_of(found), "status": str(found["status"]), "subscription": str(found["id"])}


async def _first_key(session: AsyncSession, context: Context, buyer: Buyer, found: Found) -> str | None:
    """An API key for an account that has none, once it has a plan; no key reaches farther than what asks for it."""
    if found["status"] not in ("active", "trialing"):
        return None
    if any(key.state == "live" for key in await keys.keys_of(session, context, buyer.user_id)):
        return None
    if Rights(keys.USUAL).beyond(buyer.rights):
        return None
    return (await keys.create_key(session, context, buyer.user_id, KEY_NAME, maker=buyer.rights)).text


def _to_confirm(found: Found) -> tuple[Literal["payment", "setup"] | None, str | None]:
    setup, invoice = found["pending_setup_intent"], found["latest_invoice"]
    if setup is not None:
        return "setup", setup["client_secret"]
    secret = invoice["confirmation_secret"] if invoice is not None and invoice["status"] == "open" else None
    return ("payment", secret["client_secret"]) if secret is not None else (None, None)
