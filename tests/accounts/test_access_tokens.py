"""Access tokens: what is refused, and which keys are trusted when."""

import asyncio
import hmac
import json
import string
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64encode

from accounts.context import Context
from accounts.sessions.access_tokens import CLAIMS, issue_access_token, verify_access_token
from accounts.sessions.keyring import Key
from accounts.sessions.models import SigningKey
from kit.clock import fixed_clock
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from tests.databases import SECRETS, context, on

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANN, SESSION = uuid.UUID(int=1), uuid.UUID(int=2)
PRIVATE, OTHER = RSAKey.generate_key(2048), RSAKey.generate_key(2048)


def holding(*keys: Key, at: datetime = NOON) -> Context:
    """A context whose ring holds these keys."""
    made = context(fixed_clock(at))
    made.keyring._keys = keys
    return made


def key(
    private: RSAKey = PRIVATE, *, at: datetime = NOON, signs: datetime | None = None, gone: datetime | None = None
) -> Key:
    row = SigningKey(id=private.thumbprint(), published_at=at, signs_from=signs or at, withdrawn_at=gone)
    return Key(row, private)


KNOWN = holding(key())
GOOD = issue_access_token(KNOWN, key(), ANN, SESSION)


def signed(claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, by: Any = PRIVATE) -> str:
    """A token that is good but for what is given."""
    whole = {"typ": "at+jwt", "alg": "RS256", "kid": PRIVATE.thumbprint()} | (header or {})
    at = int(NOON.timestamp())
    usual = {"iss": KNOWN.settings.public_url, "aud": "payband", "sub": str(ANN), "sid": str(SESSION), "jti": str(ANN)}
    return jwt.encode(whole, usual | {"iat": at, "exp": at + 900} | (claims or {}), by, [str(whole["alg"])])


def test_a_good_token_says_who_asks() -> None:
    claims = verify_access_token(KNOWN, GOOD)
    assert claims is not None
    assert (claims.user_id, claims.session_id, claims.issued_at) == (ANN, SESSION, NOON)
    assert claims.expires_at == NOON + timedelta(minutes=15)
    assert verify_access_token(KNOWN, signed()) is not None, "the wrong ones below differ from this one alone"


@given(at=st.integers(0, len(GOOD) - 1), to=st.sampled_from(string.ascii_letters + string.digits + "-_.=+/ \n\0é"))
@settings(max_examples=400, deadline=None)
def test_any_single_change_is_refused(at: int, to: str) -> None:
    if GOOD[at] != to:
        assert verify_access_token(KNOWN, GOOD[:at] + to + GOOD[at + 1 :]) is None
    assert verify_access_token(KNOWN, GOOD[:at] + GOOD[at + 1 :]) is None
    assert verify_access_token(KNOWN, GOOD[:at] + to + GOOD[at:]) is None


def test_every_other_ending_is_refused() -> None:
    """The last character carries two bits of the signature and four that mean nothing."""
    good = [
        last
        for last in string.ascii_letters + string.digits + "-_"
        if verify_access_token(KNOWN, GOOD[:-1] + last) is not None
    ]
    assert good == [GOOD[-1]]


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert verify_access_token(KNOWN, text) is None


def part(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def with_the_public_key_as_a_secret(form: bytes) -> str:
    """By hand: the library would not."""
    told = f"{part({'typ': 'at+jwt', 'alg': 'HS256', 'kid': PRIVATE.thumbprint()})}.{GOOD.split('.')[1]}"
    return f"{told}.{urlsafe_b64encode(hmac.digest(form, told.encode(), 'sha256')).decode()}"


PUBLIC = [PRIVATE.as_pem(private=False), PRIVATE.as_der(private=False), json.dumps(key().published).encode()]
HOUR = 3_600
AT = int(NOON.timestamp())
FORGED = {
    "none": f"{part({'typ': 'at+jwt', 'alg': 'none', 'kid': PRIVATE.thumbprint()})}.{GOOD.split('.')[1]}.",
    "none, signed": f"{part({'typ': 'at+jwt', 'alg': 'none', 'kid': PRIVATE.thumbprint()})}.{GOOD.split('.', 1)[1]}",
    **{f"HS256 with the public key ({n})": with_the_public_key_as_a_secret(form) for n, form in enumerate(PUBLIC)},
    "PS256": signed(header={"alg": "PS256"}),
    "RS512": signed(header={"alg": "RS512"}),
    "another key": signed(by=OTHER),
    "an unknown kid": signed(header={"kid": OTHER.thumbprint()}, by=OTHER),
    "no kid": signed(header={"kid": ""}),
    "a key in the header": signed(header={"jwk": OTHER.as_dict(private=False)}, by=OTHER),
    "another type": signed(header={"typ": "JWT"}),
    "another issuer": signed({"iss": "https://elsewhere.invalid"}),
    "another audience": signed({"aud": "elsewhere"}),
    "several audiences": signed({"aud": ["payband"]}),
    "an hour ahead": signed({"iat": AT + HOUR, "exp": AT + HOUR + 900}),
    "an hour behind": signed({"iat": AT - HOUR, "exp": AT - HOUR + 900}),
    "a life of its own": signed({"exp": AT + HOUR}),
    "times as text": signed({"exp": str(AT + 900)}),
    "a time that is true": signed({"iat": True, "exp": 901}),
    "no expiry": signed({"exp": None}),
    "no session": signed({"sid": None}),
    "a session that is none": signed({"sid": "me"}),
    "a claim more": signed({"role": "admin"}),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(forged: str) -> None:
    assert verify_access_token(KNOWN, forged) is None


ANY = st.none() | st.text() | st.integers() | st.booleans() | st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)), ANY, min_size=1))
@settings(max_examples=60, deadline=None)
def test_claims_of_any_kind_are_judged(claims: dict[str, Any]) -> None:
    """Even with the right key; an unlikely hit says the same as the good token."""
    found = verify_access_token(KNOWN, signed(claims))
    assert found is None or (found.expires_at - found.issued_at).total_seconds() == 900


