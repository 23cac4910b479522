"""Lock-out: counted before it is tried, by account and by address, whatever comes at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text

from accounts.context import Context
from accounts.errors import Refused
from accounts.lockout import service as lockout
from accounts.lockout.service import Subject
from accounts.settings import AccountSettings
from kit.database import Database
from kit.postgres import Server
from tests.databases import on
from tests.people import Watch, knowing, new_address

WINDOW = timedelta(minutes=15)


def told_by(server: Server, work: Callable[[Database, Context, Watch], Awaitable[None]]) -> None:
    watch = Watch()

    async def run(database: Database) -> None:
        await work(database, knowing(watch), watch)

    on(server.urls.application, run)


async def tried(database: Database, context: Context, *subjects: Subject, good: bool = False) -> int | None:
    """None when the attempt may be made, else for how many seconds not."""
    try:
        async with database.transaction() as session:
            counted = await lockout.count(session, context, *subjects)
    except Refused as refusal:
        return int(refusal.headers["Retry-After"])
    if good:
        async with database.transaction() as session:
            await lockout.succeeded(session, context, counted)
            await lockout.forgive(session, context, subjects[-1])
    return None


STEP = st.tuples(
    st.sampled_from(["home", "cafe"]),
    st.sampled_from(["ann", "bob", "nobody"]),
    st.booleans() | st.just(False),
    st.integers(0, 400),
)


class Model:
    """What should be let through, in plain words."""

    def __init__(self) -> None:
        self.failures: dict[str, list[datetime]] = {}

    def locked(self, now: datetime, *names: str) -> bool:
        return any(len([at for at in self.failures.get(name, []) if at > now - WINDOW]) >= 5 for name in names)

    def failed(self, now: datetime, *names: str) -> None:
        for name in names:
            self.failures.setdefault(name, []).append(now)


@given(steps=st.lists(STEP, max_size=40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_the_model_says(postgres: Server, steps: list[tuple[str, str, bool, int]]) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        model, run = Model(), new_address()
        for client, account, good, wait_s in steps:
            watch.now += timedelta(seconds=wait_s)
            expected = model.locked(watch.now, client, account)
            subjects = Subject("client", run + client), Subject("account", run + account)
            wait = await tried(database, context, *subjects, good=good)
            assert (wait is not None) == expected
            if wait is not None:
                assert 0 < wait <= WINDOW.total_seconds()
            elif good:
                model.failures[account] = []  # and whoever asks from the same place has still failed as often
            else:
                model.failed(watch.now, client, account)

    told_by(postgres, work)


def test_when_it_says_again_it_is_again(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        subject = Subject("account", new_address())
        for _ in range(5):
            assert await tried(database, context, subject) is None
            watch.now += timedelta(seconds=10)
        wait = await tried(database, context, subject)
        assert wait == WINDOW.total_seconds() - 50
        watch.now += timedelta(seconds=wait - 1)
        assert await tried(database, context, subject) == 1
        watch.now += timedelta(seconds=1)
        assert await tried(database, context, subject) is None
        assert await tried(database, context, subject) == 10, "the next of the five"

    told_by(postgres, work)


def test_of_a_hundred_at_once_five_are_tried(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        run = new_address()
        home, ann = Subject("client", run), Subject("account", run)
        waits = await asyncio.gather(*(tried(database, context, home, ann) for _ in range(100)))
        assert waits.count(None) == 5
        async with database.transaction() as session:
            digests = [context.secrets.digest(f"attempts.{each.kind}", each.text) for each in (home, ann)]
            counted = text("SELECT count(*) FROM attempts WHERE subject = ANY(:digests)")
            assert await session.scalar(counted, {"digests": digests}) == 10, "a refused attempt counts for nobody"

    told_by(postgres, work)


def test_neither_accounts_nor_addresses_are_stored(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        email = new_address()
        await tried(database, context, Subject("client", "203.0.113.99"), Subject("account", email))
        with psycopg.connect(postgres.urls.worker) as connection:
            stored = str(connection.execute("SELECT a::text FROM attempts a").fetchall())
        for known in (email, "203.0.113.99"):
            assert known not in stored
            assert known.encode().hex() not in stored

    told_by(postgres, work)


def test_what_counts_no_more_is_removed(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        await tried(database, context, Subject("account", new_address()))
        watch.now += timedelta(days=2)
        async with database.transaction() as session:
            await lockout.forget_old(session, context)
            assert await session.scalar(text("SELECT count(*) FROM attempts WHERE at < :now"), {"now": watch.now}) == 0

    told_by(postgres, work)


def test_no_window_is_longer_than_attempts_are_kept() -> None:
    longest = int(lockout.KEPT.total_seconds())
    assert AccountSettings(lockout_window_s=longest).lockout_window_s == longest
    with pytest.raises(ValidationError):
        AccountSettings(lockout_window_s=longest + 1)


@pytest.mark.parametrize("most", [1, 3])
def test_how_often_something_may_be_done(postgres: Server, most: int) -> None:
    async def work(database: Database, context: Context, watch: Watch) -> None:
        subject = Subject("mail", new_address())

        async def may() -> bool:
            async with database.transaction() as session:
                return await lockout.within(session, context, subject, most, timedelta(hours=1))

        assert [await may() for _ in range(most + 2)] == [True] * most + [False] * 2
        watch.now += timedelta(hours=1)
        assert await may()

    told_by(postgres, work)
