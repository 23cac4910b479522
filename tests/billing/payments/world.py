"""Somebody who buys at the Stripe stand-in, and our mirror of it."""

import uuid
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from stripe import StripeClient

from billing.customers import service as customers
from billing.offers import offers
from billing.stripe import catalogue, mirrors
from billing.stripe.catalogue import MARK
from kit.database import Database
from kit.postgres import Server
from tests.billing.stripe_world import person
from tests.databases import context, on
from tests.peers.stripe import StripePeer

YES: Any = {"payment_method": "pm_card_visa"}


@dataclass
class Buyer:
    """Somebody with a customer in Stripe, which sells what we sell."""

    server: Server
    peer: StripePeer
    client: StripeClient
    user_id: uuid.UUID
    customer: str

    def pay(self, offer: str, card: str = "pm_card_visa", **more: Any) -> str:
        """Pay for it with a payment intent as we make them; its id."""
        amount = offers()[offer].prices.in_("USD").minor
        asked: Any = {"amount": amount, "currency": "usd", "customer": self.customer, "metadata": {MARK: offer}}
        made = self.client.v1.payment_intents.create(asked | more)
        confirmed: Any = {"payment_method": card}
        return self.client.v1.payment_intents.confirm(made.id, confirmed).id

    def buy(self, offer: str, **more: Any) -> str:
        """Pay, and have us hear of it."""
        payment = self.pay(offer, **more)
        self.mirror(payment)
        return payment

    def refund(self, payment: str, amount: int | None = None) -> str:
        asked: Any = {"payment_intent": payment} | ({} if amount is None else {"amount": amount})
        return self.client.v1.refunds.create(asked).id

    def dispute(self, payment: str) -> str:
        charge = self.client.v1.payment_intents.retrieve(payment).latest_charge
        return str(self.peer.dispute(str(charge))["id"])

    def mirror(self, id: str, kind: str = "payment_intent") -> None:
        """Read it from Stripe, and write it down, as a job does."""

        async def work(database: Database) -> None:
            found = await mirrors.read(self.client, kind, id)
            async with database.transaction() as session:
                await mirrors.MIRRORS[kind].write(session, context(), found)

        on(self.server.urls.worker, work)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.urls.owner) as connection:
            return connection.execute(query, [self.user_id]).fetchall()  # type: ignore[arg-type]

    @property
    def credits(self) -> int:
        last = "SELECT available FROM credit_operations WHERE user_id = %s ORDER BY seq DESC LIMIT 1"
        return sum(row[0] for row in self.ask(last))

    @property
    def plan(self) -> str:
        return str(self.ask("SELECT plan FROM users WHERE id = %s")[0][0])

    @property
    def licences(self) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self.ask("SELECT policy, status FROM licences WHERE user_id = %s")]


@pytest.fixture
def buyer(postgres: Server, peer: StripePeer, client: StripeClient) -> Buyer:
    catalogue.bring(client)
    return somebody(postgres, peer, client)


def somebody(server: Server, peer: StripePeer, client: StripeClient) -> Buyer:
    """Another one."""
    user_id = person(server)

    async def work(database: Database) -> str:
        return (await customers.of(database, context(), client, user_id)).stripe_id

    return Buyer(server, peer, client, user_id, on(server.urls.application, work))
