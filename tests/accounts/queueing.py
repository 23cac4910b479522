"""Put jobs into a real queue, do them, and see what became of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import jobs
from accounts.jobs import registry, service
from accounts.jobs.models import Job
from accounts.jobs.worker import work
from kit.database import Database
from kit.postgres import Server
from tests.accounts.job_tasks import TASKS
from tests.databases import context

Work = Callable[[AsyncSession], Awaitable[Any]]


@pytest.fixture
def queue(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An empty queue, the tasks of these tests, and a table for what they tell."""
    monkeypatch.setattr(registry, "TASKS", TASKS)
    for name, task in TASKS.items():
        monkeypatch.setitem(registry.TASKS, name, task)
        monkeypatch.setitem(service.TASKS, name, task)
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate.procrastinate_jobs")
        connection.execute("CREATE TABLE told (what integer)")
        connection.execute("GRANT INSERT ON told TO payband_worker")
        yield postgres
        connection.execute("DROP TABLE told")


def act(url: str, do: Work) -> Any:
    async def run() -> Any:
        database = Database(url)
        try:
            async with database.transaction() as session:
                return await do(session)
        finally:
            await database.close()

    return asyncio.run(run())


def put(server: Server, task: str, **more: Any) -> int | None:
    number: int | None = act(server.urls.application, lambda session: jobs.defer(session, task, **more))
    return number


def seen(server: Server, number: int | None) -> Job:
    job: Job = act(server.urls.admin, lambda session: service.get(session, number or 0))
    return job


def do_what_is_due(server: Server) -> None:
    asyncio.run(work(server.urls.worker, context(), asyncio.Event(), once=True, tasks=TASKS, concurrency=1))


def told(server: Server) -> list[int]:
    with psycopg.connect(server.urls.owner) as connection:
        return [row[0] for row in connection.execute("SELECT what FROM told ORDER BY ctid")]
