"""Whose a credential is, while the database is away, hangs, fails or tells nothing."""

import asyncio
from collections.abc import Sequence

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identities import cache
from accounts.identities.prover import Found
from accounts.identity import Caller
from accounts.keys.text import new_key
from kit.database import Database, Unavailable
from kit.identifiers import uuid7
from kit.postgres import Server
from tests.accounts.remembering import NOON, Counting, eventually, heard, identities, made_key, now, revoked
from tests.databases import NOWHERE, on

__all__ = ["now"]


def test_a_listener_that_is_cut_off_trusts_nothing_and_comes_back(postgres: Server) -> None:
    def cut() -> None:
        with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'payband_app' AND query IN ('SELECT 1', 'SELECT 1;')"
            )

    async def work(admin: Database) -> None:
        first, second = await made_key(admin), await made_key(admin)
        prover = Counting()
        async with identities(postgres.urls.application, prover, listening=True) as known:
            await eventually(lambda: heard(known), 5)
            callers = [await known.verify(first), await known.verify(second)]
            since = known._listener._since
            cut()
            await revoked(admin, callers[0])  # nobody hears it
            await eventually(lambda: known.known(first) is None)
            assert await known.verify(first) is None
            await eventually(lambda: heard(known) and known._listener._since > since, 5)
            assert await known.verify(second) == callers[1]
            await revoked(admin, callers[1])
            await eventually(lambda: known.known(second) is None)

    on(postgres.urls.admin, work)


def test_while_the_database_is_away_good_keys_stay_good_for_a_minute(now: list[float]) -> None:
    key = new_key("live")
    caller = Caller(uuid7(NOON), "key", "user", "free", frozenset())

    async def run() -> None:
        async with identities(NOWHERE.application, Counting()) as known:
            with pytest.raises(Unavailable):
                await known.verify(key)
            known._failed = None
            known._known.put(key, cache.Verdict(caller, now[0]), ())
            now[0] += cache.STALE_S - 1
            assert known.known(key) is None, "it may have been revoked: the database is asked first"
            assert await known.verify(key) == caller
            assert known.known(key) == caller, "nobody waits for a database that was away just now"
            now[0] += 2
            with pytest.raises(Unavailable):
                await known.verify(key)

    asyncio.run(run())


def test_a_database_that_hangs_is_away(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "ANSWER_S", 0.2)

    class Hanging(Counting):
        hangs = False

        async def look_up(self, session: AsyncSession, claims: Sequence[bytes]) -> list[Found]:
            if self.hangs:
                await asyncio.sleep(60)
            return await super().look_up(session, claims)

    async def work(admin: Database) -> None:
        key, other = await made_key(admin), await made_key(admin)
        prover = Hanging()
        async with identities(postgres.urls.application, prover) as known:
            caller = await known.verify(key)
            prover.hangs = True
            await asyncio.sleep(cache.FRESH_S)
            assert await known.verify(key) == caller
            with pytest.raises(Unavailable):
                await known.verify(other)
            prover.hangs = False
            await asyncio.sleep(cache.FRESH_S)
            assert isinstance(await known.verify(other), Caller)

    on(postgres.urls.admin, work)


def test_what_fails_for_another_reason_fails_loudly(postgres: Server) -> None:
    class Broken(Counting):
        async def look_up(self, session: AsyncSession, claims: Sequence[bytes]) -> list[Found]:
            raise LookupError("a fault of ours")

    async def run() -> None:
        async with identities(postgres.urls.application, Broken()) as known:
            with pytest.raises(LookupError):
                await known.verify(new_key("live"))

    asyncio.run(run())
