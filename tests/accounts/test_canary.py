"""A person is planted everywhere, uses everything, leaves, and is found nowhere: not even in a backup from before."""

import asyncio
import base64
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import polars as pl
import psycopg
import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration import service as administration
from accounts.administration.service import Act
from accounts.audit import OPERATOR, Action, Actor, Event, record
from accounts.context import Context
from accounts.jobs.worker import work
from accounts.keys import service as keys
from accounts.mail.outbox import FileOutbox
from accounts.mail.service import enqueue
from accounts.one_time import service as one_time
from accounts.privacy import erasing, exporting, leaving
from accounts.providers.models import SUBJECT, ProviderEvent, ProviderIdentity
from accounts.providers.service import subject_digest
from accounts.second_factor import service as second_factor
from accounts.sessions import service as sessions
from accounts.settings import AccountSettings
from accounts.usage import repository as usage
from accounts.users import service as users
from accounts.vault import service as vault
from accounts.vault.service import PersonKey
from billing.credits import service as credits
from cli.main import payband
from kit.backup import _client
from kit.clock import fixed_clock
from kit.database import Database
from kit.postgres import Server, running
from kit.settings import variables
from kit.store import Store
from migrations import migrate
from orchestration.usage import file_of, roll_up
from tests.databases import SECRET_KEY, on

Result = TypeVar("Result")
CANARY = "canary7f3a91"
SPELLED = {CANARY, CANARY.upper(), CANARY.encode().hex(), base64.b64encode(CANARY.encode()).decode()[:14]}
EMAIL = f"{CANARY}@example.org"


def here(store: Store, **later: float) -> Context:
    settings = AccountSettings(store=store.root, secret_key=SECRET_KEY)
    return Context(settings.secrets(), settings, fixed_clock(datetime.now(UTC) + timedelta(**later)))


async def known_elsewhere(session: AsyncSession, context: Context, user_id: uuid.UUID, person: PersonKey) -> None:
    """Somebody whom another provider knows, and of whom it has just told more."""
    now, number, digest = context.clock(), uuid.uuid4(), subject_digest(context, "clerk", CANARY)
    identity = ProviderIdentity(id=number, user_id=user_id, provider="clerk", subject_digest=digest, created_at=now)
    identity.subject_sealed = person.seal(SUBJECT, CANARY)
    event = ProviderEvent(id=number, provider="clerk", event_id="msg_1", kind="user.updated", received_at=now)
    event.subject_digest, event.told_sealed = digest, context.secrets.seal("told", EMAIL.encode())
    session.add_all([identity, event])
    await session.flush()


async def planted(database: Database, context: Context) -> uuid.UUID:
    """Somebody whose name is in every field that a person can reach."""
    async with database.transaction() as session:
        user = await users.create_user(session, context, EMAIL)
        person = await vault.key_of(session, context.secrets, user.id)
        user.name_sealed = person.seal(users.NAME, CANARY)
        user.region = "DE"
        await session.flush()
        await keys.create_key(session, context, user.id, CANARY)
        await sessions.open_session(session, context, user.id, sessions.Device(CANARY, "203.0.113.9"))
        await one_time.issue(session, context, user.id, "change_email", f"new-{EMAIL}")
        enrolled = await second_factor.enrol(session, context, user.id, EMAIL)
        await second_factor.confirm(session, context, user.id, pyotp.TOTP(enrolled.secret).at(context.clock()))
        await enqueue(session, context, user.id, "deletion_cancelled", {"at": CANARY})
        await known_elsewhere(session, context, user.id, person)
        told = Event(Action.USER_CHANGED, user.id, Actor("user", user.id), {"name": CANARY})
        await record(session, context, told)
        await record(session, context, Event(Action.SESSION_REFUSED, detail={"email": EMAIL}))
        await exporting.ask(session, context, user.id, Actor("user", user.id))
        used = (str(user.id), "/x", None, "GET", 200, 1.0, 1, "r", None, datetime.now(UTC).timestamp())
        user_id = user.id
    async with database.transaction() as session:
        await usage.write(session, uuid.uuid4(), [used])
    return user_id


