"""One history at one Stripe stand-in, without sockets: what is done there, and our mirror of it."""

import asyncio
import copy
import uuid
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
from stripe import HTTPClient, StripeClient, StripeError

from accounts.context import Context
from accounts.errors import Refused
from billing.customers import service as customers
from billing.offers import offers
from billing.reconciling import reconcile
from billing.stripe import catalogue, mirrors
from billing.stripe.mirrors import MIRRORS
from billing.subscriptions import beginning, calls, changing, ending, overtaken, tasks
from billing.subscriptions.calls import Order
from billing.subscriptions.service import Desk
from kit.database import Database
from kit.errors import Permanent
from tests.billing.stripe_world import work_of
from tests.peers.stripe import StripePeer
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.routes import REACTIONS
from tests.peers.stripe.server import carry_out
from tests.peers.stripe.store import Store
from tests.people import NOON, Watch

Subject = tuple[str, str]
ALWAYS = timedelta(days=1_000)  # longer than a history: it is reconciled once, and not every night
TABLES = (
    *("stripe_events", "refunds", "disputes", "invoice_lines", "invoices", "payments", "entitlements", "subscriptions"),
    *("licences", "licence_revocations", "mails"),
    *("left_customers", "customers", "credit_entries", "credit_operations", "credit_lots", "credit_books"),
)
EMPTY = "; ".join(f"DELETE FROM {table}" for table in [*TABLES, "procrastinate.procrastinate_jobs"])
STATE = {
    "subscriptions": "SELECT * FROM subscriptions ORDER BY id",
    "entitlements": "SELECT * FROM entitlements WHERE state <> 'free'",  # which is the same as none
    "plan": "SELECT plan FROM users WHERE id = %(user)s",
    "licence": "SELECT policy, status, expires_at FROM licences WHERE expires_at > %(now)s",
    "invoices": "SELECT * FROM invoices ORDER BY id",
    "payments": "SELECT id, offer, amount, currency, paid_at, refunded, disputed, lost FROM payments ORDER BY id",
    "credits": """SELECT l.source, l.priority, l.expires_at, sum(e.amount)::int AS remains FROM credit_lots l
        JOIN credit_entries e ON e.lot_id = l.id WHERE e.account = 'available' AND l.expires_at > %(now)s
        GROUP BY l.id HAVING sum(e.amount) > 0 ORDER BY l.expires_at, remains""",
}


class World(NamedTuple):
    """What all histories of a test share: a database, and a buyer."""

    owner: "psycopg.Connection[tuple[Any, ...]]"
    database: Database
    user_id: uuid.UUID
    context: Context


class InProcess(HTTPClient):
    """The library's way to the stand-in, without a socket."""

    name = "in process"

    def __init__(self, peer: StripePeer) -> None:
        super().__init__()
        self.peer = peer

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        parts = urlsplit(url)
        given = (post_data or "") if method.upper() == "POST" else parts.query
        (status, body), _ = carry_out(self.peer, method.upper(), parts.path, given, ("req_1", None))
        return body.decode(), status, {"Request-Id": "req_1"}

    def close(self) -> None:
        """There is nothing to close."""


@cache
def sold() -> Store:
    """The catalogue, as it is brought to a stand-in."""
    peer = StripePeer(REACTIONS, seed="catalogue", now=int(NOON.timestamp()))
    client = StripeClient("sk_test_x", http_client=InProcess(peer))
    catalogue.bring(client)
    for event in peer.all("event"):
        del peer.objects[event["id"]]
    return peer.objects


