"""The API killed between Stripe's success and our commit: what was begun is found again, and given once."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from stripe import StripeClient

from accounts.jobs.worker import work
from accounts.keys.rights import Rights
from accounts.programs import create_key
from billing.settings import BillingSettings
from billing.stripe import catalogue
from billing.stripe.client import client_of
from kit.postgres import Server
from kit.store import Store
from tests.billing.stripe_world import client, peer
from tests.databases import context
from tests.peers.stripe import StripePeer
from tests.serving.processes import Api, running_api
from tests.waiting import until

__all__ = ["client", "peer"]

INTENT, WEBHOOKS = "/api/v1/create-payment-intent", "/api/v1/webhooks/stripe"
NOWHERE = "http://127.0.0.1:1"


@dataclass
class Story:
    """Somebody who wants fifty credits, and Stripe's webhooks, which wait until somebody can take them."""

    server: Server
    store: Store
    peer: StripePeer
    stripe: StripeClient
    headers: dict[str, str]
    endpoint: str
    secret: str

    def api(self) -> Any:
        return running_api(self.store, self.server.urls, PAYBAND_STRIPE_WEBHOOK_SECRETS=self.secret)

    def buy(self, api: Api) -> httpx.Response:
        return api.client.post(INTENT, json={"offer": "credits-50"}, headers=self.headers)

    def buy_and_kill(self, api: Api, path: str) -> None:
        """Ask, and kill the API when it asks Stripe for this, which Stripe then does."""
        fault = self.peer.faults.next("wait", "POST", path)
        gone: list[Exception] = []

        def ask() -> None:
            try:
                self.buy(api)
            except httpx.TransportError as error:
                gone.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        assert fault.reached.wait(60)
        api.kill()
        asking.join()
        fault.released.set()
        assert len(gone) == 1
        with psycopg.connect(self.server.urls.owner) as owner:  # as after a minute
            owner.execute("UPDATE idempotency_keys SET taken_until = now() WHERE answer_sealed IS NULL")

    def hear(self, api: Api) -> None:
        """Every webhook comes, and the worker does what is due."""
        url: Any = {"url": f"{api.url}{WEBHOOKS}"}
        self.stripe.v1.webhook_endpoints.update(self.endpoint, url)
        self.peer.webhooks.settle()
        assert {each.status for each in self.peer.webhooks.made} == {202}
        self.peer.webhooks.hold()
        asyncio.run(work(self.server.urls.worker, context(), asyncio.Event(), once=True))

    def credits(self, api: Api) -> int:
        available: int = api.client.get("/api/v1/credits/balance", headers=self.headers).json()["available"]
        return available


@pytest.fixture
def story(postgres: Server, store: Store, peer: StripePeer) -> Iterator[Story]:
    stripe = client_of(BillingSettings())
    catalogue.bring(stripe)
    asked: Any = {"url": NOWHERE, "enabled_events": ["*"]}
    endpoint = stripe.v1.webhook_endpoints.create(asked)
    rights = Rights(frozenset({"billing:read", "billing:write"}))
    key = create_key(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org", "tests", rights)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "one"}
    peer.webhooks.hold()
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
    yield Story(postgres, store, peer, stripe, headers, endpoint.id, str(endpoint.secret))
    peer.webhooks.switches.retries_s = ()
    peer.webhooks.settle()


def test_killed_while_stripe_makes_the_customer_and_the_payment(story: Story) -> None:
    with story.api() as api:
        story.buy_and_kill(api, "/v1/customers/.*")  # made, and we do not know it
    (customer,) = story.peer.all("customer")
    with story.api() as api:
        story.hear(api)
        story.buy_and_kill(api, "/v1/payment_intents")
    until(lambda: len(story.peer.all("payment_intent")) == 1)
    (intent,) = story.peer.all("payment_intent")
    assert intent["customer"] == customer["id"], "what the webhook told was taken over"
    with story.api() as api:
        answer = story.buy(api)
        assert (answer.status_code, answer.json()["payment_intent_id"]) == (201, intent["id"])
        card: Any = {"payment_method": "pm_card_visa"}
        story.stripe.v1.payment_intents.confirm(intent["id"], card)
        assert story.credits(api) == 0
        story.hear(api)
        assert story.credits(api) == 50
        assert len(story.peer.all("customer")) == len(story.peer.all("payment_intent")) == 1


def test_killed_while_webhooks_come_stripe_sends_them_again(story: Story) -> None:
    with story.api() as api:
        intent = story.buy(api).json()["payment_intent_id"]
        card: Any = {"payment_method": "pm_card_visa"}
        story.stripe.v1.payment_intents.confirm(intent, card)
        url: Any = {"url": f"{api.url}{WEBHOOKS}"}
        story.stripe.v1.webhook_endpoints.update(story.endpoint, url)
        story.peer.webhooks.switches.retries_s = (0.0,) * 3
        api.kill()
        story.peer.webhooks.settle()
        assert {each.status for each in story.peer.webhooks.made} == {None}, "given up"
        story.peer.webhooks.hold()
    for event in story.peer.all("event"):
        story.peer.webhooks.send(event, [story.peer.get("webhook_endpoint", story.endpoint)], story.peer.render(event))
        story.peer.webhooks.send(event, [story.peer.get("webhook_endpoint", story.endpoint)], story.peer.render(event))
    story.peer.webhooks.made.clear()
    with story.api() as api:
        story.hear(api)
        assert story.credits(api) == 50
