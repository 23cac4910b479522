"""Everything that is mirrored, held against what Stripe has: what differs is reported, and read anew.

Looked at is whatever Stripe told of lately (it keeps its events for thirty days), whatever was made lately, and the
subscriptions that live, there or here. To compare, a mirror is written in a transaction that is undone: what that would
have changed differs. It is put among the events, as if Stripe had told of it, so that one worker at a time writes it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from stripe import StripeClient

from accounts.context import Context
from accounts.errors import Refused
from billing.stripe import mirrors
from billing.stripe.client import ask
from billing.stripe.events import service
from billing.stripe.mirrors import MIRRORS
from billing.subscriptions.models import Subscription
from kit.database import Database
from kit.errors import BadInput, Permanent

LOOKED_BACK = timedelta(days=40)  # longer than a month's period and all attempts to be paid for it
SETTLING = timedelta(minutes=2)  # what changed just now may be on its way here
BECAUSE = "payband.drift"  # the kind of such an event
PAGE = 100
Name = tuple[str, str]  # kind and id

# What is kept of an object of each kind, but for what moves by the clock.
KEPT = {
    "customer": "SELECT to_jsonb(t) FROM customers t WHERE stripe_id = :id",
    "subscription": "SELECT to_jsonb(t) FROM subscriptions t WHERE id = :id",
    "payment_intent": "SELECT to_jsonb(t) FROM payments t WHERE id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM refunds t WHERE payment_id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM disputes t WHERE payment_id = :id",
    "invoice": "SELECT to_jsonb(t) - 'next_credits_at' FROM invoices t WHERE id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM invoice_lines t WHERE invoice_id = :id",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Difference:
    """An object of which we have something else than Stripe, or nothing: `missing`."""

    kind: str
    id: str
    missing: bool


@dataclass
class Report:
    """How many objects of each kind were compared, and those that differ."""

    compared: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


class _Undone(Exception):
    """Nothing of this transaction is to stay."""


async def reconcile(
    database: Database,
    context: Context,
    client: StripeClient,
    looked_back: timedelta = LOOKED_BACK,
    settling: timedelta = SETTLING,
) -> Report:
    """Compare everything, for the worker's role; done again, when the worker has worked, it finds no more.

    What changed within `settling` is left for the next time. Raises StripeAway; Permanent or BadInput where Stripe
    cannot be asked at all.
    """
    report, now = Report(), context.clock()
    there = await ask(lambda: _there(client, now - looked_back, now - settling))
    async with database.transaction() as session:
        here = {("subscription", each) for each in await session.scalars(_living())}
    for kind, id in sorted((there.known | here) - there.changing):
        difference = await _difference(database, context, client, kind, id)
        report.compared[kind] += 1
        if difference is not None:
            report.differences.append(difference)
            async with database.transaction() as session:
                await service.look_again(session, context, kind, id, BECAUSE)
    log.info("stripe.reconciled", compared=report.compared.total(), differ=len(report.differences))
    return report


@dataclass
class _There:
    """What Stripe has, by name, and what of it changed just now."""

    known: set[Name]
    changing: set[Name]


def _there(client: StripeClient, since: datetime, until: datetime) -> _There:
    found = _There(set(_listed(client, since)), set())
    asked: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    for event in client.v1.events.list(asked).auto_paging_iter():
        kind, id = mirrors.subject(event.to_dict()["data"]["object"])
        if kind in MIRRORS and id is not None:
            found.known.add((kind, id))
            if event.created > until.timestamp():
                found.changing.add((kind, id))
    return found


def _listed(client: StripeClient, since: datetime) -> Iterator[Name]:
    page: Any = {"limit": PAGE}
    recent: Any = {**page, "created": {"gte": int(since.timestamp())}}
    ever: Any = {**recent, "status": "all"}
    for asked in (page, ever):
        for subscription in client.v1.subscriptions.list(asked).auto_paging_iter():
            yield "subscription", subscription.id
    for invoice in client.v1.invoices.list(recent).auto_paging_iter():
        yield "invoice", invoice.id
    for intent in client.v1.payment_intents.list(recent).auto_paging_iter():
        yield "payment_intent", intent.id


def _living() -> Any:
    """Those that give something, are owed for, or ended nobody knows when, as far as we know."""
    owed = Subscription.status.not_in(("canceled", "incomplete_expired")) | Subscription.given_up.is_(False)
    owed |= (Subscription.status == "canceled") & Subscription.ended_at.is_(None)
    return select(Subscription.id).where(owed)


async def _difference(
    database: Database, context: Context, client: StripeClient, kind: str, id: str
) -> Difference | None:
    """What cannot be read or written differs, too: the worker parks it, where it is seen. Raises StripeAway."""
    difference: Difference | None = None
    try:
        found = await mirrors.read(client, kind, id)
        async with database.transaction() as session:
            before = await _kept(session, kind, id)
            await MIRRORS[kind].write(session, context, found)
            if await _kept(session, kind, id) != before:
                difference = Difference(kind, id, missing=not before)
            raise _Undone
    except _Undone:
        return difference
    except (Refused, Permanent, BadInput, SQLAlchemyError):
        log.exception("stripe.not_compared", kind=kind, id=id)
        return Difference(kind, id, missing=False)


async def _kept(session: AsyncSession, kind: str, id: str) -> list[str]:
    await session.flush()
    return sorted(str(row) for row in await session.scalars(text(KEPT[kind]), {"id": id}))
