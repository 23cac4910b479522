"""Sessions and their refresh tokens, on a real PostgreSQL."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.context import Context
from accounts.sessions import repository, service
from accounts.sessions.access_tokens import verify_access_token
from accounts.sessions.service import Device, NotRefreshed, Tokens
from accounts.users import service as users
from kit.clock import Clock
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LAPTOP = Device("Firefox on a laptop", "203.0.113.7")


class Watch:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def person(database: Database, known: Context) -> uuid.UUID:
    async with database.transaction() as session:
        return (await users.create_user(session, known, f"{uuid.uuid4().hex}@example.org")).id


async def opened(database: Database, known: Context, user_id: uuid.UUID) -> Tokens:
    async with database.transaction(user_id) as session:
        return await service.open_session(session, known, user_id, LAPTOP)


async def refreshed(database: Database, known: Context, token: str) -> Tokens | NotRefreshed:
    async with database.transaction() as session:
        return await service.refresh(session, known, token)


async def lives(database: Database, session_id: uuid.UUID) -> bool:
    async with database.transaction() as session:
        return session_id in await repository.states(session, [session_id])


def told_by(server: Server, work: Callable[[Database, Context, Watch], Awaitable[None]]) -> None:
    """Run with the application's rights, and a clock at noon."""
    watch = Watch()
    clock: Clock = watch

    async def run(database: Database) -> None:
        await work(database, context(clock), watch)

    on(server.urls.application, run)


