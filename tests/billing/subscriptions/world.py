"""Somebody who subscribes at the Stripe stand-in, our mirror of it, and time that goes by for both."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from stripe import StripeClient

from accounts.audit import service as trail
from accounts.audit.filters import Filter
from accounts.context import Context
from billing.customers import service as customers
from billing.stripe import catalogue, mirrors
from billing.subscriptions import mirroring, tasks
from kit.database import Database
from kit.postgres import Server
from tests.billing.stripe_world import person, work_of
from tests.databases import context, on
from tests.peers.stripe import StripePeer
from tests.people import Watch


@dataclass
class World:
    """Somebody with a customer in Stripe, and time that goes by for them and for us alike."""

    server: Server
    peer: StripePeer
    client: StripeClient
    user_id: uuid.UUID
    customer: str
    watch: Watch

    @property
    def context(self) -> Context:
        return context(self.watch)

    def subscribe(self, offer: str = "basic-month", card: str = "pm_card_visa", **more: Any) -> str:
        price = self.client.v1.prices.list({"lookup_keys": [offer]}).data[0].id
        asked: Any = {"customer": self.customer, "items": [{"price": price}], "default_payment_method": card, **more}
        return self.client.v1.subscriptions.create(asked).id

    def mirror(self, subscription: str) -> None:
        self.write(mirroring.fetch(self.client, subscription))

    def write(self, found: dict[str, Any]) -> None:
        found["customer"] = found["customer"]["id"]

        async def work(database: Database) -> None:
            async with database.transaction() as session:
                await mirroring.mirror(session, self.context, found)

        on(self.server.urls.worker, work)

    def hear(self, kind: str, id: str) -> None:
        """An invoice or a payment is read from Stripe, and written down."""

        async def work(database: Database) -> None:
            found = await mirrors.read(self.client, kind, id)
            async with database.transaction() as session:
                await mirrors.MIRRORS[kind].write(session, self.context, found)

        on(self.server.urls.worker, work)

    def later(self, subscription: str | None = None, **by: float) -> None:
        """Time goes by; without a subscription to read again, nobody tells us of it."""
        self.peer.advance(**by)
        self.watch.now += timedelta(**by)
        if subscription is not None:
            self.mirror(subscription)

    def declining(self) -> None:
        """From now on the customer's card is declined."""
        for sub in self.peer.all("subscription"):
            bad: Any = {"default_payment_method": "pm_card_chargeCustomerFail"}
            self.client.v1.subscriptions.update(sub["id"], bad)

    def passes(self) -> None:
        """The worker's job by the clock."""

        async def work(database: Database) -> None:
            made = work_of(database)
            await tasks.derive_due(type(made)(made.database, self.context, made.outbox, made.queue))

        on(self.server.urls.worker, work)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.urls.worker) as connection:
            return connection.execute(query, [self.user_id]).fetchall()

    def trail(self) -> list[tuple[Any, Any]]:
        """Each change of the plan that the audit trail tells of: before, after."""

        async def work(database: Database) -> list[tuple[Any, Any]]:
            async with database.transaction() as session:
                wanted = Filter(user_id=self.user_id, action="plan.changed")
                rows = await trail.entries(session, self.context, wanted, 100)
            return [(row.facts["before"], row.facts["after"]) for row in rows]

        return on(self.server.urls.admin, work)

    @property
    def plan(self) -> str:
        return str(self.ask("SELECT plan FROM users WHERE id = %s")[0][0])

    @property
    def state(self) -> str:
        return str(self.ask("SELECT state FROM entitlements WHERE user_id = %s")[0][0])


@pytest.fixture
def world(postgres: Server, peer: StripePeer, client: StripeClient) -> World:
    catalogue.bring(client)
    user_id, watch = person(postgres), Watch()
    peer.now = int(watch.now.timestamp())

    async def work(database: Database) -> str:
        return (await customers.of(database, context(watch), client, user_id)).stripe_id

    return World(postgres, peer, client, user_id, on(postgres.urls.application, work), watch)
