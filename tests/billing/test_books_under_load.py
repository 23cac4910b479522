"""Many processes move one user's credits at once, and are killed while they do: nothing is lost, doubled or overspent.

Each is a worker of its own on the real PostgreSQL (tests/billing/mover.py).
"""

import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import psycopg
import pytest

from billing.credits import checking, service
from kit.database import Database
from kit.postgres import Server
from tests.billing import mover
from tests.billing.books import once, somebody
from tests.conftest import ROOT
from tests.databases import context, on

WORKERS = 4
NURSERY = get_context("forkserver")  # its processes have imported everything: one that is killed is soon replaced
NURSERY.set_forkserver_preload(["tests.billing.mover"])
DEEP = pytest.param(10_000, marks=[pytest.mark.deep, pytest.mark.timeout(3_600)])


def give(server: Server, user_id: uuid.UUID, *amounts: int) -> None:
    async def work(database: Database) -> None:
        async with database.transaction(user_id) as session:
            for amount in amounts:
                await service.grant(session, context(), user_id, amount, once(), source="pack")

    on(server.urls.application, work)


def settled_and_right(server: Server, user_id: uuid.UUID) -> None:
    """What lapsed is written down, and then nothing is wrong: no reservation has outlived its lease by a moment.

    Those of others may have: in tests whose clock stands still in the past.
    """

    async def settle(database: Database) -> None:
        async with database.transaction() as session:
            await service.settle(session, context(), user_id)

    async def verify(database: Database) -> None:
        async with database.transaction() as session:
            found = (await checking.verify(session, datetime.now(UTC), timedelta(0))).faults
            assert [fault for fault in found if "outlived" not in fault.kind or str(user_id) in fault.detail] == []

    on(server.urls.worker, settle)
    on(server.urls.admin, verify)


def operations_of(server: Server, user_id: uuid.UUID) -> list[tuple[str, str]]:
    with psycopg.connect(server.urls.admin) as connection:
        query = "SELECT kind, key FROM credit_operations WHERE user_id = %s ORDER BY seq"
        return [(kind, key) for kind, key in connection.execute(query, [user_id]).fetchall()]


def test_of_a_thousand_who_spend_one_credit_at_once_one_does(postgres: Server) -> None:
    user_id = somebody(postgres)
    give(postgres, user_id, 1)
    command = [sys.executable, "-m", "tests.billing.mover", postgres.urls.application, str(user_id), "250"]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    told = Counter[str]()
    for worker in workers:
        out, _ = worker.communicate(timeout=200)
        assert worker.returncode == 0
        told.update(out.split())
    assert told == {"done": 1, "insufficient-credits": 999}
    assert [kind for kind, _ in operations_of(postgres, user_id)] == ["grant", "spend"]
    settled_and_right(postgres, user_id)


@pytest.mark.parametrize("operations", [300, DEEP])
def test_workers_that_are_killed_at_any_moment_lose_and_double_nothing(postgres: Server, operations: int) -> None:
    """Each works through the same jobs (reserve, then commit or release), so that one takes up what another left."""
    user_id, chance, killed = somebody(postgres), random.Random(operations), 0
    give(postgres, user_id, 40, 1_000_000)

    def start() -> BaseProcess:
        told = (postgres.urls.application, user_id, operations * 3 // 5, chance.random())
        process = NURSERY.Process(target=mover.work_through, args=told, daemon=True)
        process.start()
        return process

    workers = [start() for _ in range(WORKERS)]
    while len(operations_of(postgres, user_id)) < operations:
        time.sleep(chance.uniform(0.1, 0.6))
        victim = chance.randrange(WORKERS)
        killed += workers[victim].is_alive()
        workers[victim].kill()
        workers[victim].join()
        workers[victim] = start()
    for worker in workers:
        worker.kill()
        worker.join()
    time.sleep(mover.LEASE.total_seconds())
    settled_and_right(postgres, user_id)
    charged = Counter(int(key.split(":")[1]) for kind, key in operations_of(postgres, user_id) if kind == "commit")
    assert killed >= 3
    assert max(charged.values()) == 1, "nothing is charged twice"
    with psycopg.connect(postgres.urls.admin) as connection:
        query = "SELECT account, sum(amount)::bigint FROM credit_entries WHERE user_id = %s GROUP BY account"
        books = dict(connection.execute(query, [user_id]).fetchall())
    assert books == {
        "issued": -1_000_040,
        "available": 1_000_040 - books["spent"],
        "reserved": 0,
        "spent": sum(map(mover.price, charged)),
    }
