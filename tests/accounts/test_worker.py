"""A worker's life: clean stops, kills, lost connections, and when it tries again."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import psycopg
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.jobs import Job as Queued

from accounts.jobs import service
from accounts.jobs.retrying import FIRST_S, LONGEST_S, BackOff
from accounts.jobs.worker import work
from kit.database import Database
from kit.errors import Permanent, Retriable
from kit.postgres import Server
from tests.accounts.job_tasks import TASKS
from tests.accounts.queueing import do_what_is_due, put, queue, seen, told
from tests.databases import context
from tests.waiting import until

__all__ = ["queue"]


def during(server: Server, meanwhile: Callable[[asyncio.Event], Awaitable[None]], grace_s: float = 5) -> None:
    """Run a worker while `meanwhile` goes on; it is stopped afterwards unless that did it."""

    async def run() -> None:
        stopping = asyncio.Event()
        working = asyncio.create_task(work(server.urls.worker, context(), stopping, tasks=TASKS, grace_s=grace_s))
        try:
            await meanwhile(stopping)
        finally:
            stopping.set()
            await working

    asyncio.run(run())


async def see(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, condition, 15)


def test_a_clean_stop_lets_a_running_job_end(queue: Server) -> None:
    number = put(queue, "told.slowly", what=1)

    async def stop_in_the_middle(stopping: asyncio.Event) -> None:
        await see(lambda: told(queue) == [-1])
        stopping.set()

    during(queue, stop_in_the_middle)
    assert told(queue) == [-1, 1]
    assert seen(queue, number).state == "done"


def test_what_outlasts_the_grace_is_done_again(queue: Server) -> None:
    number = put(queue, "told.slowly", what=1)

    async def stop_in_the_middle(stopping: asyncio.Event) -> None:
        await see(lambda: told(queue) == [-1])
        stopping.set()

    during(queue, stop_in_the_middle, grace_s=0.05)
    assert seen(queue, number).state == "waiting"
    do_what_is_due(queue)
    assert told(queue) == [-1, -1, 1]


def test_a_running_job_can_be_told_to_end(queue: Server) -> None:
    number = put(queue, "told.slowly", what=1)

    async def call_off(_stopping: asyncio.Event) -> None:
        await see(lambda: told(queue) == [-1])
        database = Database(queue.urls.admin)
        async with database.transaction() as session:
            await service.cancel(session, number or 0)
        await database.close()

    during(queue, call_off)
    assert told(queue) == [-1]
    assert seen(queue, number).state == "aborted"


def test_a_worker_outlives_its_connections(queue: Server) -> None:
    async def lose(_stopping: asyncio.Event) -> None:
        await asyncio.to_thread(put, queue, "told.once", what=1)
        await see(lambda: told(queue) == [1])
        with psycopg.connect(queue.urls.owner, autocommit=True) as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'payband_worker'"
            connection.execute(cut)
        await asyncio.to_thread(put, queue, "told.once", what=2)
        await see(lambda: told(queue) == [1, 2])

    during(queue, lose)


RUN = """
import asyncio, sys
from accounts.jobs.worker import work
from tests.accounts.job_tasks import TASKS
from tests.databases import context
asyncio.run(work(sys.argv[1], context(), asyncio.Event(), tasks=TASKS))
"""


def test_a_killed_worker_loses_nothing(queue: Server) -> None:
    number = put(queue, "told.slowly", what=1)
    process = subprocess.Popen([sys.executable, "-c", RUN, queue.urls.worker], stderr=subprocess.DEVNULL)
    try:
        until(lambda: told(queue) == [-1])
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert seen(queue, number).state == "running"
    put(queue, "upkeep")
    do_what_is_due(queue)
    assert seen(queue, number).state == "running"  # its worker may still live
    with psycopg.connect(queue.urls.owner) as connection:
        connection.execute("UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '31 s'")
    put(queue, "upkeep")
    do_what_is_due(queue)
    assert told(queue) == [-1, -1, 1]
    assert seen(queue, number).state == "done"


def test_a_job_that_kills_its_workers_is_parked(queue: Server) -> None:
    number = put(queue, "fail.later")
    with psycopg.connect(queue.urls.owner) as connection:
        connection.execute("UPDATE procrastinate.procrastinate_jobs SET status = 'doing', attempts = 1")
    put(queue, "upkeep")
    do_what_is_due(queue)
    assert seen(queue, number).state == "parked"


@given(st.integers(0, 10_000), st.floats(0, 10**6), st.integers(1, 100))
def test_the_back_off_grows_and_ends(attempts: int, asked_s: float, most: int) -> None:
    job = Queued(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
    now = datetime.now(UTC)
    decision = BackOff(most).get_retry_decision(exception=Retriable("x", asked_s), job=job)
    if attempts + 1 >= most:
        assert decision is None
        return
    assert decision is not None
    assert decision.retry_at is not None
    wait_s = (decision.retry_at - now).total_seconds()
    assert min(FIRST_S * 2**attempts, LONGEST_S) - 1 <= wait_s <= max(LONGEST_S * 1.25, asked_s) + 2
    assert wait_s >= asked_s - 1
    assert BackOff(most).get_retry_decision(exception=Permanent("x"), job=job) is None
