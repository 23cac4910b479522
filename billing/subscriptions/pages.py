"""Stripe's own pages: where a subscription is begun by card, and where customers look after cards, invoices and what is
open. Functions block, as those of billing.subscriptions.calls.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from stripe import StripeClient

from billing.entitlements import NEVER_BEGAN
from billing.stripe.catalogue import MARK
from billing.stripe.pending import Key, opened_by
from billing.subscriptions.beginning import already, close_pages, trial
from billing.subscriptions.calls import LIVE, Found, Order, all_of, named, price_of, refusing


@dataclass(frozen=True)
class Ways:
    """Where the browser goes from there."""

    done: str
    back: str


def checkout(client: StripeClient, customer: str, user_id: uuid.UUID, order: Order, ways: Ways) -> dict[str, Any]:
    """A page that begins the subscription; one from before closes, so that nobody pays on two. Whoever
    was cut off and asks again is given the page that they opened.

    Raises Refused: already-subscribed, currency-mismatch, in-progress.
    """
    mine = close_pages(client, customer, order.key)
    there = all_of(client, customer)
    for each in there:
        if each["status"] in LIVE:
            raise already(each, order)
        if each["status"] == "incomplete":
            client.v1.subscriptions.cancel(each["id"])
    if mine is not None:
        return mine
    with refusing():
        return _page(client, customer, user_id, order, ways, there)


def _page(
    client: StripeClient, customer: str, user_id: uuid.UUID, order: Order, ways: Ways, there: list[Found]
) -> dict[str, Any]:
    asked: Any = {
        "mode": "subscription",
        "customer": customer,
        "metadata": {MARK: order.offer.id, **opened_by(order.key)},
        "client_reference_id": str(user_id),
        "currency": order.currency.lower(),
        "line_items": [{"price": price_of(client, order.offer), "quantity": 1}],
        "success_url": ways.done,
        "cancel_url": ways.back,
        "tax_id_collection": {"enabled": True},
        "customer_update": {"name": "auto", "address": "auto"},
    }
    if tried := trial(order, first=all(each["status"] in NEVER_BEGAN for each in there)):
        asked["subscription_data"] = tried
    if order.tax:
        asked["automatic_tax"] = {"enabled": True}
    return client.v1.checkout.sessions.create(asked, named("checkout", order.key)).to_dict()


def portal(client: StripeClient, customer: str, back: str, key: Key | None) -> str:
    """The address of a page of the customer's own, good for minutes."""
    asked: Any = {"customer": customer, "return_url": back}
    return client.v1.billing_portal.sessions.create(asked, named("portal", key)).url
