"""The package of everything that is held on a person: what is in it, and who gets it, once."""

import asyncio
import io
import json
import uuid
import zipfile
from pathlib import Path

import jsonschema
import psycopg
import pytest

from accounts.audit import Actor
from accounts.context import Context
from accounts.errors import Refused
from accounts.privacy import exporting
from accounts.privacy.holdings import HOLDINGS
from kit.database import Database
from kit.postgres import Server
from tests.accounts.leavers import here, later, person
from tests.databases import on


def asked_for(postgres: Server, store: Path) -> tuple[uuid.UUID, uuid.UUID, str]:
    """A user, and an export that they asked for, with its token."""

    async def ask(database: Database) -> tuple[uuid.UUID, uuid.UUID, str]:
        user_id = await person(database, here(store))
        async with database.transaction(user_id) as session:
            made, token = await exporting.ask(session, here(store), user_id, Actor("user", user_id))
            with pytest.raises(Refused, match="being made"):
                await exporting.ask(session, here(store), user_id, Actor("user", user_id))
        return user_id, made.id, token

    return on(postgres.urls.application, ask)


def packed(postgres: Server, store: Path) -> tuple[uuid.UUID, uuid.UUID, str]:
    """A user, and a package of theirs with its token."""
    user_id, export_id, token = asked_for(postgres, store)
    folder = store / "outbox" / str(user_id)
    folder.mkdir(parents=True)
    (folder / "one.eml").write_text("Subject: hello\n\nDear Ana")

    async def make(database: Database) -> None:
        await exporting.make(database, here(store), export_id)
        await exporting.make(database, here(store), export_id)  # done twice, made once

    on(postgres.urls.worker, make)
    return user_id, export_id, token


def fetch(postgres: Server, context: Context, user_id: uuid.UUID, export_id: uuid.UUID, token: str) -> bytes:
    async def work(database: Database) -> bytes:
        async with database.transaction(user_id) as session:
            package = await exporting.fetch(session, context, user_id, export_id, token, Actor("user", user_id))
        return b"".join(package.pieces)

    return on(postgres.urls.application, work)


def test_a_package_holds_everything_opened_with_its_schemas_and_is_fetched_once(
    postgres: Server, tmp_path: Path
) -> None:
    user_id, export_id, token = packed(postgres, tmp_path)
    file = tmp_path / "exports" / str(user_id) / f"{export_id}.sealed"
    assert b"Ana" not in file.read_bytes()
    with pytest.raises(Refused, match="not the token"):
        fetch(postgres, here(tmp_path), user_id, export_id, token[:-1])
    package = zipfile.ZipFile(io.BytesIO(fetch(postgres, here(tmp_path), user_id, export_id, token)))
    assert not file.exists()
    names = {name.removesuffix(".json") for name in package.namelist()}
    for holding in HOLDINGS:
        if holding.exported:
            assert {holding.name, f"{holding.name}.schema"} <= names
    for name in names - {"contents"}:
        if not name.endswith(".schema"):
            schema = json.loads(package.read(f"{name}.schema.json"))
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(json.loads(package.read(f"{name}.json")), schema)
    read = {name: json.loads(package.read(f"{name}.json")) for name in names}
    assert read["users"][0]["email"].endswith("@example.org")
    assert read["api_keys"][0]["name"] == "laptop of Ana"
    assert read["sessions"][0]["device"] == {"user_agent": "Firefox", "address": "203.0.113.9"}
    assert {entry["action"] for entry in read["audit_log"]} >= {"key.created", "export.asked"}
    assert any(entry["detail"] == {"name": "laptop of Ana"} for entry in read["audit_log"])
    assert "Dear Ana" in read["outbox"][0]["message"]
    assert "password_hash" not in read["users"][0]
    assert read["contents"]["withheld"]["users"]["password_hash"]
    with pytest.raises(Refused, match="fetched already"):
        fetch(postgres, here(tmp_path), user_id, export_id, token)


