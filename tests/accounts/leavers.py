"""People of whom something is held, and who go."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from accounts.audit import Actor
from accounts.context import Context
from accounts.errors import Refused
from accounts.keys import service as keys
from accounts.mail.outbox import FileOutbox
from accounts.mail.service import enqueue
from accounts.privacy import erasing, leaving
from accounts.sessions import service as sessions
from accounts.settings import AccountSettings
from accounts.users import service as users
from kit.clock import Clock, fixed_clock, system_clock
from kit.database import Database
from kit.postgres import Server
from tests.databases import SECRETS, on

NOW = datetime.now(UTC)


def here(store: Path, clock: Clock = system_clock) -> Context:
    return Context(SECRETS, AccountSettings(store=store), clock)


def later(store: Path, **more: float) -> Context:
    return here(store, fixed_clock(NOW + timedelta(**more)))


async def person(database: Database, context: Context) -> uuid.UUID:
    """Somebody with something in every corner that can be reached from here."""
    async with database.transaction() as session:
        user = await users.create_user(session, context, f"{uuid.uuid4().hex}@example.org")
        await keys.create_key(session, context, user.id, "laptop of Ana")
        await sessions.open_session(session, context, user.id, sessions.Device("Firefox", "203.0.113.9"))
        await enqueue(session, context, user.id, "deletion_cancelled", {"at": "now"})
        return user.id


def leave(postgres: Server, store: Path) -> tuple[uuid.UUID, uuid.UUID]:
    """A user who is leaving, and the number of their wish."""

    async def work(database: Database) -> tuple[uuid.UUID, uuid.UUID]:
        user_id = await person(database, here(store))
        async with database.transaction(user_id) as session:
            made = await leaving.start(session, here(store), user_id, Actor("user", user_id))
        async with database.transaction(user_id) as session:
            with pytest.raises(Refused, match="leaving already"):
                await leaving.start(session, here(store), user_id, Actor("user", user_id))
        return user_id, made.id

    return on(postgres.urls.application, work)


def erase(postgres: Server, context: Context, deletion_id: uuid.UUID) -> None:
    async def work(database: Database) -> None:
        outbox = FileOutbox(context.settings.store / "outbox", "Payband <payband@localhost>")
        await erasing.erase(database, context, outbox, deletion_id)

    on(postgres.urls.worker, work)


def status(postgres: Server, user_id: uuid.UUID) -> tuple[object, ...] | None:
    with psycopg.connect(postgres.urls.admin) as connection:
        return connection.execute("SELECT status, email_sealed IS NULL FROM users WHERE id = %s", [user_id]).fetchone()
