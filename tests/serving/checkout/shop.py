"""The application, the Stripe stand-in and the queue's worker, all at one time that the test moves."""

import asyncio
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from stripe import StripeClient

from accounts import jobs
from accounts.context import Context
from accounts.jobs.worker import work
from billing.credits import service as credits
from billing.settings import BillingSettings
from billing.stripe import catalogue
from billing.stripe.client import client_of
from kit.database import Database
from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from serving.app import create_app
from serving.limits.overage import Overage
from serving.settings import ServingSettings
from tests.billing.books import once
from tests.callers import headers_of, session_token
from tests.databases import SECRET_KEY, addresses, context, on
from tests.peers.stripe import StripePeer, stripe_peer
from tests.peers.stripe.deliveries import sign
from tests.people import Watch
from tests.serving.client import Client, serving
from tests.waiting import until

WEBHOOKS = "/api/v1/webhooks/stripe"
SECRET = "whsec_" + "s" * 32
PAID = next(door for door in DOORS if door.service == "revisions")  # comes with the smallest plan that is paid for
SUBSCRIBE, SUBSCRIPTIONS = "/api/premium/subscribe", "/api/v1/subscriptions"


Parts = tuple[StripePeer, Client, Watch]


@dataclass
class Shop:
    """What a story happens in."""

    server: Server
    peer: StripePeer
    stripe: StripeClient
    api: Client
    watch: Watch
    told: set[str] = field(default_factory=set)

    @property
    def context(self) -> Context:
        return context(self.watch)

    def buyer(self, **columns: str) -> "Buyer":
        headers = headers_of("user session", self.server, context())
        buyer = Buyer(self, self.api.with_headers(**headers))
        buyer.user_id = uuid.UUID(buyer.api.get("/api/v1/users/me").json()["id"])
        with psycopg.connect(self.server.urls.admin) as connection:
            for name, value in {"plan": "free", **columns}.items():
                connection.execute(f"UPDATE users SET {name} = %s WHERE id = %s", [value, buyer.user_id])  # type: ignore[arg-type]
        return buyer

    def deliver(self) -> None:
        """Send every webhook that was not sent yet, and have the worker do what is due."""
        for event in reversed(self.peer.all("event")):
            if event["id"] not in self.told:
                self.told.add(event["id"])
                self.send(event)
        self.work()

    def send(self, event: Any) -> None:
        """One webhook, signed."""
        body = json.dumps(self.peer.render(event)).encode()
        header = {"Stripe-Signature": sign(body, [SECRET], int(self.watch.now.timestamp()))}
        assert self.api.post(WEBHOOKS, content=body, headers=header).status_code == 202

    def work(self) -> None:
        asyncio.run(work(self.server.urls.worker, self.context, asyncio.Event(), once=True))

    def later(self, **by: float) -> None:
        """Time goes by for everybody, webhooks come, and what is done by the clock is done."""
        self.watch.now += timedelta(**by)
        self.peer.advance(**by)
        self.deliver()
        self.do("subscriptions.derive_due")

    def do(self, task: str) -> None:
        async def queued(database: Database) -> None:
            async with database.transaction() as session:
                await jobs.defer(session, task)

        on(self.server.urls.worker, queued)
        self.work()