def test_an_export_that_cannot_be_made_is_given_up_after_a_day(postgres: Server, tmp_path: Path) -> None:
    user_id, export_id, token = asked_for(postgres, tmp_path)
    left = tmp_path / "exports" / str(user_id) / f"{export_id}.{uuid.uuid4()}.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of one that was killed")

    async def expire(database: Database, hours: float) -> None:
        async with database.transaction() as session:
            await exporting.expire(session, later(tmp_path, hours=hours))

    on(postgres.urls.worker, lambda database: expire(database, 23))
    assert left.exists()
    with pytest.raises(Refused, match="not ready"):
        fetch(postgres, here(tmp_path), user_id, export_id, token)
    on(postgres.urls.worker, lambda database: expire(database, 25))
    assert not left.exists()
    with pytest.raises(Refused, match="ask for another"):
        fetch(postgres, here(tmp_path), user_id, export_id, token)
    on(postgres.urls.worker, lambda database: exporting.make(database, here(tmp_path), export_id))
    assert not [*left.parent.iterdir()], "too late"


def test_of_several_who_ask_at_once_one_has_a_package_made(postgres: Server, tmp_path: Path) -> None:
    async def ask(database: Database) -> None:
        user_id, all_connected = await person(database, here(tmp_path)), asyncio.Barrier(5)

        async def once() -> None:
            async with database.transaction(user_id) as session:
                await all_connected.wait()
                await exporting.ask(session, here(tmp_path), user_id, Actor("user", user_id))

        outcomes = await asyncio.gather(*(once() for _ in range(5)), return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert (outcomes.count(None), len(refused)) == (1, 4)

    on(postgres.urls.application, ask)


def test_makers_that_get_in_each_others_way_make_one_package(postgres: Server, tmp_path: Path) -> None:
    user_id, export_id, token = asked_for(postgres, tmp_path)
    folder = tmp_path / "exports" / str(user_id)
    folder.mkdir(parents=True)
    (folder / f"{export_id}.{uuid.uuid4()}.part").write_bytes(b"of one that was killed")

    async def make(database: Database) -> None:
        late = asyncio.create_task(exporting.make(database, here(tmp_path), export_id))
        while not [part for part in folder.glob("*.part") if part.stat().st_size == 0]:
            await asyncio.sleep(0.001)
        late.cancel()  # its worker ends: nothing of it stays
        await asyncio.gather(
            late, *(exporting.make(database, here(tmp_path), export_id) for _ in range(3)), return_exceptions=True
        )

    on(postgres.urls.worker, make)
    assert [path.name for path in folder.iterdir()] == [f"{export_id}.sealed"]
    with psycopg.connect(postgres.urls.worker) as connection:
        mails = connection.execute("SELECT count(*) FROM mails WHERE user_id = %s AND kind = 'export_ready'", [user_id])
        assert mails.fetchone() == (1,)
    package = zipfile.ZipFile(io.BytesIO(fetch(postgres, here(tmp_path), user_id, export_id, token)))
    assert len(package.namelist()) == len(set(package.namelist())) == 2 * exporting.PARTS + 1


def test_a_package_expires_and_a_restarted_job_begins_anew(postgres: Server, tmp_path: Path) -> None:
    user_id, export_id, token = packed(postgres, tmp_path)
    with pytest.raises(Refused, match="its time is over"):
        fetch(postgres, later(tmp_path, hours=25), user_id, export_id, token)

    async def expire(database: Database) -> int:
        async with database.transaction() as session:
            return await exporting.expire(session, later(tmp_path, hours=25))

    assert on(postgres.urls.worker, expire) >= 1
    assert not [*(tmp_path / "exports" / str(user_id)).iterdir()]
    other = uuid.uuid4()
    with pytest.raises(Refused, match="no export"):
        fetch(postgres, here(tmp_path), other, export_id, token)


def test_fifty_who_fetch_at_once_get_one_package(postgres: Server, tmp_path: Path) -> None:
    user_id, export_id, token = packed(postgres, tmp_path)

    async def work(database: Database) -> list[bool]:
        async def once() -> bool:
            try:
                async with database.transaction(user_id) as session:
                    package = await exporting.fetch(
                        session, here(tmp_path), user_id, export_id, token, Actor("user", user_id)
                    )
            except Refused:
                return False
            return bool(b"".join(package.pieces))

        return await asyncio.gather(*(once() for _ in range(50)))

    assert sum(on(postgres.urls.application, work)) == 1