def found_in_files(folder: Path) -> set[str]:
    """Files with the name in them, in any spelling."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in SPELLED)
    }


def dump(server: Server) -> str:
    return _client("pg_dump", "--format=plain", "--inserts", f"--dbname={server.urls.owner}").decode()


def in_store(server: Server, store: Store, *words: str) -> str:
    """What a command prints as its answer."""
    environment = {**variables(server.urls), "PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}
    done = CliRunner(env=environment).invoke(payband, [*words, "--store", str(store.root)])
    assert done.exit_code == 0, done.output
    return done.stdout


def run(url: str, act: Callable[[Database], Awaitable[Result]]) -> Result:
    return on(url, act)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_person_who_left_is_found_nowhere(tmp_path: Path) -> None:
    store, archive = Store(tmp_path / "store"), tmp_path / "backups" / "before.tar.zst"
    with running(store) as server:
        migrate(server.urls.owner)
        user_id = run(server.urls.application, lambda database: planted(database, here(store)))

        async def moderate(database: Database) -> None:
            async with database.transaction() as session:
                act = Act(OPERATOR, f"asked for by {CANARY}")
                await administration.set_plan(session, here(store), user_id, "basic", act)
                await credits.adjust(session, here(store), user_id, 5, credits.Asked("admin:1", OPERATOR, act.reason))

        run(server.urls.admin, moderate)
        asyncio.run(work(server.urls.worker, here(store), asyncio.Event(), once=True))
        assert any(name.startswith("outbox/") for name in found_in_files(store.root)), "or the search finds nothing"
        assert not {name for name in found_in_files(store.root) if not name.startswith("outbox/")}
        assert [*store.exports.rglob("*.sealed")]
        today = datetime.now(UTC).date()
        assert roll_up(store, server.urls.worker, [today]).rows == 1
        saved = in_store(server, store, "backup", str(archive))
        assert "the keys of 1 people" in saved
        assert str(user_id) in dump(server)

        async def leave(database: Database) -> uuid.UUID:
            async with database.transaction(user_id) as session:
                return (await leaving.start(session, here(store), user_id, Actor("user", user_id))).id

        deletion_id = run(server.urls.application, leave)

        async def erase(database: Database) -> None:
            outbox = FileOutbox(store.outbox, "Payband <payband@localhost>")
            await erasing.erase(database, here(store, days=8), outbox, deletion_id)

        run(server.urls.worker, erase)
        assert roll_up(store, server.urls.worker, [today]).dropped == 1
        assert pl.read_parquet(file_of(store, today)).is_empty()
        told = dump(server)
        assert not {word for word in SPELLED if word in told}
        assert not found_in_files(store.root), "the server's own files and its log of changes included"
        tables = {line.split()[2].removeprefix("public.") for line in told.splitlines() if str(user_id) in line}
        books = {"credit_books", "credit_lots", "credit_operations", "credit_entries"}
        kept = {"users", "deletions", "audit_log", "erasure_certificates"} | books
        assert tables == kept, "ids that are nobody's any more"
        assert ".sealed" not in {path.suffix for path in store.root.rglob("*")}
        in_store(server, store, "audit", "verify")
        certificate = tmp_path / "certificate.json"
        certificate.write_text(in_store(server, store, "privacy", "certificate", str(deletion_id)))
        said = json.loads(in_store(server, store, "privacy", "verify-certificate", str(certificate)))
        for table in ("api_keys", "sessions", "provider_identities", "provider_events", "second_factors"):
            assert said["erased"]["tables"][table] == {"rows": 1, "how": "deleted"}, table
        assert told.count("INSERT INTO public.provider_tombstones") == 1
        assert told.count("INSERT INTO public.address_tombstones") == 1
        in_store(server, store, "backup", str(archive.with_name("after.tar.zst")))
    keys_file = archive.with_name("payband.keys")
    assert not found_in_files(archive.parent)
    assert (keys_file.stat().st_mode & 0o777, json.loads(keys_file.read_text())["person_keys"]) == (0o600, {})
    restored(archive, Store(tmp_path / "again"), user_id)


def restored(archive: Path, store: Store, user_id: uuid.UUID) -> None:
    """The backup from before, with the keys of after: the person is in it no more."""
    done = CliRunner(env={"PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}).invoke(
        payband, ["restore", "--store", str(store.root), str(archive)]
    )
    assert done.exit_code == 0, done.output
    assert "1 who were erased since are erased again" in done.output
    with running(store) as server, psycopg.connect(server.urls.owner) as connection:
        row = connection.execute("SELECT status, email_digest, email_sealed FROM users WHERE id = %s", [user_id])
        assert row.fetchone() == ("erased", None, None)
        assert connection.execute("SELECT count(*) FROM api_keys").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM person_keys").fetchone() == (0,)
        assert not {word for word in SPELLED if word in dump(server)}
    assert not found_in_files(store.root)