@dataclass
class Buyer:
    """Somebody who buys."""

    shop: Shop
    api: Client
    user_id: uuid.UUID = field(init=False)

    def signed_in_anew(self) -> "Buyer":
        """The same person, with another session."""

        async def token(database: Database) -> str:
            async with database.transaction(self.user_id) as session:
                return await session_token(session, context(), self.user_id)

        text = on(self.shop.server.urls.application, token)
        again = Buyer(self.shop, self.shop.api.with_headers(Authorization=f"Bearer {text}"))
        again.user_id = self.user_id
        return again

    def subscribe(self, offer: str = "basic-month", card: str | None = "pm_card_visa", **more: Any) -> dict[str, Any]:
        """Without a trial unless it is asked for."""
        answer = self.post(SUBSCRIBE, offer=offer, **({"payment_method": card} if card else {}), **more)
        assert answer[0] == 201, answer
        return answer[1]

    def buy(self, offer: str) -> None:
        """What is bought once."""
        status, told = self.post("/api/v1/create-payment-intent", offer=offer)
        assert status == 201, told
        paying: Any = {"payment_method": "pm_card_visa"}
        self.shop.stripe.v1.payment_intents.confirm(told["payment_intent_id"], paying)

    def post(self, path: str, key: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
        if path == SUBSCRIBE:
            body = {"trial": False, **body}
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.api.post(path, json=body, headers=headers)
        return answer.status_code, answer.json()

    def refused(self, path: str, **body: Any) -> str:
        status, told = self.post(path, **body)
        assert status >= 400, told
        return str(told["code"])

    @property
    def current(self) -> dict[str, Any]:
        answer = self.api.get(f"{SUBSCRIPTIONS}/current")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    @property
    def has(self) -> tuple[str, str]:
        return self.current["plan"], self.current["state"]

    def is_told(self, status: int, code: str | None = None) -> None:
        """What a door says, in a moment, that comes with a plan which is paid for."""

        def told() -> bool:
            answer = self.api.get(PAID.path, params=PAID.example)
            return (answer.status_code, answer.json().get("code")) == (status, code)

        until(told)

    @property
    def credits(self) -> int:
        return int(self.api.get("/api/v1/credits/balance").json()["available"])

    def spend(self, amount: int) -> None:
        """So many credits."""

        async def work(database: Database) -> None:
            async with database.transaction(self.user_id) as session:
                await credits.spend(session, self.shop.context, self.user_id, amount, once())

        on(self.shop.server.urls.application, work)

    @property
    def there(self) -> list[dict[str, Any]]:
        """Their subscriptions in Stripe, newest first."""
        with psycopg.connect(self.shop.server.urls.worker) as connection:
            row = connection.execute("SELECT stripe_id FROM customers WHERE user_id = %s", [self.user_id]).fetchone()
        return self.shop.peer.all("subscription", lambda each: row is not None and each["customer"] == row[0])

    @property
    def invoice(self) -> dict[str, Any]:
        """The last."""
        return self.shop.peer.objects[self.there[0]["latest_invoice"]]

    def with_card(self, card: str) -> None:
        asked: Any = {"default_payment_method": card}
        self.shop.stripe.v1.subscriptions.update(self.there[0]["id"], asked)

    def pay(self, card: str = "pm_card_visa") -> None:
        asked: Any = {"payment_method": card}
        self.shop.stripe.v1.invoices.pay(self.invoice["id"], asked)


def lost(shop: Shop, path: str) -> None:
    """What is posted there next is done, and nobody hears of it: as after the death of the process that had asked."""
    shop.peer.faults.next("drop_answer", "POST", path)
    shop.peer.faults.next("status", "POST", path, times=2)


@contextmanager
def opened(own: Path, store: Store, postgres: Server, **more: Any) -> Iterator[Parts]:
    """The application with its own copy of a store, and its Stripe; `more` settings."""
    watch = Watch()
    shutil.copytree(store.root, own)  # one process opens a release once
    with stripe_peer(seed=uuid.uuid4().hex, now=int(watch.now.timestamp())) as peer:
        given: dict[str, Any] = {
            "secret_key": SECRET_KEY,
            "stripe_api_key": SecretStr(peer.key),
            "stripe_api_base": peer.url,
            "stripe_webhook_secrets": (SecretStr(SECRET),),
            **addresses(postgres.urls),
            **more,
        }
        settings = ServingSettings(store=own, **given)
        catalogue.bring(client_of(settings))
        app = create_app(settings)
        app.state.context = context(watch)
        if app.state.overage is not None:
            app.state.overage = Overage(app.state.database, app.state.context, app.state.limits)
        with serving(app) as api:
            yield peer, api, watch


def shop_of(running: Parts, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Shop:
    peer, api, watch = running
    monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", peer.key)  # for the worker, which has its settings from there
    monkeypatch.setenv("PAYBAND_STRIPE_API_BASE", peer.url)
    made = Shop(postgres, peer, client_of(BillingSettings()), api, watch)
    made.told = {event["id"] for event in peer.all("event")}
    return made
