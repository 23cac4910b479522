"""Requests to the API rolled up by day: once, for good, and without whoever was erased."""

import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from accounts.identity import Caller
from accounts.usage.collector import UsageCollector
from accounts.users import service as users
from kit.database import Database
from kit.errors import Retriable
from kit.postgres import Server
from kit.settings import variables
from kit.store import Store
from orchestration.defs.usage import nightly_usage, usage_definitions
from orchestration.installation import Installation
from orchestration.usage import SCHEMA, _read, file_of, roll_up
from tests.databases import NOWHERE, context, on, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # as orchestration.definitions does
DAY, NEXT = date(2026, 9, 1), date(2026, 9, 2)


@pytest.fixture
def asked(postgres: Server) -> uuid.UUID:
    """A user who asked three times on DAY and once on the next."""

    async def make(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            return (await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org")).id

    async def ask(database: Database) -> None:
        collector = UsageCollector(database)
        caller = Caller(user_id, "session", "user", "free", frozenset())
        for hours in (0, 12, 23.9999, 24):
            at = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=hours)
            collector.add(caller, "/door", "GET", 200, 1.0, 10, "request-1", "release", at.timestamp())
        await collector.flush()

    user_id = on(postgres.urls.admin, make)
    on(postgres.urls.application, ask)
    return user_id


def of(store: Store, day: date, user_id: uuid.UUID) -> int:
    return _read(file_of(store, day)).filter(user_id=str(user_id)).height


def test_days_are_rolled_up_and_asking_again_changes_nothing(
    postgres: Server, tmp_path: Path, asked: uuid.UUID
) -> None:
    store = Store(tmp_path)
    first = roll_up(store, postgres.urls.worker, [DAY, NEXT])
    assert (of(store, DAY, asked), of(store, NEXT, asked)) == (3, 1)
    bytes_of = {path: path.read_bytes() for path in store.usage.iterdir()}
    assert roll_up(store, postgres.urls.worker, [DAY, NEXT]) == first
    assert {path: path.read_bytes() for path in store.usage.iterdir()} == bytes_of
    assert _read(file_of(store, DAY)).schema == SCHEMA


def test_what_expired_in_the_database_stays_and_who_was_erased_does_not(
    postgres: Server, tmp_path: Path, asked: uuid.UUID
) -> None:
    store = Store(tmp_path)
    roll_up(store, postgres.urls.worker, [DAY])
    with psycopg.connect(postgres.urls.worker) as connection:
        connection.execute("DELETE FROM usage_packs WHERE user_id = %s", [asked])
    roll_up(store, postgres.urls.worker, [DAY])
    assert of(store, DAY, asked) == 3
    with psycopg.connect(postgres.urls.worker) as connection:
        connection.execute("DELETE FROM users WHERE id = %s", [asked])
    assert roll_up(store, postgres.urls.worker, [NEXT]).dropped == 3
    assert of(store, DAY, asked) == 0


def test_a_database_that_is_away_is_tried_again_and_costs_no_file(tmp_path: Path) -> None:
    with pytest.raises(Retriable):
        roll_up(Store(tmp_path), NOWHERE.worker, [DAY])
    assert not Store(tmp_path).usage.exists()


def test_the_asset_says_what_it_did_and_why_there_is_nothing(
    postgres: Server, tmp_path: Path, asked: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = list(usage_definitions(Installation(Store(tmp_path))))

    def materialised() -> dict[str, object]:
        result = dg.materialize(assets, partition_key=DAY.isoformat())
        (event,) = result.asset_materializations_for_node("operator__usage_requests")
        return {name: value.value for name, value in event.metadata.items()}

    without = materialised()
    assert (without["rows"], str(without["why"])[:14]) == (0, "no application")
    for name, value in variables(postgres.urls).items():
        monkeypatch.setenv(name, value)
    assert materialised()["rows"] == _read(file_of(Store(tmp_path), DAY)).height >= 3
    night = datetime(2026, 9, 2, 0, 20, tzinfo=UTC)
    with dg.instance_for_test() as instance:
        told = nightly_usage(dg.build_schedule_context(instance, scheduled_execution_time=night))
    assert isinstance(told, dg.RunRequest)
    assert told.partition_key == DAY.isoformat()
