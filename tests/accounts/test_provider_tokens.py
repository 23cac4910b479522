"""Tokens of other providers, checked against a provider over real HTTP and a real PostgreSQL."""

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.providers import keys as keys_module
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.vault import service as vault
from kit.database import Database
from kit.errors import Retriable
from kit.postgres import Server
from tests.accounts.provider_doors import NOWHERE, Door, Running, asked, holder_of, running, told
from tests.databases import SECRETS, on
from tests.peers.oidc.provider import key

__all__ = ["running"]


HOUR = 3_600


def test_a_good_token_is_a_user_from_first_sight_on(postgres: Server, running: Running, tmp_path: Path) -> None:
    peer, _ = running
    context = told(tmp_path, peer.issuer)
    first = holder_of(postgres, context, peer.token())
    again = holder_of(postgres, context, peer.token())
    assert first is not None
    assert again is not None
    assert (first.user_id, first.kind, first.role, first.plan) == (again.user_id, "provider", "user", "free")
    assert "admin:read" not in first.scopes

    async def look(database: Database) -> None:
        async with database.transaction(first.user_id) as session:
            user = await users_repository.by_id(session, first.user_id)
            assert user is not None
            person = await vault.key_of(session, SECRETS, first.user_id)
            assert person.open(users.EMAIL, user.email_sealed or b"") == peer.who.email
            assert person.open(users.NAME, user.name_sealed or b"") == "Ann"
            assert user.email_verified_at is not None

    on(postgres.urls.application, look)


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "no issuer": {"claims": {"iss": None}},
    "another audience": {"claims": {"aud": "somebody-else"}},
    "no audience": {"claims": {"aud": None}},
    "no subject": {"claims": {"sub": None}},
    "a subject that is none": {"claims": {"sub": {"a": 1}}},
    "an endless subject": {"claims": {"sub": "x" * 256}},
    "an hour old": {"claims": {"iat": int(time.time()) - 2 * HOUR, "exp": int(time.time()) - HOUR}},
    "an hour early": {"claims": {"nbf": int(time.time()) + HOUR}},
    "made in an hour": {"claims": {"iat": int(time.time()) + HOUR, "exp": int(time.time()) + 2 * HOUR}},
    "no end": {"claims": {"exp": None}},
    "an endless end": {"claims": {"exp": float("inf")}},
    "an end that is text": {"claims": {"exp": "tomorrow"}},
    "none": {"algorithm": "none"},
    "HS256 with the public key": {"algorithm": "HS256"},
    "an unknown key": {"kid": "key-77"},
    "a foreign key": {"foreign_key": True},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_wrong_is_nobodys(postgres: Server, running: Running, tmp_path: Path, wrong: str) -> None:
    peer, _ = running
    for name, value in WRONG[wrong].items():
        setattr(peer.switches, name, value)
    assert holder_of(postgres, told(tmp_path, peer.issuer), peer.token()) is None


@pytest.mark.parametrize("pinned", [True, False])
def test_algorithms_do_not_depend_on_where_the_key_is_from(
    postgres: Server, running: Running, tmp_path: Path, pinned: bool
) -> None:
    peer, counted = running
    pem = key(1).as_pem(private=False).decode() if pinned else None
    context = told(tmp_path, peer.issuer, public_key=pem)
    assert holder_of(postgres, context, peer.token()) is not None
    peer.switches.algorithm = "HS256"
    assert holder_of(postgres, context, peer.token()) is None
    assert bool(counted) is not pinned


def test_an_authorized_party_may_stand_for_an_audience(postgres: Server, running: Running, tmp_path: Path) -> None:
    peer, _ = running
    context = told(tmp_path, peer.issuer, audience=None, authorized_parties=["https://app.example"])
    assert holder_of(postgres, context, peer.token(aud=None, azp="https://app.example")) is not None
    assert holder_of(postgres, context, peer.token(aud=None, azp="https://evil.example")) is None
    assert holder_of(postgres, context, peer.token(aud=None)) is None


