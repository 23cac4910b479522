"""Who leaves is erased when the days of grace are over, with a certificate and a tombstone."""

import json
import uuid
from pathlib import Path

import psycopg
import pytest

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.privacy import certificates, erasing, leaving, tombstones
from accounts.users import service as users
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from tests.accounts.leavers import erase, here, later, leave, person, status
from tests.databases import on
from tests.people import no_administrator


def test_who_changes_their_mind_within_seven_days_stays(postgres: Server, tmp_path: Path) -> None:
    user_id, deletion_id = leave(postgres, tmp_path)
    erase(postgres, later(tmp_path, days=6.9), deletion_id)
    assert status(postgres, user_id) == ("leaving", False)

    async def keep(database: Database) -> None:
        async with database.transaction(user_id) as session:
            with pytest.raises(Refused, match="too late"):
                await leaving.keep(session, later(tmp_path, days=7.1), user_id, Actor("user", user_id))
            await leaving.keep(session, here(tmp_path), user_id, Actor("user", user_id))
            with pytest.raises(Refused, match="not leaving"):
                await leaving.keep(session, here(tmp_path), user_id, Actor("user", user_id))

    on(postgres.urls.application, keep)
    erase(postgres, later(tmp_path, days=8), deletion_id)
    assert status(postgres, user_id) == ("active", False)


def test_who_does_not_is_erased_with_a_certificate(postgres: Server, tmp_path: Path) -> None:
    user_id, deletion_id = leave(postgres, tmp_path)
    with psycopg.connect(postgres.urls.admin) as connection:
        sealed = connection.execute("SELECT email_sealed FROM users WHERE id = %s", [user_id]).fetchone()
    assert sealed is not None
    for _ in range(2):  # a job may be done again
        erase(postgres, later(tmp_path, days=7.1), deletion_id)
    assert status(postgres, user_id) == ("erased", True)
    assert not (tmp_path / "outbox" / str(user_id)).exists()

    async def read(database: Database) -> certificates.Certificate:
        async with database.transaction() as session:
            found = await erasing.certificate(session, deletion_id)
        assert found is not None
        return found

    made = on(postgres.urls.application, read)
    told = certificates.check(json.dumps(made._asdict()), certificates.signer(here(tmp_path)).public)
    assert told["account"] == str(user_id)
    tables = told["erased"]["tables"]
    assert {name: tables[name]["rows"] for name in ("users", "api_keys", "sessions", "person_keys")} == {
        "users": 1,
        "api_keys": 1,
        "sessions": 1,
        "person_keys": 1,
    }
    assert told["erased"]["queue"]["jobs"] >= 1
    assert told["erased"]["files"] == {"outbox": 1, "exports": 0}  # the last message
    changed = made._replace(document=made.document.replace('"rows": 1', '"rows": 2'))
    for wrong, key in ((changed, made.public_key), (made, "A" * 43), (made._replace(signature="?"), made.public_key)):
        with pytest.raises(BadInput):
            certificates.check(json.dumps(wrong._asdict()), key)
    for text in ("", "[]", "{}", '{"document": 1, "signature": 2}'):
        with pytest.raises(BadInput):
            certificates.check(text, made.public_key)


def test_a_tombstone_stands_until_the_person_begins_anew(postgres: Server, tmp_path: Path) -> None:
    address = f"{uuid.uuid4().hex}@example.org"

    async def register(database: Database) -> tuple[uuid.UUID, uuid.UUID]:
        async with database.transaction() as session:
            assert not await tombstones.stands(session, here(tmp_path), address)
            user = await users.create_user(session, here(tmp_path), address)
            return user.id, (await leaving.start(session, here(tmp_path), user.id, Actor("user", user.id))).id

    _, deletion_id = on(postgres.urls.application, register)
    erase(postgres, later(tmp_path, days=8), deletion_id)

    async def again(database: Database) -> None:
        async with database.transaction() as session:
            assert await tombstones.stands(session, here(tmp_path), address.upper())
        async with database.transaction() as session:
            user = await users.create_user(session, here(tmp_path), address)
            assert not await tombstones.stands(session, here(tmp_path), address)
            user.email_digest = None
            await session.flush()
            assert await tombstones.stands(session, here(tmp_path), address)
            await tombstones.lift(session, here(tmp_path), address)
            assert not await tombstones.stands(session, here(tmp_path), address)

    on(postgres.urls.application, again)


def test_the_last_administrator_cannot_leave(postgres: Server, tmp_path: Path) -> None:
    async def go(database: Database) -> None:
        user_id = await person(database, here(tmp_path))
        with psycopg.connect(postgres.urls.admin) as connection:
            connection.execute("UPDATE users SET role = 'admin' WHERE id = %s", [user_id])
        async with database.transaction(user_id) as session:
            with pytest.raises(Refused, match="No other administrator"):
                await leaving.start(session, here(tmp_path), user_id, Actor("user", user_id))

    with no_administrator(postgres):
        on(postgres.urls.application, go)
