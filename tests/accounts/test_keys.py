"""API keys, on a real PostgreSQL."""

import asyncio
import itertools
import stat
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import programs
from accounts.errors import Refused
from accounts.identities.prover import Found
from accounts.identity import Caller
from accounts.keys import service
from accounts.keys.last_uses import LastUses
from accounts.keys.models import ApiKey
from accounts.keys.networks import read_networks
from accounts.keys.prover import KeyProver
from accounts.keys.rights import Rights, rights_of
from accounts.keys.text import ALPHABET, digest_of, new_key, well_formed
from accounts.scopes import SCOPES
from accounts.users import service as users
from kit.clock import Clock, fixed_clock, system_clock
from kit.database import Database
from kit.errors import BadInput
from kit.identifiers import uuid7
from kit.postgres import Server
from tests.databases import SECRETS, context, on

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = fixed_clock(NOON + timedelta(days=2))


async def made(database: Database, **more: Any) -> str:
    async with database.transaction() as session:
        user = await users.find_or_create(session, context(), "ann@example.org")
        rights = Rights(**{"scopes": service.USUAL, **more})
        return (await service.create_key(session, context(fixed_clock(NOON)), user.id, "test", rights)).text


async def verified(session: AsyncSession, key: str, clock: Clock = system_clock) -> Found:
    """What the database says of the key."""
    prover = KeyProver(SECRETS, clock)
    claim = prover.read(key)
    assert claim is not None
    return (await prover.look_up(session, [claim]))[0]


async def row_of(session: AsyncSession, key: str) -> ApiKey:
    return (await session.scalars(select(ApiKey).where(ApiKey.hash == digest_of(key)))).one()


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
            row = await row_of(session, key)
            assert key.startswith(row.prefix)
            stored = (
                await session.execute(text("SELECT k::text FROM api_keys k WHERE id = :id"), {"id": row.id})
            ).one()
            assert key not in stored[0]
            assert key[8:-6] not in stored[0]
            caller = await verified(session, key)
            assert isinstance(caller, Caller)
            assert caller.user_id == row.user_id
            assert caller.scopes == service.USUAL

    on(postgres.urls.admin, work)


def test_revoked_expired_and_unknown_keys_are_refused(postgres: Server) -> None:
    async def work(database: Database) -> None:
        expiring = await made(database, expires_at=NOON + timedelta(days=1))
        revoked = await made(database)
        async with database.transaction() as session:
            assert await verified(session, expiring, fixed_clock(NOON)) is not None
            assert await verified(session, expiring, LATER) is None
            row = await row_of(session, revoked)
            assert await service.revoke_key(session, context(), row.id)
            assert not await service.revoke_key(session, context(), row.id)
            assert await verified(session, revoked) is None
            assert await verified(session, new_key("live")) is None

    on(postgres.urls.admin, work)


def test_bad_wishes_are_refused(postgres: Server) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(Refused, match="the scope everything"):
            await made(database, scopes=frozenset({"everything"}))
        with pytest.raises(Refused, match="past"):
            await made(database, expires_at=NOON - timedelta(days=1))
        async with database.transaction() as session:
            with pytest.raises(BadInput, match="not an e-mail address"):
                await users.find_or_create(session, context(), "nobody")

    on(postgres.urls.admin, work)


def test_an_address_is_one_user_whatever_its_case(postgres: Server) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as session:
            first = await users.find_or_create(session, context(), "Bob@Example.org")
            second = await users.find_or_create(session, context(), "bob@example.ORG")
            assert first.id == second.id

    on(postgres.urls.admin, work)


def test_the_last_use_is_written_down(postgres: Server) -> None:
    async def work(operators: Database) -> None:
        key = await made(operators)
        application = Database(postgres.urls.application)
        uses = LastUses(application, fixed_clock(NOON))
        async with application.transaction() as session:
            caller = await verified(session, key)
        assert isinstance(caller, Caller)
        uses.note(caller)
        await uses.write()
        await application.close()
        async with operators.transaction() as session:
            assert (await row_of(session, key)).last_used_at == NOON

    on(postgres.urls.admin, work)