@given(at=st.integers(0, 10_000), char=st.characters(codec="ascii"))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_token_is_nobodys(running: Running, tmp_path: Path, at: int, char: str) -> None:
    peer, _ = running
    token = peer.token()
    at %= token.rindex(".") + 20  # the last character of a signature has bits that mean nothing
    if token[at] == char:
        return
    context = told(tmp_path, peer.issuer, public_key=key(1).as_pem(private=False).decode())
    assert asyncio.run(Door(NOWHERE, context).verify(token[:at] + char + token[at + 1 :])) is None


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.hex() + ".e30." + data.hex()))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_judged(tmp_path: Path, text: str) -> None:
    context = told(tmp_path, "http://127.0.0.1:1")
    assert asyncio.run(Door(NOWHERE, context).verify(text)) is None


def test_keys_are_kept_and_rotation_is_noticed(
    postgres: Server, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, counted = running
    now = [1000.0]
    monkeypatch.setattr(keys_module, "monotonic", lambda: now[0])

    async def ask(door: Door) -> None:
        old = peer.token()
        for _ in range(3):
            assert await door.verify(peer.token(jti=uuid.uuid4().hex)) is not None
        assert counted["/jwks"] == 1
        peer.rotate()
        now[0] += keys_module.UNKNOWN_EVERY_S + 1
        assert await door.verify(peer.token()) is not None
        assert counted["/jwks"] == 2
        assert await door.verify(old + "x") is None  # its key is published no more
        for number in range(20):  # made-up ids make us ask at most once a minute
            peer.switches.kid = f"made-up-{number}"
            assert await door.verify(peer.token()) is None
        assert counted["/jwks"] == 2
        now[0] += keys_module.UNKNOWN_EVERY_S + 1
        await asyncio.gather(*(door.verify(peer.token(jti=str(n))) for n in range(20)))
        assert counted["/jwks"] == 3

    asked(postgres, told(tmp_path, peer.issuer), ask)


def test_a_provider_that_is_away_does_not_keep_known_keys_from_use(
    postgres: Server, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, _ = running
    now = [1000.0]
    monkeypatch.setattr(keys_module, "monotonic", lambda: now[0])

    async def ask(door: Door) -> None:
        peer.switches.away = True
        with pytest.raises(Retriable):
            await door.verify(peer.token())
        peer.switches.away = False
        with pytest.raises(Retriable):  # not asked again at once
            await door.verify(peer.token())
        now[0] += keys_module.AFTER_FAILURE_S + 1
        assert await door.verify(peer.token()) is not None
        peer.switches.away = True
        now[0] += keys_module.FRESH_S + 1
        assert await door.verify(peer.token(jti="later")) is not None
        await asyncio.sleep(0.2)
        now[0] += keys_module.STALE_S
        with pytest.raises(Retriable):
            await door.verify(peer.token(jti="too late"))

    asked(postgres, told(tmp_path, peer.issuer), ask)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys": 7}', b"x" * 300_000, b'{"keys": [{"kty": "RSA"}, 3]}'])
def test_an_answer_that_is_none_is_no_key(postgres: Server, running: Running, tmp_path: Path, body: bytes) -> None:
    peer, _ = running
    context = told(tmp_path, peer.issuer, jwks_url=f"{peer.issuer}/jwks")
    token = peer.token()
    peer.switches.body = body
    try:
        assert holder_of(postgres, context, token) is None
    except Retriable:
        assert b"keys" not in body


def test_a_discovery_document_of_another_issuer_is_not_believed(
    postgres: Server, running: Running, tmp_path: Path
) -> None:
    peer, _ = running
    peer.switches.discovery_issuer = "https://evil.example"
    with pytest.raises(Retriable):
        holder_of(postgres, told(tmp_path, peer.issuer), peer.token())
