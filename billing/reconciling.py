"""Everything that is mirrored, held against what Stripe has: what differs is reported, and read anew.

Stripe is asked for what lives and for what was made within LOOKED_BACK. Nothing is written here: what differs is put
among the events, as if Stripe had told of it, so that one worker at a time writes an object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from stripe import StripeClient

from accounts.context import Context
from billing.customers import repository as customers
from billing.payments import mirroring as payments
from billing.payments.models import Invoice, Payment
from billing.stripe import mirrors
from billing.stripe.client import ask
from billing.stripe.events import service as events
from billing.subscriptions import mirroring as subscriptions
from billing.subscriptions.models import Subscription
from kit.database import Base, Database

LOOKED_BACK = timedelta(days=40)  # longer than a month's period and all attempts to be paid for it
PAGE = 100


@dataclass(frozen=True)
class Difference:
    """An object of which we have something else than Stripe; `columns` say what, none where we had nothing."""

    kind: str
    id: str
    columns: tuple[str, ...]


@dataclass
class Report:
    """How many objects were looked at, and those that differ."""

    checked: int = 0
    differences: list[Difference] = field(default_factory=list)


async def reconcile(
    database: Database, context: Context, client: StripeClient, looked_back: timedelta = LOOKED_BACK
) -> Report:
    """Look at everything; what differs is read anew by the worker. For the worker's role. Raises StripeAway."""
    since, report = int((context.clock() - looked_back).timestamp()), Report()
    there = await ask(lambda: set(_ids(client, since)))
    async with database.transaction() as session:
        here = {("subscription", each) for each in await session.scalars(_living())}
    for kind, id in sorted(there | here):
        found = await mirrors.read(client, kind, id)
        report.checked += 1
        async with database.transaction() as session:
            difference = await _difference(session, kind, found)
            if difference is not None:
                report.differences.append(difference)
                await events.look_again(session, context, kind, id)
    return report


def _ids(client: StripeClient, since: int) -> Iterator[tuple[str, str]]:
    page: Any = {"limit": PAGE}
    recent: Any = {**page, "created": {"gte": since}}
    ever: Any = {**recent, "status": "all"}
    for asked in (page, ever):
        for subscription in client.v1.subscriptions.list(asked).auto_paging_iter():
            yield "subscription", subscription.id
    for invoice in client.v1.invoices.list(recent).auto_paging_iter():
        yield "invoice", invoice.id
    for intent in client.v1.payment_intents.list(recent).auto_paging_iter():
        yield "payment_intent", intent.id


def _living() -> Any:
    """Those that give something or are owed for, as far as we know."""
    owed = Subscription.status.not_in(("canceled", "incomplete_expired")) | Subscription.given_up.is_(False)
    return select(Subscription.id).where(owed)


async def _difference(session: AsyncSession, kind: str, found: Mapping[str, Any]) -> Difference | None:
    wanted, model = _wanted(kind, found)
    row = await session.get(model, found["id"], populate_existing=True)
    if row is None:
        missing = wanted is not None and await _is_ours(session, found)
        return Difference(kind, found["id"], ()) if missing else None
    if wanted is None:
        wanted = {"status": "canceled", "given_up": True} if found.get("deleted") else {}
    wrong = tuple(name for name, value in wanted.items() if getattr(row, name) != value)
    return Difference(kind, found["id"], wrong) if wrong else None


def _wanted(kind: str, found: Mapping[str, Any]) -> tuple[dict[str, Any] | None, type[Base]]:
    """The columns that the object asks for; None where it asks for no row."""
    gone = bool(found.get("deleted"))
    if kind == "subscription":
        return None if gone else subscriptions.read(found), Subscription
    if kind == "invoice":
        return None if gone or found["status"] == "draft" else payments.invoice_columns(dict(found)), Invoice
    return None if gone or found["status"] != "succeeded" else payments.payment_columns(dict(found)), Payment


async def _is_ours(session: AsyncSession, found: Mapping[str, Any]) -> bool:
    """Whether its customer is somebody here; another installation may share the account at Stripe."""
    customer = found.get("customer")
    return customer is not None and await customers.by_stripe_id(session, customer["id"]) is not None
