"""Who becomes which user by a token of another provider, and which settings of providers are refused."""

import asyncio
import uuid
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.context import Context
from accounts.errors import Refused
from accounts.identities.prover import Suspended
from accounts.identity import Caller
from accounts.providers.prover import ProviderProver
from accounts.providers.settings import read_providers
from accounts.settings import AccountSettings
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from tests.accounts.provider_doors import NOWHERE, Door, Running, asked, found, holder_of, running, told
from tests.databases import SECRETS, on
from tests.peers.oidc.provider import key

__all__ = ["running"]


def an_account(server: Server, address: str, *, confirmed: bool) -> uuid.UUID:
    async def make(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            context = Context(SECRETS, AccountSettings())
            user = await users.create_user(session, context, address)
            user.email_verified_at = context.clock() if confirmed else None
            return user.id

    return on(server.urls.application, make)


def test_a_confirmed_account_is_joined_by_a_trusted_address(postgres: Server, running: Running, tmp_path: Path) -> None:
    peer, _ = running
    assert peer.who.email is not None
    mine = an_account(postgres, peer.who.email.upper(), confirmed=True)
    caller = holder_of(postgres, told(tmp_path, peer.issuer), peer.token())
    assert caller is not None
    assert caller.user_id == mine
    with psycopg.connect(postgres.urls.admin) as connection:  # and they are told
        kinds = connection.execute("SELECT kind FROM mails WHERE user_id = %s", [mine]).fetchall()
    assert kinds == [("provider_linked",)]


def test_an_account_that_nobody_confirmed_is_neither_joined_nor_displaced(
    postgres: Server, running: Running, tmp_path: Path
) -> None:
    peer, _ = running
    assert peer.who.email is not None
    trap = an_account(postgres, peer.who.email, confirmed=False)
    for _ in range(2):
        with pytest.raises(Refused) as raised:
            found(postgres, told(tmp_path, peer.issuer), peer.token())
        assert raised.value.code == "account-exists"

    async def look(database: Database) -> uuid.UUID | None:
        async with database.transaction() as session:
            return await users_repository.id_by_email(session, digest_of(SECRETS, str(peer.who.email)))

    assert on(postgres.urls.application, look) == trap


@pytest.mark.parametrize("distrust", ["unverified", "untrusted", "no address", "malformed"])
def test_no_account_is_taken_over_by_an_address_that_is_not_vouched_for(
    postgres: Server, running: Running, tmp_path: Path, distrust: str
) -> None:
    peer, _ = running
    assert peer.who.email is not None
    theirs = an_account(postgres, peer.who.email, confirmed=True)
    peer.who.email_verified = distrust != "unverified"
    if distrust in ("no address", "malformed"):
        peer.who.email = None if distrust == "no address" else "nobody@@example"
    caller = holder_of(postgres, told(tmp_path, peer.issuer, trusts_email=distrust != "untrusted"), peer.token())
    assert caller is not None
    assert caller.user_id != theirs

    async def look(database: Database) -> bytes | None:
        async with database.transaction(caller.user_id) as session:
            user = await users_repository.by_id(session, caller.user_id)
            assert user is not None
            return user.email_digest

    assert on(postgres.urls.application, look) is None


def test_two_first_sights_at_once_are_one_user(postgres: Server, running: Running, tmp_path: Path) -> None:
    peer, _ = running

    async def ask(door: Door) -> set[uuid.UUID]:
        callers = await asyncio.gather(*(door.verify(peer.token(jti=str(n))) for n in range(5)))
        return {caller.user_id for caller in callers if isinstance(caller, Caller)}

    assert len(asked(postgres, told(tmp_path, peer.issuer), ask)) == 1


def test_who_is_suspended_or_erased_does_not_come_in(postgres: Server, running: Running, tmp_path: Path) -> None:
    peer, _ = running
    context = told(tmp_path, peer.issuer)
    caller = holder_of(postgres, context, peer.token())
    assert caller is not None

    async def suspend(database: Database) -> None:
        async with database.transaction() as session:
            await users_repository.change(session, caller.user_id, status="suspended")

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            user = await users_repository.by_id(session, caller.user_id)
            await session.delete(user)

    on(postgres.urls.worker, suspend)
    assert found(postgres, context, peer.token()) == Suspended(caller.user_id)
    on(postgres.urls.worker, erase)
    with pytest.raises(Refused) as raised:
        found(postgres, context, peer.token())
    assert raised.value.code == "invalid-credential"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("clerk: {issuer: 'https://a.example'}", "for nothing"),
        ("clerk: {issuer: 'http://a.example', audience: [a]}", "https"),
        ("clerk: {issuer: 'https://a.example', audience: [a], colour: red}", "colour"),
        ("clerk: {issuer: 'https://a.example', webhook_secret: PAYBAND_NOT_SET}", "PAYBAND_NOT_SET"),
        ("Clerk!: {issuer: 'https://a.example', audience: [a]}", "name"),
        ("a: {issuer: 'https://a.example', audience: [a]}\nb: {issuer: 'https://a.example', audience: [b]}", "same"),
        ("clerk: [", "YAML"),
        ("[]", "dict"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "providers.yaml"
    file.write_text(content)
    with pytest.raises(BadInput, match=why):
        read_providers(file)


def test_a_pinned_key_must_be_a_good_one(tmp_path: Path) -> None:
    made = rsa.generate_private_key(65_537, 1_024).public_key()
    weak = made.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    for pem in ("nothing", weak, key(1).as_pem(private=True).decode()):
        context = told(tmp_path, "https://a.example", public_key=pem)
        with pytest.raises(BadInput, match="2048"):
            ProviderProver(context, NOWHERE)
