"""Events as Stripe sends them, received and worked on."""

import uuid
from typing import Any

import psycopg
from psycopg.rows import dict_row

from accounts.context import Context
from billing.stripe.events import service, tasks
from billing.stripe.events.service import Event
from kit.database import Database
from kit.postgres import Server
from tests.billing.stripe_world import work_of
from tests.databases import context, on


def event(about: Any, kind: str = "customer.updated", id: str | None = None) -> Event:
    told = {"id": id or f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "created": 1_790_000_000}
    return Event.model_validate(told | {"data": {"object": about}})


def received(server: Server, *events: Event) -> list[bool]:
    async def work(database: Database) -> list[bool]:
        async with database.transaction() as session:
            return await service.receive(session, context(), events)

    return on(server.urls.application, work)


def row(server: Server, event: Event) -> dict[str, Any]:
    with psycopg.connect(server.urls.owner, row_factory=dict_row) as owner:
        found = owner.execute("SELECT * FROM stripe_events WHERE event_id = %s", [event.id]).fetchone()
        assert found is not None
        return found


def worked(server: Server, event: Event, known: Context | None = None) -> None:
    """Do the event's job, as the worker does it."""
    id = row(server, event)["id"]
    on(server.urls.worker, lambda database: tasks.mirror(work_of(database, known), id))