class Run:
    """One history at one stand-in, with a mirror of its own: what was there before is gone."""

    def __init__(self, world: World, seed: str) -> None:
        self.owner, self.database, self.user_id, self.watch = world.owner, world.database, world.user_id, Watch()
        self.context = replace(world.context, clock=self.watch)
        self.peer = StripePeer(REACTIONS, seed=seed, now=int(NOON.timestamp()))
        self.client = StripeClient("sk_test_x", http_client=InProcess(self.peer), max_network_retries=0)
        self.seen, self.locks = set[str](), defaultdict[Subject, asyncio.Lock](asyncio.Lock)
        self.owner.execute(EMPTY)  # type: ignore[arg-type]
        self.owner.execute("UPDATE users SET plan = 'free' WHERE id = %s", [self.user_id])
        self.peer.objects = copy.deepcopy(sold())

    async def begin(self) -> None:
        payer = await customers.of(self.database, self.context, self.client, self.user_id)
        self.customer = payer.stripe_id

    def do(self, act: tuple[Any, ...]) -> None:
        """One act of the buyer's, the bank's or time's; what cannot be done is not."""
        try:
            getattr(self, f"do_{act[0]}")(*act[1:])
        except (Refused, Refusal, Permanent, StripeError, LookupError):
            return
        finally:
            self.watch.now = datetime.fromtimestamp(self.peer.now, UTC)

    def do_subscribe(self, offer: str, card: str | None, trial: bool) -> None:
        beginning.begin(self.client, self.customer, Order(offers()[offer], "USD", trial, card))

    def do_change(self, offer: str) -> None:
        changing.change(self.client, self.customer, offers()[offer], None)

    def do_card(self, card: str) -> None:
        changes: Any = {"default_payment_method": card}
        self.client.v1.subscriptions.update(self.living["id"], changes)

    def do_cancel(self) -> None:
        ending.cancel(self.client, self.customer, None, at_once=False)

    def do_end(self) -> None:
        ending.cancel(self.client, self.customer, None, at_once=True)

    def do_resume(self) -> None:
        ending.resume(self.client, self.customer, None)

    def do_pay(self) -> None:
        paying: Any = {"payment_method": "pm_card_visa"}
        self.client.v1.invoices.pay(self.peer.all("subscription")[0]["latest_invoice"], paying)

    def do_waive(self) -> None:
        self.client.v1.invoices.void_invoice(self.peer.all("subscription")[0]["latest_invoice"])

    def do_refund(self, before: int) -> None:
        """The last charge, or one before it."""
        asked: Any = {"charge": self.peer.all("charge")[before]["id"]}
        self.client.v1.refunds.create(asked)

    def do_dispute(self, before: int) -> None:
        self.peer.dispute(self.peer.all("charge")[before]["id"])

    def do_win(self) -> None:
        self.decide("winning_evidence")

    def do_lose(self) -> None:
        self.decide("losing_evidence")

    def decide(self, evidence: str) -> None:
        """The last dispute."""
        asked: Any = {"evidence": {"uncategorized_text": evidence}}
        self.client.v1.disputes.update(self.peer.all("dispute")[0]["id"], asked)

    def do_wait(self, days: int) -> None:
        self.peer.advance(days=days)

    @property
    def living(self) -> dict[str, Any]:
        return self.peer.all("subscription", lambda each: each["status"] in calls.LIVE)[0]

    def news(self) -> list[Subject]:
        """What the events since the last time are about, in their order."""
        fresh = [each for each in reversed(self.peer.all("event")) if each["id"] not in self.seen]
        self.seen |= {each["id"] for each in fresh}
        told = [mirrors.subject(each["data"]["object"]) for each in fresh]
        return [(kind, id) for kind, id in told if kind in MIRRORS and id is not None]

    async def work_on(self, subject: Subject) -> None:
        """As the worker does for an event."""
        async with self.locks[subject]:
            found = await mirrors.read(self.client, *subject)
            async with self.database.transaction() as session:
                await MIRRORS[subject[0]].write(session, self.context, found)

    async def by_the_clock(self) -> None:
        work = work_of(self.database, self.context)
        await tasks.derive_due(work)
        await tasks.grant_due(work)

    async def mend(self) -> None:
        """What the reconciliation finds, worked on; then it finds nothing."""
        for each in (await reconcile(self.database, self.context, self.client, ALWAYS, timedelta(0))).differences:
            await self.work_on((each.kind, each.id))
        await self.by_the_clock()
        assert (await reconcile(self.database, self.context, self.client, ALWAYS, timedelta(0))).differences == []

    async def end_returned(self) -> None:
        """What follows in Stripe of what was mirrored."""
        await overtaken.end_returned(Desk(self.database, self.context, self.client), self.user_id)
        for subject in self.news():
            await self.work_on(subject)
        await self.mend()

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        told = {"user": self.user_id, "now": self.watch.now}
        return {name: self.owner.execute(query, told).fetchall() for name, query in STATE.items()}  # type: ignore[arg-type]