def test_the_demo_key_is_kept_while_it_is_good(postgres: Server, tmp_path: Path) -> None:
    file = tmp_path / "demo_key"
    key = programs.demo_key(postgres.urls.admin, context(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert programs.demo_key(postgres.urls.admin, context(), file) == key

    async def revoke(database: Database) -> None:
        async with database.transaction() as session:
            row = await row_of(session, key)
            await service.revoke_key(session, context(), row.id)

    on(postgres.urls.admin, revoke)
    assert programs.demo_key(postgres.urls.admin, context(), file) != key


NETWORKS = st.lists(
    st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/0", "2001:db8::/32", "2001:db8::1"]), max_size=3
).map(read_networks)
RIGHTS = st.builds(
    Rights,
    st.frozensets(st.sampled_from(sorted(SCOPES)), min_size=1),
    st.sampled_from(["live", "test"]),
    st.none() | st.integers(1, 5).map(lambda days: NOON + timedelta(days=days)),
    NETWORKS,
)


def allows(rights: Rights, scope: str, mode: str, moment: datetime, address: str) -> bool:
    """Whether a key with these rights could do this, said in another way than `beyond` does."""
    somewhere = not rights.networks or any(ip_address(address) in network for network in rights.networks)
    in_time = rights.expires_at is None or moment < rights.expires_at
    return scope in rights.scopes and (mode == "test" or rights.mode == "live") and in_time and somewhere


@given(maker=RIGHTS, wanted=RIGHTS)
@settings(max_examples=500)
def test_no_key_can_do_what_its_maker_cannot(maker: Rights, wanted: Rights) -> None:
    moments = [NOON + timedelta(days=days) for days in range(7)]
    addresses = ["10.0.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db9::1"]
    gained = [
        each
        for each in itertools.product(sorted(SCOPES), (wanted.mode,), moments, addresses)
        if allows(wanted, *each) and not allows(maker, *each)
    ]
    if not wanted.beyond(maker):
        assert gained == []
    assert maker.beyond(maker) == []


def test_a_key_gives_what_it_has_and_a_session_what_its_role_may() -> None:
    key = Caller(
        uuid7(NOON), "key", "user", "free", frozenset({"keys:write"}), "test", expires_at=NOON,
        networks=read_networks(["10.0.0.0/8"]),
    )  # fmt: skip
    assert rights_of(key) == Rights(frozenset({"keys:write"}), "test", NOON, read_networks(["10.0.0.0/8"]))
    session = replace(key, kind="session", mode="live", expires_at=NOON, networks=())
    assert rights_of(session) == Rights(frozenset({"keys:write"})), "a token's end is not that of what it makes"


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.ip_addresses(network="10.0.0.0/8").map(str)), max_size=5))
def test_networks_are_read_as_they_are_written(texts: list[str]) -> None:
    networks = read_networks([f" {text} " for text in texts])
    assert [str(network.network_address) for network in networks] == list(
        dict.fromkeys(map(str, map(ip_address, texts)))
    )


@pytest.mark.parametrize("wrong", ["", "everywhere", "10.0.0.1/8", "10.0.0.0/33", "1.2.3", "::g", "10.0.0.0/8, ::1"])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput, match="neither an address nor a network"):
        read_networks([wrong])


def test_networks_are_kept_sealed_and_hold(postgres: Server) -> None:
    async def work(database: Database) -> None:
        networks = read_networks(["203.0.113.0/24", "2001:db8::/32"])
        key = await made(database, networks=networks)
        async with database.transaction() as session:
            caller = await verified(session, key)
            assert isinstance(caller, Caller)
            assert caller.networks == networks
            row = await row_of(session, key)
            assert row.networks_sealed is not None
            assert b"203.0.113" not in row.networks_sealed

    on(postgres.urls.admin, work)


def test_of_requests_at_once_no_more_keys_are_made_than_the_plan_has(postgres: Server) -> None:
    async def work(admin: Database) -> None:
        async with admin.transaction() as session:
            user = await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org")
        database = Database(postgres.urls.application)

        async def one() -> str:
            async with database.transaction(user.id) as session:
                return (await service.create_key(session, context(), user.id, "many", most=3)).text

        results = await asyncio.gather(*(one() for _ in range(8)), return_exceptions=True)
        await database.close()
        refused = [each for each in results if isinstance(each, Refused)]
        assert len(refused) == 5, results
        assert {each.code for each in refused} == {"too-many-keys"}

    on(postgres.urls.admin, work)
