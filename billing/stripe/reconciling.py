"""Whether our mirrors are what Stripe has: everything that Stripe told of in the last days, read again and compared.

Stripe keeps its events for thirty days, so that one list names every object that changed, whether or not its webhook
came here. To compare, a mirror is written in a transaction that is undone: what that would have changed is drift. It is
queued to be mirrored as if Stripe had told of it; none is expected.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from stripe import StripeClient

from accounts.context import Context
from billing.stripe import mirrors
from billing.stripe.client import ask
from billing.stripe.events import repository, service
from billing.stripe.mirrors import MIRRORS
from kit.database import Database

DAYS = 3  # for which Stripe sends an event again and again
MOST_DAYS = 30  # for which it keeps them
SETTLING = timedelta(minutes=2)  # what changed just now may be on its way
PAGE = 100

# What is kept of an object of each kind, as one text.
KEPT = {
    "customer": "SELECT to_jsonb(t) FROM customers t WHERE stripe_id = :id",
    "subscription": "SELECT to_jsonb(t) FROM subscriptions t WHERE id = :id",
    "payment_intent": "SELECT to_jsonb(t) FROM payments t WHERE id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM refunds t WHERE payment_id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM disputes t WHERE payment_id = :id",
    "invoice": "SELECT to_jsonb(t) FROM invoices t WHERE id = :id UNION ALL "
    "SELECT to_jsonb(t) FROM invoice_lines t WHERE invoice_id = :id",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Report:
    """How many objects of each kind were compared, and those (kind and id) whose mirror was not what Stripe has."""

    compared: Counter[str] = field(default_factory=Counter)
    drifted: list[tuple[str, str]] = field(default_factory=list)


class _Undone(Exception):
    """Nothing of this transaction is to stay."""


async def reconcile(database: Database, context: Context, client: StripeClient, days: int = DAYS) -> Report:
    """Compare what changed within so many days, for the worker's role; done again it finds no more.

    Raises StripeAway, Permanent or BadInput.
    """
    report = Report()
    for kind, id in await ask(lambda: _told(client, context, days)):
        found = await mirrors.read(client, kind, id)
        drifted = await _drifted(database, context, kind, id, found)
        if drifted is None:
            continue
        report.compared[kind] += 1
        if drifted:
            report.drifted.append((kind, id))
            async with database.transaction() as session:
                await service.look_again(session, context, kind, id, "payband.drift")
    log.info("stripe.reconciled", compared=sum(report.compared.values()), drifted=len(report.drifted))
    return report


def _told(client: StripeClient, context: Context, days: int) -> list[tuple[str, str]]:
    """Kind and id of everything that Stripe had to tell of, and that has a mirror."""
    now = context.clock()
    since, until = now - timedelta(days=min(days, MOST_DAYS)), now - SETTLING
    wanted: Any = {"created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())}, "limit": PAGE}
    events = client.v1.events.list(wanted).auto_paging_iter()
    subjects = (mirrors.subject(event.to_dict()["data"]["object"]) for event in events)
    return list(dict.fromkeys((kind, id) for kind, id in subjects if kind in MIRRORS and id is not None))


async def _drifted(database: Database, context: Context, kind: str, id: str, found: dict[str, Any]) -> bool | None:
    """Whether to write it would change anything; None while an event of it waits to be worked on."""
    drifted: bool | None = None
    try:
        async with database.transaction() as session:
            if await repository.waiting(session, id):
                return None
            before = await _kept(session, kind, id)
            await MIRRORS[kind].write(session, context, found)
            drifted = await _kept(session, kind, id) != before
            raise _Undone
    except _Undone:
        return drifted


async def _kept(session: AsyncSession, kind: str, id: str) -> list[str]:
    await session.flush()
    return sorted(str(row) for row in await session.scalars(text(KEPT[kind]), {"id": id}))
