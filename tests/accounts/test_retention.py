"""Retention: one task forgets everything that is older than its time, asked for by Dagster's schedule."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from accounts.context import Context
from accounts.jobs.registry import TASKS
from accounts.privacy import retention
from accounts.sessions import service as sessions
from accounts.settings import AccountSettings
from accounts.users import service as users
from kit.clock import fixed_clock
from kit.database import Database
from kit.postgres import Server
from kit.settings import variables
from orchestration.defs import upkeep
from tests.databases import SECRETS, on
from tests.people import PASSWORD, knowing, new_address, person


def at(store: Path, days: float) -> Context:
    return Context(SECRETS, AccountSettings(store=store), fixed_clock(datetime.now(UTC) + timedelta(days=days)))


def test_what_is_over_its_time_is_forgotten_and_nothing_else(postgres: Server, tmp_path: Path) -> None:
    async def make(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            user = await users.create_user(session, at(tmp_path, 0), f"{uuid.uuid4().hex}@example.org")
            await sessions.open_session(session, at(tmp_path, 0), user.id, sessions.Device())
            return user.id

    user_id = on(postgres.urls.application, make)

    async def apply(database: Database, days: float) -> None:
        await retention.apply(database, at(tmp_path, days))

    def left() -> tuple[object, ...] | None:
        with psycopg.connect(postgres.urls.worker) as connection:
            return connection.execute("SELECT count(*) FROM sessions WHERE user_id = %s", [user_id]).fetchone()

    on(postgres.urls.worker, lambda database: apply(database, 0))
    assert left() == (1,)
    on(postgres.urls.worker, lambda database: apply(database, 7 + 90 + 1))  # a session's life, and its retention
    assert left() == (0,)
    with psycopg.connect(postgres.urls.worker) as connection:
        last = connection.execute("SELECT action FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
    assert last == ("retention.applied",)


def test_who_never_proved_an_address_is_forgotten_and_whom_others_made_is_not(postgres: Server, tmp_path: Path) -> None:
    async def make(database: Database) -> list[uuid.UUID]:
        registered: dict[str, object] = {"password": PASSWORD, "verified": False}
        confirmed: dict[str, object] = {"password": PASSWORD, "verified": True}
        made_by_others: dict[str, object] = {"password": None, "verified": False}
        kinds = (registered, confirmed, made_by_others)
        return [await person(database, knowing(), new_address(), **kind) for kind in kinds]  # type: ignore[arg-type]

    def after(days: float) -> set[uuid.UUID]:
        """Whose rows and whose keys are there so many days later."""
        on(postgres.urls.worker, lambda database: retention.apply(database, at(tmp_path, days)))
        with psycopg.connect(postgres.urls.worker) as connection:
            found = connection.execute("SELECT id FROM users WHERE id = ANY(%s)", [ids]).fetchall()
            keys = connection.execute("SELECT user_id FROM person_keys WHERE user_id = ANY(%s)", [ids]).fetchall()
        assert {user_id for (user_id,) in found} == {user_id for (user_id,) in keys}
        return {user_id for (user_id,) in found}

    ids = on(postgres.urls.application, make)
    assert after(6.9) == set(ids)
    assert after(7.1) == set(ids[1:])


def test_the_nightly_schedule_has_the_worker_do_it(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, url in variables(postgres.urls).items():
        monkeypatch.setenv(name, url)
    assert upkeep.TASK in TASKS
    assert isinstance(upkeep.nightly_retention(dg.build_schedule_context()), dg.RunRequest)
    for _ in range(2):  # one waits at most
        assert upkeep.retention.execute_in_process().success
    with psycopg.connect(postgres.urls.admin) as connection:
        query = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = %s AND status = 'todo'"
        assert connection.execute(query, [upkeep.TASK]).fetchone() == (1,)


def test_without_a_database_there_is_nothing_to_do() -> None:
    assert isinstance(upkeep.nightly_retention(dg.build_schedule_context()), dg.SkipReason)