def test_a_session_is_a_chain_of_tokens_each_good_once(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        first = await opened(database, known, user_id)
        watch.now += timedelta(days=6)
        second = await refreshed(database, known, first.refresh_token)
        assert isinstance(second, Tokens)
        assert second.session_id == first.session_id
        assert second.refresh_token != first.refresh_token
        assert (second.access_expires_s, second.refresh_expires_s) == (900, 7 * 86_400)
        claims = verify_access_token(known, second.access_token)
        assert claims is not None
        assert (claims.user_id, claims.session_id) == (user_id, second.session_id)

    told_by(postgres, work)


def test_a_used_token_ends_the_whole_session(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        other = await opened(database, known, user_id)
        first = await opened(database, known, user_id)
        second = await refreshed(database, known, first.refresh_token)
        assert isinstance(second, Tokens)
        assert await refreshed(database, known, first.refresh_token) == NotRefreshed("replayed", user_id)
        assert not await lives(database, first.session_id)
        assert await refreshed(database, known, second.refresh_token) == NotRefreshed("ended", user_id)
        assert await lives(database, other.session_id), "another sign-in is another family"

    told_by(postgres, work)


def test_of_many_refreshes_at_once_one_wins_and_the_session_ends(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        first = await opened(database, known, await person(database, known))
        answers = await asyncio.gather(*(refreshed(database, known, first.refresh_token) for _ in range(200)))
        won = [answer for answer in answers if isinstance(answer, Tokens)]
        assert len(won) == 1
        faults = Counter(answer.fault for answer in answers if isinstance(answer, NotRefreshed))
        assert faults == {"replayed": 1, "ended": 198}
        assert not await lives(database, first.session_id)
        assert isinstance(await refreshed(database, known, won[0].refresh_token), NotRefreshed)

    told_by(postgres, work)


def test_a_session_ends_by_itself(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        unused = await opened(database, known, user_id)
        watch.now += timedelta(days=7)
        assert await refreshed(database, known, unused.refresh_token) == NotRefreshed("expired", user_id)
        used = await opened(database, known, user_id)
        for _ in range(14):  # in daily use but for its longest life
            watch.now += timedelta(days=6)
            answer = await refreshed(database, known, used.refresh_token)
            assert isinstance(answer, Tokens)
            used = answer
        assert used.refresh_expires_s == 6 * 86_400
        watch.now += timedelta(days=6)
        assert await refreshed(database, known, used.refresh_token) == NotRefreshed("expired", user_id)

    told_by(postgres, work)


def test_unknown_tokens_and_suspended_users_get_nothing(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        first = await opened(database, known, user_id)
        for wrong in ("", "pb_refresh_", first.refresh_token[:-1], first.refresh_token + "A"):
            assert await refreshed(database, known, wrong) == NotRefreshed("unknown")
        with psycopg.connect(postgres.urls.admin) as connection:
            connection.execute("UPDATE users SET status = 'suspended' WHERE id = %s", [user_id])
        assert await refreshed(database, known, first.refresh_token) == NotRefreshed("suspended", user_id)
        async with database.transaction() as session:
            state = (await repository.states(session, [first.session_id]))[first.session_id]
        assert (state.user_id, state.role, state.plan, state.status) == (user_id, "user", "free", "suspended")

    told_by(postgres, work)


def test_ending_one_or_all_others_and_nobody_elses(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        mine, theirs = await person(database, known), await person(database, known)
        kept, one, two = [await opened(database, known, mine) for _ in range(3)]
        stranger = await opened(database, known, theirs)
        async with database.transaction(mine) as session:
            assert not await service.end_session(session, known, theirs, stranger.session_id, "revoked")
            assert not await service.end_session(session, known, mine, stranger.session_id, "revoked")
            assert await service.end_session(session, known, mine, one.session_id, "revoked")
            assert not await service.end_session(session, known, mine, one.session_id, "revoked")
            listed = await service.list_sessions(session, known, mine)
            assert {row.id for row, _ in listed} == {two.session_id, kept.session_id}
            assert {device for _, device in listed} == {LAPTOP}
            assert await service.end_other_sessions(session, known, mine, "password_changed", kept.session_id) == 1
        assert await lives(database, kept.session_id)
        assert await lives(database, stranger.session_id)
        assert not await lives(database, two.session_id)

    told_by(postgres, work)


def test_nothing_that_opens_a_session_or_tells_of_a_device_is_stored_or_shown(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        tokens = await opened(database, known, await person(database, known))
        assert tokens.refresh_token not in repr(tokens)
        assert tokens.access_token not in repr(tokens)
        with psycopg.connect(postgres.urls.worker) as connection:
            rows = [
                connection.execute("SELECT s::text FROM sessions s WHERE id = %s", [tokens.session_id]).fetchone(),
                *connection.execute(
                    "SELECT t::text FROM refresh_tokens t WHERE session_id = %s", [tokens.session_id]
                ).fetchall(),
            ]
        stored = str(rows)
        for secret in (tokens.refresh_token, LAPTOP.user_agent, LAPTOP.address):
            assert secret not in stored
            assert secret.encode().hex() not in stored

    told_by(postgres, work)


def test_other_processes_hear_of_a_session_that_ends_and_of_a_user_who_changes(postgres: Server) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        tokens = await opened(database, known, user_id)
        with psycopg.connect(postgres.urls.application, autocommit=True) as listener:
            listener.execute("LISTEN payband_access")
            async with database.transaction(user_id) as session:
                await users.repository.change(session, user_id, region="DE")  # changes nothing of access
                await service.end_session(session, known, user_id, tokens.session_id, "signed_out")
            with psycopg.connect(postgres.urls.admin) as connection:
                connection.execute("UPDATE users SET role = 'analyst' WHERE id = %s", [user_id])
            heard = [notice.payload for notice in listener.notifies(timeout=5, stop_after=2)]
        assert heard == [f"session:{tokens.session_id}", f"user:{user_id}"]

    told_by(postgres, work)


@given(
    steps=st.lists(st.tuples(st.sampled_from(["newest", "used", "other", "unknown"]), st.integers(0, 8)), max_size=8)
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_tokens_are_shown_a_family_lives_until_a_used_one_is_shown(
    postgres: Server, steps: list[tuple[str, int]]
) -> None:
    async def work(database: Database, known: Context, watch: Watch) -> None:
        user_id = await person(database, known)
        chains = [[(await opened(database, known, user_id))] for _ in range(2)]
        alive = [True, True]
        for what, number in steps:
            chain = 1 if what == "other" else 0
            used = chains[chain][:-1]
            if what == "unknown":
                assert await refreshed(database, known, f"pb_refresh_{number}") == NotRefreshed("unknown")
            elif what == "used" and used:
                answer = await refreshed(database, known, used[number % len(used)].refresh_token)
                assert answer == NotRefreshed("replayed" if alive[chain] else "ended", user_id)
                alive[chain] = False
            else:
                answer = await refreshed(database, known, chains[chain][-1].refresh_token)
                assert isinstance(answer, Tokens) == alive[chain]
                if isinstance(answer, Tokens):
                    chains[chain].append(answer)
            for each, expected in zip(chains, alive, strict=True):
                assert await lives(database, each[0].session_id) == expected

    told_by(postgres, work)


@pytest.mark.parametrize("table", ["sessions", "refresh_tokens"])
def test_the_application_can_neither_delete_nor_rewrite_the_past(postgres: Server, table: str) -> None:
    with psycopg.connect(postgres.urls.application) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"DELETE FROM {table}")  # type: ignore[call-overload]
    with psycopg.connect(postgres.urls.application) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"UPDATE {table} SET created_at = now()")  # type: ignore[call-overload]
