"""The audit trail: what is done to a row is found, no role can do it, and an erased person leaves the chain whole."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event, repository, service
from accounts.audit.chain import Fault
from accounts.audit.filters import Filter
from accounts.audit.models import AuditRow
from accounts.context import Context
from accounts.settings import AccountSettings
from accounts.users import repository as users_repository
from accounts.users import service as users
from kit.clock import fixed_clock
from kit.database import Database, act_for
from kit.postgres import Server
from tests.accounts.chain import START, grown
from tests.databases import SECRETS, context, on
from tests.people import destroy_key


def told(tmp_path: Path) -> Context:
    """A context whose signed marks are kept for one test."""
    return Context(SECRETS, AccountSettings(store=tmp_path))


async def person(session: AsyncSession) -> uuid.UUID:
    return (await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org")).id


def verified(url: str, here: Context, meddle: str = "", **values: object) -> list[Fault]:
    """What is wrong after the owner of the tables did this to them; it is undone afterwards."""

    async def work(database: Database) -> list[Fault]:
        with suppress(Undone):
            async with database.transaction() as session:
                if meddle:
                    await session.execute(text(meddle), values)
                found = (await service.verify(session, here, lambda *_: None))[1]
                raise Undone
        return found

    return on(url, work)


class Undone(Exception):
    """Rolls a transaction back."""


@pytest.fixture
def rows(postgres: Server) -> int:
    """The number of the newest of some rows."""

    async def work(database: Database) -> int:
        async with database.transaction() as session:
            user_id = await person(session)
            for number in range(6):
                event = Event(Action.USER_CHANGED, user_id, Actor("user", user_id), {"count": number, "name": "Ana"})
                await audit.record(session, context(), event)
        async with database.transaction() as session:
            return (await repository.head(session)).seq

    return on(postgres.urls.admin, work)


def test_an_event_is_kept_with_its_act_and_opens_until_the_person_is_erased(postgres: Server, tmp_path: Path) -> None:
    async def work(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            user_id = await person(session)
            await audit.record(
                session, context(), Event(Action.ROLE_CHANGED, user_id, audit.OPERATOR, {"role": "analyst"})
            )
            event = Event(Action.USER_CHANGED, user_id, audit.OPERATOR, {"name": "Ana Lopez", "kind": "name"})
            await audit.record(session, context(), event)
        with suppress(Undone):
            async with database.transaction(user_id) as session:
                await audit.record(
                    session, context(), Event(Action.ROLE_CHANGED, user_id, audit.OPERATOR, {"role": "admin"})
                )
                raise Undone
        async with database.transaction() as session:
            changed, role = await service.entries(session, context(), Filter(user_id=user_id), 10)
            assert (role.action, role.facts, role.detail, role.actor_kind) == (
                "role.changed",
                {"role": "analyst"},
                None,
                "operator",
            )
            assert (changed.facts, changed.detail) == ({"kind": "name"}, {"name": "Ana Lopez"})
            raw = await repository.newest(session, Filter(user_id=user_id), 10)
            assert b"Lopez" not in raw[0].sealed
        return user_id

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            await destroy_key(session, user_id)
            entry = (await service.entries(session, context(), Filter(user_id=user_id), 1))[0]
            assert entry.erased
            assert entry.detail is None

    user_id = on(postgres.urls.admin, work)
    on(postgres.urls.worker, erase)
    assert verified(postgres.urls.owner, told(tmp_path)) == []


def test_of_nobody_known_only_keyed_digests_are_kept(postgres: Server) -> None:
    async def work(database: Database) -> None:
        stranger = f"{uuid.uuid4().hex}@example.org"
        async with database.transaction() as session:
            told = {"email": stranger, "address": "203.0.113.7", "refusal": "unknown"}
            await audit.record(session, context(), Event(Action.SESSION_REFUSED, detail=told))
        async with database.transaction() as session:
            await act_for(session, uuid.uuid4())  # somebody whose key cannot be had
            await audit.record(session, context(), Event(Action.SESSION_REFUSED, uuid.uuid4(), detail=told))
        return stranger

    async def read(database: Database) -> None:
        async with database.transaction() as session:
            for entry in await service.entries(session, context(), Filter(action="session.refused"), 2):
                assert entry.detail is None
                assert entry.facts["refusal"] == "unknown"
                assert entry.facts["email"] == SECRETS.digest("audit", stranger).hex()
                assert "203" not in entry.facts["address"] or len(entry.facts["address"]) == 64

    stranger = on(postgres.urls.application, work)
    on(postgres.urls.admin, read)


@pytest.mark.parametrize("role", ["application", "worker", "admin"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'key.revoked'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log SELECT * FROM audit_log",
        "UPDATE audit_head SET seq = 0",
        "DELETE FROM audit_inbox",
        "ALTER TABLE audit_inbox DISABLE TRIGGER ALL",
        "SELECT audit_chain()",
        "SET ROLE payband_lookup",
    ],
)
def test_no_role_can_do_more_than_append(postgres: Server, role: str, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(getattr(postgres.urls, role)) as connection, refused:
        connection.execute(statement)  # type: ignore[call-overload]


def test_the_worker_cannot_remove_what_is_younger_than_thirty_days(postgres: Server, rows: int) -> None:
    with psycopg.connect(postgres.urls.worker) as connection:
        assert connection.execute("SELECT audit_forget(%s)", [rows]).fetchone() == (0,)
    for url in (postgres.urls.application, postgres.urls.admin):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT audit_forget(1)")


MEDDLING = {
    "at": "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE seq = :seq",
    "action": "UPDATE audit_log SET action = 'user.changes' WHERE seq = :seq",
    "user": "UPDATE audit_log SET user_id = gen_random_uuid() WHERE seq = :seq",
    "no user": "UPDATE audit_log SET user_id = NULL WHERE seq = :seq",
    "actor kind": "UPDATE audit_log SET actor_kind = 'admin' WHERE seq = :seq",
    "actor": "UPDATE audit_log SET actor_id = NULL WHERE seq = :seq",
    "facts": "UPDATE audit_log SET facts = facts || ' ' WHERE seq = :seq",
    "sealed": "UPDATE audit_log SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE seq = :seq",
    "nothing sealed": "UPDATE audit_log SET sealed = NULL WHERE seq = :seq",
    "previous": "UPDATE audit_log SET previous = set_byte(previous, 0, get_byte(previous, 0) # 1) WHERE seq = :seq",
    "hash": "UPDATE audit_log SET hash = set_byte(hash, 31, get_byte(hash, 31) # 128) WHERE seq = :seq",
    "removed": "DELETE FROM audit_log WHERE seq = :seq",
}


@pytest.mark.parametrize("meddle", MEDDLING.values(), ids=MEDDLING)
def test_what_the_owner_of_the_tables_does_is_named(postgres: Server, rows: int, meddle: str, tmp_path: Path) -> None:
    found = verified(postgres.urls.owner, told(tmp_path), meddle, seq=rows - 2)
    assert found[0].seq == rows - 2
    assert str(rows - 2) in found[0].detail


def test_a_tail_that_is_cut_is_found(postgres: Server, rows: int, tmp_path: Path) -> None:
    cut = "DELETE FROM audit_log WHERE seq > :seq"
    found = verified(postgres.urls.owner, told(tmp_path), cut, seq=rows - 2)
    assert [(fault.seq, fault.kind) for fault in found] == [(rows - 1, "cut")]
    hidden = (
        "WITH gone AS (DELETE FROM audit_log WHERE seq > :seq) UPDATE audit_head h SET seq = l.seq, hash = l.hash "
        "FROM audit_log l WHERE l.seq = :seq"
    )
    here = told(tmp_path)
    assert verified(postgres.urls.owner, here, hidden, seq=rows - 2) == []

    async def sign(database: Database) -> None:
        async with database.transaction() as session:
            assert await service.sign_head(session, here) >= rows

    on(postgres.urls.admin, sign)
    assert [fault.kind for fault in verified(postgres.urls.owner, here, hidden, seq=rows - 2)] == ["cut"]
    beside = (
        "INSERT INTO audit_log SELECT 2 ^ 60, at, action, user_id, actor_kind, actor_id, facts, sealed, previous, hash"
    )
    found = verified(postgres.urls.owner, here, f"{beside} FROM audit_log WHERE seq = :seq", seq=rows)
    assert [(fault.seq, fault.kind) for fault in found] == [(2**60, "added")]


def test_fifty_at_once_leave_no_gap_whatever_they_hold_and_whoever_gives_up(postgres: Server, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as session:
            shared = await person(session)
            before = (await repository.head(session)).seq
        kept = await asyncio.gather(*(append(database, number, shared) for number in range(50)))
        async with database.transaction() as session:
            assert (await repository.head(session)).seq == before + 2 * sum(kept)

    async def append(database: Database, number: int, shared: uuid.UUID) -> bool:
        event = Event(Action.USER_CHANGED, shared, audit.SYSTEM, {"count": number})
        with suppress(Undone):
            async with database.transaction() as session:
                await audit.record(session, context(), event)
                # Half lock the person's row before, half after: a lock on the chain until the end would be a deadlock.
                await users_repository.change(session, shared, region="DE")
                await audit.record(session, context(), event)
                if number % 5 == 0:
                    raise Undone
            return True
        return False

    on(postgres.urls.admin, work)
    assert verified(postgres.urls.owner, told(tmp_path)) == []


def test_what_happens_often_is_recorded_once_an_hour(postgres: Server) -> None:
    key, now = str(uuid.uuid4()), datetime.now(UTC)

    async def work(database: Database) -> None:
        async def record(minutes: int, limit: str = "hour") -> bool:
            async with database.transaction() as session:
                at = context(fixed_clock(now + timedelta(minutes=minutes)))
                event = Event(Action.LIMIT_EXCEEDED, detail={"key_id": key, "limit": limit})
                return await audit.record_once(session, at, event, key, limit)

        assert sum(await asyncio.gather(*(record(0) for _ in range(5)))) == 1
        assert [await record(59), await record(60), await record(61, "burst"), await record(119)] == [
            False,
            True,
            True,
            False,
        ]

    on(postgres.urls.application, work)


def test_retention_leaves_a_chain_that_is_whole(postgres: Server, tmp_path: Path) -> None:
    here, old = told(tmp_path), grown(8)  # of May

    async def work(database: Database) -> None:
        with suppress(Undone):
            async with database.transaction() as session:
                await session.execute(text("DELETE FROM audit_log"))
                await session.execute(insert(AuditRow), [asdict(row) for row in old])
                await session.execute(
                    text("UPDATE audit_head SET seq = 8, hash = :hash, at = :at"), {"hash": old[-1].hash, "at": START}
                )
                assert await service.forget_before(session, here, old[5].at) == 5
                assert await service.verify(session, here, lambda *_: None) == (3, [])
                elsewhere = told(tmp_path / "elsewhere")
                found = (await service.verify(session, elsewhere, lambda *_: None))[1]
                assert [fault.kind for fault in found] == ["missing"], "nobody signed that they may be gone"
                assert await service.forget_before(session, here, datetime.now(UTC)) == 3
                assert await service.verify(session, here, lambda *_: None) == (0, [])
                raise Undone

    on(postgres.urls.owner, work)
