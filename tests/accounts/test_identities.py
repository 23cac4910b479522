"""Whose a credential is, from memory: what changes counts in time, and little is asked."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identities import cache
from accounts.identities.cache import Identities
from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller
from accounts.keys.prover import KeyProver
from accounts.keys.text import new_key
from accounts.users import service as users
from kit.clock import fixed_clock, system_clock
from kit.database import Database
from kit.postgres import Server
from tests.accounts.remembering import SOON_S, Counting, eventually, heard, identities, made_key, now, revoked
from tests.databases import SECRETS, on

__all__ = ["now"]


def test_without_notices_a_revoked_key_works_for_less_than_a_second(postgres: Server, now: list[float]) -> None:
    async def work(admin: Database) -> None:
        key = await made_key(admin)
        async with identities(postgres.urls.application, Counting()) as known:
            assert known.known(key) is None
            caller = await known.verify(key)
            assert known.known(key) == caller
            await revoked(admin, caller)
            now[0] += SOON_S
            assert known.known(key) is None
            assert await known.verify(key) is None

    on(postgres.urls.admin, work)


def test_a_change_is_heard_and_nothing_else_asks_again(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        key, other = await made_key(admin), await made_key(admin)
        prover = Counting()
        async with identities(postgres.urls.application, prover, listening=True) as known:
            await eventually(lambda: heard(known), 5)
            caller = await known.verify(key)
            await known.verify(other)
            await asyncio.sleep(cache.FRESH_S * 1.5)
            assert known.known(key) == caller
            assert prover.asked == [1, 1]
            await revoked(admin, caller)
            await eventually(lambda: known.known(key) is None)
            assert await known.verify(key) is None
            assert known.known(other) is not None
            assert prover.asked == [1, 1, 1]

    on(postgres.urls.admin, work)


def test_a_plan_a_role_and_a_suspension_count_at_once(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        key = await made_key(admin, scopes=frozenset({"insights:read", "admin:read"}))
        async with identities(postgres.urls.application, Counting(), listening=True) as known:
            await eventually(lambda: heard(known), 5)

            async def with_changes(**values: str) -> Found:
                found = await known.verify(key)
                assert found is not None
                async with admin.transaction() as session:
                    await users.repository.change(session, found.user_id, **values)
                known.forget(f"user:{found.user_id}")  # as the worker does that made the change
                return await known.verify(key)

            caller = await known.verify(key)
            assert isinstance(caller, Caller)
            assert (caller.plan, caller.scopes) == ("free", {"insights:read"}), "no user has an administrator's scopes"
            caller = await with_changes(role="admin", plan="basic")
            assert isinstance(caller, Caller)
            assert (caller.plan, caller.scopes) == ("enterprise", {"insights:read", "admin:read"}), (
                "not what they bought"
            )
            assert await with_changes(status="suspended") == Suspended(caller.user_id)
            assert known.known(key) is None
            assert isinstance(await with_changes(status="active"), Caller)
            assert isinstance(await with_changes(status="leaving"), Caller)
            assert await with_changes(status="erased") is None

    on(postgres.urls.admin, work)


def test_a_change_while_the_question_is_under_way_is_asked_again(postgres: Server) -> None:
    class Slow(Counting):
        meanwhile: Any = None

        async def look_up(self, session: AsyncSession, claims: Sequence[bytes]) -> list[Found]:
            found = await super().look_up(session, claims)
            if self.meanwhile is not None:
                await self.meanwhile(found[0])
            return found

    async def work(admin: Database) -> None:
        key = await made_key(admin)
        prover = Slow()
        async with identities(postgres.urls.application, prover) as known:

            async def revoke(found: Caller) -> None:
                prover.meanwhile = None
                await revoked(admin, found)
                known.forget(f"key:{found.key_id}")

            prover.meanwhile = revoke
            assert await known.verify(key) is None
            assert prover.asked == [1, 1]

    on(postgres.urls.admin, work)


def test_many_requests_at_once_are_one_question(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        key = await made_key(admin)
        prover = Counting()
        async with identities(postgres.urls.application, prover) as known:
            callers = await asyncio.gather(*(known.verify(key) for _ in range(20)))
        assert len(set(callers)) == 1
        assert prover.asked == [1]

    on(postgres.urls.admin, work)


def test_guessing_costs_few_questions_and_drives_nobody_out(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 100)

    async def work(admin: Database) -> None:
        key = await made_key(admin)
        prover = Counting()
        async with identities(postgres.urls.application, prover) as known:
            caller = await known.verify(key)
            guesses = [new_key("live") for _ in range(1_000)]
            assert set(await asyncio.gather(*map(known.verify, guesses))) == {None}
            assert len(prover.asked) <= 5
            assert await known.verify(key) == caller
            asked = len(prover.asked)
            assert await known.verify(guesses[-1]) is None, "refused from memory"
            assert await known.verify("pb_live_mistyped") is None
            assert len(prover.asked) == asked
            assert len(known._refused) == 100

    on(postgres.urls.admin, work)


def test_a_key_in_use_is_asked_about_ahead_of_time(postgres: Server, now: list[float]) -> None:
    async def work(admin: Database) -> None:
        key = await made_key(admin)
        async with identities(postgres.urls.application, Counting()) as known:
            caller = await known.verify(key)
            now[0] += cache.FRESH_S * cache.AHEAD + 0.1
            assert known.known(key) == caller
            await known.close()  # the question ahead has been answered
            now[0] += cache.FRESH_S * cache.AHEAD + 0.1
            assert known.known(key) == caller

    on(postgres.urls.admin, work)


def test_a_key_expires_in_memory_too(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        database = Database(postgres.urls.application)
        key = await made_key(admin, expires_at=system_clock() + timedelta(hours=1))
        early = Identities(database, postgres.urls.application, [KeyProver(SECRETS)])
        assert isinstance(await early.verify(key), Caller)
        early._clock = fixed_clock(system_clock() + timedelta(hours=2))
        assert early.known(key) is None
        assert await early.verify(key) is None
        await database.close()

    on(postgres.urls.admin, work)


def test_the_memory_of_repeated_changes_stays_empty(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        key = await made_key(admin)
        async with identities(postgres.urls.application, Counting()) as known:
            caller = await known.verify(key)
            assert isinstance(caller, Caller)
            for _ in range(100):
                known.forget(f"user:{uuid.uuid4()}")
            known.forget(f"user:{caller.user_id}")
            assert not known._changed
            assert not known._known._of
            assert len(known._known) == 0

    on(postgres.urls.admin, work)


def test_last_uses_are_told_of_keys_that_are_asked_about(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        database = Database(postgres.urls.application)
        told: list[Caller] = []
        known = Identities(database, postgres.urls.application, [KeyProver(SECRETS)], told.append)
        caller = await known.verify(await made_key(admin))
        assert told == [caller]
        await database.close()

    on(postgres.urls.admin, work)
