"""What the worker and the operator do for sessions."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast

import psycopg
from procrastinate.manager import JobManager

from accounts.context import Context
from accounts.jobs.work import Work
from accounts.mail.outbox import outbox_of
from accounts.sessions import programs, tasks
from kit.database import Database
from kit.postgres import Server
from tests.databases import on
from tests.people import Watch, knowing


def told_by(server: Server, work: Callable[[Database, Work, Context, Watch], Awaitable[None]]) -> None:
    """The application's database and the worker's."""

    async def run(application: Database) -> None:
        watch = Watch()
        context = knowing(watch)
        worker = Database(server.urls.worker)
        try:
            doing = Work(worker, context, outbox_of(context.settings), cast(JobManager, None))
            await work(application, doing, context, watch)
        finally:
            await worker.close()

    on(server.urls.application, run)


def test_a_key_is_replaced_when_it_is_old_and_not_before(postgres: Server) -> None:
    async def work(application: Database, doing: Work, context: Context, watch: Watch) -> None:
        with psycopg.connect(postgres.urls.admin) as connection:
            connection.execute("DELETE FROM signing_keys")
        await tasks.rotate_keys(doing)
        [first] = context.keyring.published()
        watch.now += timedelta(days=89)
        await tasks.rotate_keys(doing)
        assert set(context.keyring.published()) == {first}
        watch.now += timedelta(days=1)
        await tasks.rotate_keys(doing)
        await tasks.rotate_keys(doing)
        assert len(context.keyring.published()) == 2
        signer = context.keyring.signer()
        assert signer is not None
        assert signer.id == first
        watch.now += timedelta(days=1)
        assert set(context.keyring.published()) == {context.keyring.signer().id}  # type: ignore[union-attr]
        assert first not in context.keyring.published()

    told_by(postgres, work)


def test_the_operator_sees_and_rotates_keys(postgres: Server) -> None:
    with psycopg.connect(postgres.urls.admin) as connection:
        connection.execute("DELETE FROM signing_keys")
    url, watch = postgres.urls.admin, Watch()

    def states() -> list[str]:
        return [str(key["state"]) for key in programs.signing_keys(url, knowing(watch))]

    assert states() == ["signing"]
    made = programs.rotate_signing_key(url, knowing(watch), at_once=False)
    assert made["signs_from"] == watch.now + timedelta(minutes=10)
    assert states() == ["signing", "waiting"]
    watch.now += timedelta(minutes=10)
    assert states() == ["retired", "signing"]
    last = programs.rotate_signing_key(url, knowing(watch), at_once=True)
    assert [key["id"] for key in programs.signing_keys(url, knowing(watch))] == [last["id"]]
    with psycopg.connect(url) as connection:
        noted = connection.execute("SELECT count(*) FROM audit_log WHERE action = 'signing_key.rotated'").fetchone()
    assert noted is not None
    assert noted[0] >= 2
