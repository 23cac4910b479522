"""Somebody who pays above the limit: what they asked, what Stripe was told, and time that goes by for both."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from stripe import StripeClient

from accounts.usage import repository as usage
from billing.overage import catalogue, tasks
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from kit.database import Database
from kit.postgres import Server
from tests.billing.stripe_world import person, work_of
from tests.databases import context, on
from tests.peers.stripe import StripePeer, stripe_peer
from tests.people import Watch

NOW = datetime(2026, 5, 10, 12, 30, tzinfo=UTC)
HOUR = datetime(2026, 5, 10, 12, tzinfo=UTC)
CHOICE = """
    INSERT INTO overage_choices (user_id, wanted, cap, per_thousand, currency, subscription_id, changed_at)
    VALUES (%s, true, 1000, 50, 'USD', NULL, %s)
"""
LEASE = "INSERT INTO overage_leases (user_id, hour, requests_per_hour, requests) VALUES (%s, %s, 1000, %s)"


@dataclass
class World:
    """Somebody who has chosen to pay, and what their story needs."""

    server: Server
    peer: StripePeer
    client: StripeClient
    watch: Watch

    def __post_init__(self) -> None:
        self.user_id, self.customer = person(self.server, plan="basic"), self.client.v1.customers.create({}).id
        known = "INSERT INTO customers (user_id, stripe_id, created_at) VALUES (%s, %s, %s)"
        self.sql(known, self.user_id, self.customer, NOW)
        self.sql(CHOICE, self.user_id, NOW)

    def beside(self) -> "World":
        """Another buyer, of the same time and the same Stripe."""
        return World(self.server, self.peer, self.client, self.watch)

    def asks(self, times: int, at: datetime, status: int = 200) -> None:
        """So many requests, noted as the API notes them."""
        one = ("GET", status, 1.5, 100, "r", None, at.timestamp())
        used: Any = [(str(self.user_id), "/api/v1/coverage", None, *one)] * times

        async def work(database: Database) -> None:
            async with database.transaction() as session:
                await usage.write(session, uuid.uuid4(), used)

        on(self.server.urls.application, work)

    def let_in(self, requests: int, hour: datetime = HOUR) -> None:
        """Above the limit."""
        self.sql(LEASE, self.user_id, hour, requests)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.server.urls.owner, autocommit=True) as owner:
            owner.execute("SET row_security = off")
            found = owner.execute(statement, values)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def later(self, **by: float) -> None:
        self.watch.now += timedelta(**by)
        self.peer.advance(**by)

    def settle(self) -> None:
        """What the worker does every five minutes."""

        async def work(database: Database) -> None:
            await tasks.settle(work_of(database, context(self.watch)))

        on(self.server.urls.worker, work)

    @property
    def hours(self) -> list[tuple[Any, ...]]:
        return self.sql(
            "SELECT hour, requests_per_hour, answered, above, reported_at IS NOT NULL FROM overage_hours"
            " WHERE user_id = %s ORDER BY hour",
            self.user_id,
        )

    @property
    def told(self) -> list[tuple[int, str]]:
        """What Stripe's meter was told of them: when, and how many."""
        events = self.peer.all("billing.meter_event")
        own = [each for each in reversed(events) if each["payload"]["stripe_customer_id"] == self.customer]
        return [(each["timestamp"], each["payload"]["value"]) for each in own]


@pytest.fixture
def world(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The meter is in Stripe."""
    watch = Watch(NOW)
    with stripe_peer(seed=uuid.uuid4().hex, now=int(NOW.timestamp())) as peer:
        monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", peer.key)
        monkeypatch.setenv("PAYBAND_STRIPE_API_BASE", peer.url)
        client = client_of(BillingSettings())
        catalogue.apply(client, catalogue.differences(catalogue.read(client)), lambda *_: None)
        made = World(postgres, peer, client, watch)
        made.sql("DELETE FROM overage_leases")
        made.sql("UPDATE overage_hours SET reported_at = now() WHERE reported_at IS NULL")
        yield made
