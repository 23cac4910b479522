"""Invoices with what they are for, however often they are read."""

from typing import Any

from stripe import StripeClient

from billing.offers import offers
from tests.billing.payments.world import Buyer, buyer
from tests.billing.stripe_world import client, peer
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer"]

LINES = """
    SELECT offer, amount, proration, period_end - period_start FROM invoice_lines WHERE user_id = %s ORDER BY amount
"""


def price_of(client: StripeClient, offer: str) -> str:
    return client.v1.prices.list({"lookup_keys": [offer]}).data[0].id


def subscribe(buyer: Buyer, offer: str) -> Any:
    card = buyer.client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.customer})
    asked: Any = {"customer": buyer.customer, "items": [{"price": price_of(buyer.client, offer)}], "currency": "usd"}
    return buyer.client.v1.subscriptions.create(asked | {"default_payment_method": card.id})


def amount_of(offer: str) -> int:
    return offers()[offer].prices.in_("USD").minor


def test_an_invoice_tells_which_offer_it_is_for_and_until_when(buyer: Buyer) -> None:
    made = subscribe(buyer, "basic-month")
    for _ in range(2):
        buyer.mirror(made.latest_invoice, "invoice")
    ((offer, amount, proration, lasts),) = buyer.ask(LINES)
    assert (offer, amount, proration) == ("basic-month", amount_of("basic-month"), False)
    assert 28 <= lasts.days <= 31


def test_a_change_of_plan_gives_back_and_asks_for_the_rest_of_the_time(buyer: Buyer, peer: StripePeer) -> None:
    made = subscribe(buyer, "basic-month")
    item = made["items"].data[0]
    peer.advance(days=10)
    wanted: Any = {"items": [{"id": item.id, "price": price_of(buyer.client, "professional-month")}]}
    changed = buyer.client.v1.subscriptions.update(made.id, wanted | {"proration_behavior": "always_invoice"})
    buyer.mirror(str(changed.latest_invoice), "invoice")
    (back, _, part, _), (rest, _, other, _) = lines = buyer.ask(LINES)
    assert (back, rest, part, other) == ("basic-month", "professional-month", True, True)
    assert -amount_of("basic-month") < lines[0][1] < 0 < lines[1][1] < amount_of("professional-month")
    assert buyer.ask("SELECT total FROM invoices WHERE user_id = %s") == [(lines[0][1] + lines[1][1],)]
