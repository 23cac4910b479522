"""Usage: one record a request, written once and in time, whatever the database does meanwhile."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from accounts.identity import Caller
from accounts.usage import repository, service
from accounts.usage.collector import EVERY_S, UsageCollector
from accounts.users import service as users
from kit.database import Database
from kit.postgres import Server
from tests.databases import NOWHERE, context, on

DAY = date(2026, 10, 1)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()
INSIGHTS = "/api/premium/salary-insights"


def use(
    collector: UsageCollector, user_id: uuid.UUID, at: float = NOON, status: int = 200, endpoint: str = INSIGHTS
) -> None:
    caller = Caller(user_id, "key", "user", "free", frozenset(), key_id=uuid.UUID(int=7))
    collector.add(caller, endpoint, "GET", status, 1.5, 100, "abcdef-1", "20261001", at)


@pytest.fixture
def user_id(postgres: Server) -> uuid.UUID:
    async def work(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            return (await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org")).id

    return on(postgres.urls.admin, work)


def counted(server: Server, user_id: uuid.UUID) -> tuple[int, int]:
    """Records, and requests in the totals."""
    with psycopg.connect(server.urls.worker) as connection:
        records = connection.execute("SELECT count(*) FROM usage_records WHERE user_id = %s", [user_id]).fetchone()
        total = "SELECT coalesce(sum(requests), 0)::int FROM usage_days WHERE user_id = %s"
        days = connection.execute(total, [user_id]).fetchone()
        assert records is not None
        assert days is not None
        return records[0], days[0]


def collecting(
    server: Server, work: Callable[[UsageCollector], Awaitable[None]], url: str | None = None, **more: int
) -> None:
    async def run(database: Database) -> None:
        collector = UsageCollector(database, **more)
        await work(collector)

    on(url or server.urls.application, run)


def test_records_and_totals_are_written(postgres: Server, user_id: uuid.UUID) -> None:
    async def work(collector: UsageCollector) -> None:
        for number in range(2_500):
            use(collector, user_id, NOON + number % 10, 429 if number % 5 == 0 else 200)
        use(collector, user_id, NOON + 86_400, endpoint="/api/v1/users/me")
        assert collector.told() == {"waiting": 2_501, "dropped": 0}
        assert await collector.flush()
        assert collector.told() == {"waiting": 0, "dropped": 0}

    collecting(postgres, work)
    assert counted(postgres, user_id) == (2_501, 2_501)

    async def totals(database: Database) -> list[tuple[object, ...]]:
        async with database.transaction(user_id) as session:
            found = await service.days_of(session, user_id, DAY, DAY + timedelta(days=1))
            return [(day.day, day.endpoint, day.requests, day.refused, day.bytes, day.milliseconds) for day in found]

    assert on(postgres.urls.application, totals) == [
        (DAY, INSIGHTS, 2_500, 500, 250_000, 3_750.0),
        (DAY + timedelta(days=1), "/api/v1/users/me", 1, 0, 100, 1.5),
    ]


def test_a_batch_that_is_sent_again_is_written_once(postgres: Server, user_id: uuid.UUID) -> None:
    batch, records = (
        uuid.uuid4(),
        [(str(user_id), INSIGHTS, None, "GET", 200, 1.5, 100, "abcdef-1", "20261001", NOON)] * 3,
    )

    async def work(database: Database) -> list[int]:
        written = []
        for _ in range(2):
            async with database.transaction() as session:
                written.append(await repository.write(session, batch, records))
        return written

    assert on(postgres.urls.application, work) == [3, 0]
    assert counted(postgres, user_id) == (3, 3)


def test_what_others_leave_of_a_user_who_is_no_more_holds_nothing_up(postgres: Server, user_id: uuid.UUID) -> None:
    async def work(collector: UsageCollector) -> None:
        use(collector, uuid.uuid4())
        use(collector, user_id)
        assert await collector.flush()

    collecting(postgres, work)
    assert counted(postgres, user_id) == (1, 1)


def test_records_that_are_written_while_their_user_goes_go_too(postgres: Server, user_id: uuid.UUID) -> None:
    requests = json.dumps([[None, "GET", 200, 1.5, 100, "abcdef-1", None, NOON]])
    totals = [[1], [0], [100], [1.5]]
    write = "SELECT write_usage(%s, %s, %s, %s, %s::json[], %s::bigint[], %s::bigint[], %s::bigint[], %s::float8[])"
    batch = [[user_id], [DAY], [INSIGHTS], [requests], *totals]
    with (
        psycopg.connect(postgres.urls.application) as writer,
        psycopg.connect(postgres.urls.worker, autocommit=True) as leaver,
        psycopg.connect(postgres.urls.owner, autocommit=True) as watcher,
        ThreadPoolExecutor() as pool,
    ):
        for _ in range(2):  # the totals of the day are new, and then they are there
            writer.execute(write, [uuid.uuid4(), *batch])
        going = pool.submit(leaver.execute, "DELETE FROM users WHERE id = %s", [user_id])
        while not watcher.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert not going.done()  # it would not have waited for the records
            time.sleep(0.01)
        writer.commit()
        assert going.result(30).rowcount == 1
        assert writer.execute(write, [uuid.uuid4(), *batch]).fetchone() == (0,)
    assert counted(postgres, user_id) == (0, 0)


def test_several_processes_write_the_same_totals(postgres: Server) -> None:
    async def make(database: Database) -> list[uuid.UUID]:
        async with database.transaction() as session:
            made = [await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org") for _ in range(5)]
            return [user.id for user in made]

    ids = on(postgres.urls.admin, make)

    async def work(database: Database) -> None:
        collectors = [UsageCollector(database) for _ in range(4)]
        for turn in range(5):
            for number, collector in enumerate(collectors):
                for user_id in ids[number:] + ids[:number]:
                    use(collector, user_id, NOON + turn)
            assert all(await asyncio.gather(*(collector.flush() for collector in collectors)))

    on(postgres.urls.application, work)
    assert [counted(postgres, user_id) for user_id in ids] == [(20, 20)] * 5


def test_while_the_database_is_away_records_wait_and_too_many_are_dropped_and_counted(
    postgres: Server, user_id: uuid.UUID
) -> None:
    async def away(collector: UsageCollector) -> None:
        for _ in range(8):
            use(collector, user_id)
        assert not await collector.flush()
        for _ in range(8):
            use(collector, user_id)
        assert collector.told() == {"waiting": 10, "dropped": 6}
        collector._database = back
        assert await collector.flush()
        assert collector.told() == {"waiting": 0, "dropped": 6}
        await back.close()

    back = Database(postgres.urls.application)
    collecting(postgres, away, NOWHERE.application, most=10)
    assert counted(postgres, user_id) == (10, 10)


def test_it_writes_by_itself_and_a_clean_stop_loses_nothing(postgres: Server, user_id: uuid.UUID) -> None:
    async def work(collector: UsageCollector) -> None:
        collector.start()
        use(collector, user_id)
        async with asyncio.timeout(30):
            while collector.told()["waiting"]:
                await asyncio.sleep(EVERY_S / 10)
        for _ in range(50):
            use(collector, user_id)
            await asyncio.sleep(0.001)
        await collector.close()

    collecting(postgres, work)
    assert counted(postgres, user_id) == (51, 51)


def test_a_collector_that_stops_in_the_middle_of_a_write_writes_it_once(postgres: Server, user_id: uuid.UUID) -> None:
    async def work(collector: UsageCollector) -> None:
        for _ in range(3_000):
            use(collector, user_id)
        collector.start()
        await asyncio.sleep(EVERY_S + 0.02)
        await collector.close()

    collecting(postgres, work)
    assert counted(postgres, user_id) == (3_000, 3_000)


def test_old_records_expire_and_totals_stay(postgres: Server, user_id: uuid.UUID) -> None:
    now = datetime.now(UTC)

    async def add(collector: UsageCollector) -> None:
        for days in (100, 91, 89, 0):
            use(collector, user_id, (now - timedelta(days=days)).timestamp())
        await collector.flush()

    async def expire(database: Database) -> None:
        async with database.transaction() as session:
            assert not await service.expire(session, now, timedelta(days=90))

    collecting(postgres, add)
    on(postgres.urls.worker, expire)
    assert counted(postgres, user_id) == (2, 4)


def test_the_application_reads_no_records_and_changes_no_totals(postgres: Server, user_id: uuid.UUID) -> None:
    for statement in ("SELECT * FROM usage_records", "UPDATE usage_days SET requests = 0", "DELETE FROM usage_days"):
        with (
            psycopg.connect(postgres.urls.application) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)  # type: ignore[call-overload]


def test_one_user_reads_nothing_of_another(postgres: Server, user_id: uuid.UUID) -> None:
    async def add(collector: UsageCollector) -> None:
        use(collector, user_id)
        await collector.flush()

    async def read(database: Database) -> int:
        async with database.transaction(uuid.uuid4()) as session:
            return len(await service.days_of(session, user_id, DAY, DAY))

    collecting(postgres, add)
    assert on(postgres.urls.application, read) == 0
