"""A stand-in for each test; after it, all that the stand-in sent or could send is held against Stripe's shapes.

With PAYBAND_TEST_STRIPE_LIVE (`./payband test --stripe-live`) the client asks Stripe's test mode, or what
PAYBAND_STRIPE_API_BASE names, and tests that need the stand-in itself are skipped.
"""

import os
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe

from tests.peers.stripe import StripePeer, answers, shapes, stripe_peer

ROOT = Path(__file__).resolve().parents[3]
NOON = int(datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp())  # April has 30 days
LIVE = "PAYBAND_TEST_STRIPE_LIVE" in os.environ


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if LIVE:
        for item in items:
            if Path(__file__).parent in item.path.parents and (reason := needs_the_stand_in(item)):
                item.add_marker(pytest.mark.skip(reason=reason))


def needs_the_stand_in(item: pytest.Item) -> str | None:
    """Why a test cannot be run against Stripe; None for one that can."""
    marked = item.get_closest_marker("stand_in")
    fixtures = getattr(item, "fixturenames", [])
    if marked:
        return f"not against Stripe: {marked.args[0]}"
    if "peer" in fixtures:
        return "not against Stripe: it looks into the stand-in or moves its clock, faults, webhooks or buyers"
    return None if "client" in fixtures else "not against Stripe: it is about the stand-in alone"


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
def client(request: pytest.FixtureRequest) -> stripe.StripeClient:
    """The unmodified library; with the stand-in it tries nothing twice of itself."""
    if LIVE:
        base = os.environ.get("PAYBAND_STRIPE_API_BASE")
        key, addresses = os.environ["PAYBAND_STRIPE_API_KEY"], {"api": base} if base else {}
        return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=2)
    peer: StripePeer = request.getfixturevalue("peer")
    return stripe.StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=0)


@pytest.fixture
def now() -> int:
    """The time of whoever is asked, when the test begins."""
    return int(time.time()) if LIVE else NOON


@pytest.fixture
def unique() -> str:
    """A word that no other test and no run before has used: an account of Stripe's keeps everything."""
    return uuid.uuid4().hex


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