@pytest.mark.parametrize(("seconds", "good"), [(-11, False), (-10, True), (909, True), (910, False), (3_600, False)])
def test_clocks_may_differ_by_seconds_alone(seconds: int, good: bool) -> None:
    later = holding(key(), at=NOON + timedelta(seconds=seconds))
    assert (verify_access_token(later, GOOD) is not None) is good


def test_a_token_is_refused_once_its_key_is_withdrawn() -> None:
    assert verify_access_token(holding(key(gone=NOON)), GOOD) is None


@given(first=st.integers(0, 5_000), second=st.integers(0, 5_000), moment=st.integers(-2_000, 15_000))
def test_whoever_signs_is_published_before_and_until_its_last_token_has_expired(
    first: int, second: int, moment: int
) -> None:
    """With the lead of a rotation: the newer key is known to everybody before it signs."""
    lead, life = 600, 900
    begun, rotated = NOON, NOON + timedelta(seconds=first)
    signs = rotated + timedelta(seconds=lead)
    now = NOON + timedelta(seconds=second)
    ring = holding(key(at=begun), key(OTHER, at=rotated, signs=signs), at=now).keyring
    signer = ring.signer()
    assert signer is not None
    assert signer.id == (OTHER if now >= signs else PRIVATE).thumbprint()
    assert OTHER.thumbprint() in ring.published()
    for back in range(0, life + 1, 60):  # whatever was signed in the last life of a token can be checked now
        then = now - timedelta(seconds=back)
        if then >= begun:
            signed_then = holding(key(at=begun), key(OTHER, at=rotated, signs=signs), at=then).keyring.signer()
            assert signed_then is not None
            assert signed_then.id in ring.published()
    if now > signs + timedelta(seconds=life + 10):
        assert PRIVATE.thumbprint() not in ring.published()


def in_database(server: Server, work: Callable[[Database], Awaitable[None]]) -> None:
    with psycopg.connect(server.urls.admin) as connection:
        connection.execute("DELETE FROM signing_keys")
    on(server.urls.admin, work)


def test_the_first_key_is_made_once(postgres: Server) -> None:
    async def work(database: Database) -> None:
        async def one() -> str:
            known = context()
            async with database.transaction() as session:
                return (await known.keyring.ready(session)).id

        assert len(set(await asyncio.gather(*(one() for _ in range(4))))) == 1

    in_database(postgres, work)


def test_a_key_whose_transaction_failed_is_forgotten(postgres: Server) -> None:
    async def work(database: Database) -> None:
        known = context()
        with suppress(ZeroDivisionError):
            async with database.transaction() as session:
                await known.keyring.ready(session)
                raise ZeroDivisionError
        assert known.keyring.signer() is None
        assert known.keyring.published() == {}

    in_database(postgres, work)


def test_a_rotation_overlaps_and_removes_what_nothing_needs(postgres: Server) -> None:
    async def work(database: Database) -> None:
        async def rotate(at: datetime, **how: bool) -> tuple[str, str, set[str]]:
            """The new key, the one that signs, and those published."""
            known = context(fixed_clock(at))
            async with database.transaction() as session:
                await known.keyring.ready(session)
                made = await known.keyring.rotate(session, **how)
            signer = known.keyring.signer()
            assert signer is not None
            return made.id, signer.id, set(known.keyring.published())

        second, first, published = await rotate(NOON)
        assert published == {first, second}
        with pytest.raises(BadInput, match="begins to sign"):
            await rotate(NOON + timedelta(minutes=5))
        third, signer, published = await rotate(NOON + timedelta(days=1))
        assert signer == second
        assert published == {second, third}, "the first has gone"
        fourth, signer, published = await rotate(NOON + timedelta(days=1, minutes=1), at_once=True)
        assert signer == fourth
        assert published == {fourth}, "none of the others is trusted any more"

    in_database(postgres, work)


def test_a_key_that_we_did_not_make_is_not_believed(postgres: Server) -> None:
    """Whoever can write into the table, but has not the installation's secret key, cannot bring in one of their own."""

    async def work(database: Database) -> None:
        known = context()
        async with database.transaction() as session:
            await known.keyring.ready(session)
            plain = json.dumps(OTHER.as_dict(private=True)).encode()
            sealed = SECRETS.seal("another purpose", plain, OTHER.thumbprint())
            row = SigningKey(id=OTHER.thumbprint(), private_sealed=sealed, published_at=NOON, signs_from=NOON)
            session.add(row)
            await session.flush()
            await known.keyring.load(session)
            assert OTHER.thumbprint() not in known.keyring.published()
            assert known.keyring.signer() is not None
            await session.delete(row)

    in_database(postgres, work)


def test_private_parts_are_sealed_and_the_published_ones_public(postgres: Server) -> None:
    async def work(database: Database) -> None:
        known = context()
        async with database.transaction() as session:
            made = await known.keyring.ready(session)
        assert made.published.keys() == {"kty", "n", "e", "kid", "use", "alg"}
        secret = made.private.as_dict(private=True)
        with psycopg.connect(postgres.urls.admin) as connection:
            stored = connection.execute("SELECT private_sealed FROM signing_keys").fetchall()
        assert all(str(secret[name]).encode() not in row for (row,) in stored for name in ("d", "p", "n"))

    in_database(postgres, work)
