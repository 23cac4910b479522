"""API keys, on a real PostgreSQL."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import programs
from accounts.keys import repository, service, verifier
from accounts.keys.models import ApiKey
from accounts.keys.text import ALPHABET, digest_of, new_key, well_formed
from accounts.keys.verifier import KeyVerifier
from accounts.users import service as users
from kit.clock import fixed_clock
from kit.database import Database
from kit.errors import BadInput, Retriable
from kit.postgres import Server

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = fixed_clock(NOON + timedelta(days=2))
Work = Callable[[Database], Awaitable[None]]


def on(server: Server, work: Work) -> None:
    async def run() -> None:
        database = Database(server.url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


async def made(database: Database, **more: object) -> str:
    async with database.transaction() as session:
        user = await users.find_or_create(session, "ann@example.org")
        return await service.create_key(session, user.id, "test", clock=fixed_clock(NOON), **more)  # type: ignore[arg-type]


def test_a_key_is_recognised_by_its_form() -> None:
    key = new_key("live")
    assert key.startswith("pb_live_")
    assert well_formed(key)
    assert new_key("test").startswith("pb_test_")
    assert new_key("live") != key


@given(at=st.integers(8, 45), shift=st.integers(1, len(ALPHABET) - 1))
@settings(max_examples=200)
def test_a_mistyped_key_is_refused_without_a_query(at: int, shift: int) -> None:
    key = new_key("live")
    wrong = ALPHABET[(ALPHABET.index(key[at]) + shift) % len(ALPHABET)]
    assert not well_formed(key[:at] + wrong + key[at + 1 :])
    assert not well_formed(key[:at] + key[at + 1 :])


@given(st.text(max_size=60))
def test_any_text_is_judged(text_: str) -> None:
    assert not well_formed(text_)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(postgres: Server) -> None:
    async def work(database: Database) -> None:
        key = await made(database)
        async with database.transaction() as session:
            row = await repository.by_hash(session, digest_of(key))
            assert row is not None
            assert key.startswith(row.prefix)
            stored = (
                await session.execute(text("SELECT k::text FROM api_keys k WHERE id = :id"), {"id": row.id})
            ).one()
            assert key not in stored[0]
            assert key[8:-6] not in stored[0]
            identity = await service.verify(session, key)
            assert identity is not None
            assert identity.user_id == row.user_id
            assert identity.scopes == service.SCOPES

    on(postgres, work)


def test_revoked_expired_and_unknown_keys_are_refused(postgres: Server) -> None:
    async def work(database: Database) -> None:
        expiring = await made(database, expires_at=NOON + timedelta(days=1))
        revoked = await made(database)
        async with database.transaction() as session:
            assert await service.verify(session, expiring, fixed_clock(NOON)) is not None
            assert await service.verify(session, expiring, LATER) is None
            row = await repository.by_hash(session, digest_of(revoked))
            assert row is not None
            assert await service.revoke_key(session, row.id)
            assert not await service.revoke_key(session, row.id)
            assert await service.verify(session, revoked) is None
            assert await service.verify(session, new_key("live")) is None

    on(postgres, work)


def test_bad_wishes_are_refused(postgres: Server) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(BadInput, match="unknown scopes: everything"):
            await made(database, scopes=["everything"])
        with pytest.raises(BadInput, match="past"):
            await made(database, expires_at=NOON - timedelta(days=1))
        async with database.transaction() as session:
            with pytest.raises(BadInput, match="not an e-mail address"):
                await users.find_or_create(session, "nobody")

    on(postgres, work)


def test_an_address_is_one_user_whatever_its_case(postgres: Server) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as session:
            first = await users.find_or_create(session, "Bob@Example.org")
            second = await users.find_or_create(session, "bob@example.ORG")
            assert first.id == second.id

    on(postgres, work)


def test_a_good_key_is_known_for_a_moment_and_a_revoked_one_no_longer(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(verifier.time, "monotonic", lambda: now[0])

    async def work(database: Database) -> None:
        keys = KeyVerifier(database)
        key = await made(database)
        assert keys.known(key) is None
        identity = await keys.verify(key)
        assert identity is not None
        assert keys.known(key) == identity
        async with database.transaction() as session:
            await service.revoke_key(session, identity.key_id)
        now[0] += 1.0  # the promise: within a second
        assert keys.known(key) is None
        assert await keys.verify(key) is None

    on(postgres, work)


def test_while_the_database_is_down_known_keys_stay_good_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(verifier.time, "monotonic", lambda: now[0])
    key = new_key("live")

    async def run() -> None:
        database = Database("postgresql://nobody:x@127.0.0.1:1/none")
        keys = KeyVerifier(database)
        with pytest.raises(Retriable):
            await keys.verify(key)
        identity = service.Identity(*[digest_of(key)] * 2, "live", frozenset(), None)  # type: ignore[arg-type]
        keys._verdicts[key] = verifier._Verdict(identity, now[0], now[0])
        now[0] += verifier.STALE_S - 1
        assert await keys.verify(key) == identity
        assert keys.known(key) == identity  # not asked again at once: a database that hangs must not hold up everybody
        now[0] += 2
        with pytest.raises(Retriable):
            await keys.verify(key)
        await database.close()

    asyncio.run(run())


def test_many_requests_at_once_are_one_question(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = repository.by_hash

    async def counting(session: AsyncSession, digest: bytes) -> ApiKey | None:
        asked.append(digest)
        return await real(session, digest)

    monkeypatch.setattr(repository, "by_hash", counting)

    async def work(database: Database) -> None:
        keys = KeyVerifier(database)
        key = await made(database)
        identities = await asyncio.gather(*(keys.verify(key) for _ in range(20)))
        assert len(set(identities)) == 1
        assert len(asked) == 1
        await keys.close()

    on(postgres, work)


def test_a_key_in_use_is_asked_again_ahead_of_time(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(verifier.time, "monotonic", lambda: now[0])

    async def work(database: Database) -> None:
        keys = KeyVerifier(database)
        key = await made(database)
        identity = await keys.verify(key)
        assert identity is not None
        now[0] += verifier.AHEAD_S + 0.1
        assert keys.known(key) == identity
        await keys.close()
        now[0] += verifier.AHEAD_S + 0.1
        assert keys.known(key) == identity
        await keys.close()

    on(postgres, work)


def test_the_last_use_is_written_down(postgres: Server) -> None:
    async def work(database: Database) -> None:
        keys = KeyVerifier(database, fixed_clock(NOON))
        key = await made(database)
        await keys.verify(key)
        await keys.write_usage()
        async with database.transaction() as session:
            row = await repository.by_hash(session, digest_of(key))
            assert row is not None
            assert row.last_used_at == NOON

    on(postgres, work)


def test_the_demo_key_is_kept_while_it_is_good(postgres: Server, tmp_path: Path) -> None:
    file = tmp_path / "demo_key"
    key = programs.demo_key(postgres.url, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert programs.demo_key(postgres.url, file) == key

    async def revoke(database: Database) -> None:
        async with database.transaction() as session:
            row = await repository.by_hash(session, digest_of(key))
            assert row is not None
            await service.revoke_key(session, row.id)

    on(postgres, revoke)
    assert programs.demo_key(postgres.url, file) != key
