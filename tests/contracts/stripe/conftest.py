"""A stand-in for each test; after it, all that the stand-in sent or could send is held against Stripe's shapes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe

from tests.peers.stripe import StripePeer, answers, shapes, stripe_peer

ROOT = Path(__file__).resolve().parents[3]
NOON = int(datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp())  # April has 30 days


@pytest.fixture
def peer() -> Iterator[StripePeer]:
    with stripe_peer(now=NOON) as running:
        yield running
        running.webhooks.settle()
        assert not {found for each in sent(running) for found in shapes.wrong(each)}


def sent(peer: StripePeer) -> Iterator[dict]:
    """Every object as it is sent, with all that `expand` adds, and every object as an event told it."""
    for each in list(peer.objects.values()):
        added = {name: find(peer, each) for (kind, name), find in answers.INCLUDED.items() if kind == each["object"]}
        yield peer.render(each) | ({} if each.get("deleted") else added)
        if each["object"] == "event":
            yield each["data"]["object"]


@pytest.fixture
def client(peer: StripePeer) -> stripe.StripeClient:
    """The unmodified library; it tries nothing twice of itself."""
    return stripe.StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=0)


@pytest.fixture
def monthly(client: stripe.StripeClient) -> stripe.Price:
    return price(client, 3000)


@pytest.fixture
def customer(client: stripe.StripeClient) -> stripe.Customer:
    """Who pays by a card that works."""
    return payer(client, "pm_card_visa")


def price(client: stripe.StripeClient, amount: int, interval: str = "month", count: int = 1, **more) -> stripe.Price:
    recurring = {"interval": interval, "interval_count": count}
    asked = {"currency": "usd", "unit_amount": amount, "product_data": {"name": f"Plan {amount}"}}
    return client.v1.prices.create(asked | {"recurring": recurring} | more)


def payer(client: stripe.StripeClient, card: str) -> stripe.Customer:
    made = client.v1.customers.create({"email": "ana@example.org"})
    method = client.v1.payment_methods.attach(card, {"customer": made.id})
    return client.v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": method.id}})


def kinds(peer: StripePeer, start: str = "") -> list[str]:
    """Types of all events so far, in order."""
    return [
        each["type"] for each in peer.objects.values() if each["object"] == "event" and each["type"].startswith(start)
    ]
