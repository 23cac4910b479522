"""What it costs to move credits: spends a second, one transaction each, against the least that a transaction can do.

The user has HISTORY rows of history. The reference is a transaction that inserts two rows in one statement into a table
of two columns, through the same engine (kit.database) on the same server; the bare driver's is told beside it. Each
does its turns over one connection, one after the other: ROUNDS times SECONDS of each; the figures are those of the
round whose ratio is the median.
"""

import asyncio
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import psycopg
from pydantic import SecretStr
from sqlalchemy import text

from accounts.context import Context, context_of
from accounts.settings import AccountSettings
from accounts.users import service as users
from bench.measure import Measure, at_least, told
from billing.credits import service
from billing.credits.service import Asked
from kit.database import APPLICATION, Database, Urls
from kit.postgres import running
from kit.store import Store
from migrations import migrate

HISTORY = 10_000  # rows
ROUNDS = 25
SECONDS = 0.5
BOUND = 0.4
Turn = Callable[[], Awaitable[object]]


def run() -> list[Measure]:
    """Spends a second against transactions of two rows, by the application's way and by the bare driver."""
    with tempfile.TemporaryDirectory() as folder, running(Store(Path(folder))) as server:
        migrate(server.urls.owner)
        context = context_of(AccountSettings(store=Path(folder), secret_key=SecretStr("A" * 43 + "=")))
        rounds = asyncio.run(_rounds(server.urls, context))
    spends, inserts, _ = _median(rounds, 1)
    told_spends, _, bare = _median(rounds, 2)
    return [
        at_least("billing.credit_spends", spends, inserts, BOUND, "transactions/s"),
        told("billing.credit_spends_to_driver", told_spends, bare, "transactions/s"),
    ]


def _median(rounds: list[list[float]], reference: int) -> list[float]:
    return sorted(rounds, key=lambda rates: rates[0] / rates[reference])[len(rounds) // 2]


async def _rounds(urls: Urls, context: Context) -> list[list[float]]:
    """The rates of spends, of the application's inserts and of the driver's."""
    database, driver = Database(urls.application, pool_size=1), await asyncpg.connect(urls.application)
    try:
        with psycopg.connect(urls.owner) as owner:
            owner.execute("CREATE TABLE bare (id uuid PRIMARY KEY, amount bigint NOT NULL)")
            owner.execute(f"GRANT INSERT ON bare TO {APPLICATION}")
        turns = [await _spending(database, context), _inserting(database), _inserting_bare(driver)]
        with psycopg.connect(urls.owner, autocommit=True) as owner:
            owner.execute("ANALYZE")  # as autovacuum does where rows come and go
        for turn in turns:
            await _rate(turn)
        return [[await _rate(turn) for turn in turns] for _ in range(ROUNDS)]
    finally:
        await database.close()
        await driver.close()


async def _rate(turn: Turn) -> float:
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        await turn()
        done += 1
    return done / spent


async def _spending(database: Database, context: Context) -> Turn:
    """A user with a history, and what spends one of their credits."""
    async with database.transaction() as session:
        user_id = (await users.create_user(session, context, "bench@example.org")).id
    async with database.transaction(user_id) as session:
        for _ in range(5):
            await service.grant(session, context, user_id, 1_000_000, _once(), source="pack")
    for _ in range(HISTORY // 1_000):
        async with database.transaction(user_id) as session:
            for _ in range(1_000 // 3):  # each is an operation and two entries
                await service.spend(session, context, user_id, 1, _once())

    async def spend() -> None:
        async with database.transaction(user_id) as session:
            await service.spend(session, context, user_id, 1, _once())

    return spend


def _inserting(database: Database) -> Turn:
    statement = text("INSERT INTO bare VALUES (:first, 1), (:second, -1)")

    async def insert() -> None:
        async with database.transaction() as session:
            await session.execute(statement, {"first": uuid.uuid4(), "second": uuid.uuid4()})

    return insert


def _inserting_bare(driver: "asyncpg.Connection[asyncpg.Record]") -> Turn:
    async def insert() -> None:
        async with driver.transaction():
            await driver.execute("INSERT INTO bare VALUES ($1, 1), ($2, -1)", uuid.uuid4(), uuid.uuid4())

    return insert


def _once() -> Asked:
    return Asked(f"bench:{uuid.uuid4()}")
