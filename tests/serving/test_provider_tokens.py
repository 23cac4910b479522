"""Tokens of another identity provider at the doors."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

from accounts.context import context_of
from accounts.users import service as users
from kit.database import Database
from kit.postgres import Server
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses, on
from tests.peers.oidc import Peer, Who, oidc_peer
from tests.peers.oidc.provider import AUDIENCE
from tests.serving.client import Client, serving
from tests.waiting import until

DOOR = "/api/v1/users/me"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with oidc_peer() as (running, _):
        running.who = Who(f"user_{uuid.uuid4().hex}", f"{uuid.uuid4().hex}@example.org")
        yield running


@pytest.fixture
def settings(peer: Peer, postgres: Server, tmp_path: Path) -> ServingSettings:
    file = tmp_path / "providers.yaml"
    file.write_text(yaml.safe_dump({"clerk": {"issuer": peer.issuer, "audience": [AUDIENCE], "trusts_email": True}}))
    return ServingSettings(store=tmp_path, secret_key=SECRET_KEY, providers=file, **addresses(postgres.urls))


@pytest.fixture
def client(settings: ServingSettings) -> Iterator[Client]:
    with serving(create_app(settings)) as running:
        until(
            lambda: running.get(DOOR, headers={"Authorization": "Bearer a.b.c"}).status_code == 401
        )  # it has its keys
        yield running


def ask(client: Client, token: str) -> tuple[int, str | None]:
    answer = client.get(DOOR, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code")


def test_a_good_token_opens_the_door_until_its_user_is_suspended(client: Client, peer: Peer, postgres: Server) -> None:
    token = peer.token()
    assert [ask(client, token) for _ in range(3)] == [(200, None)] * 3
    with psycopg.connect(postgres.urls.admin) as connection:
        connection.execute(
            "UPDATE users SET status = 'suspended' WHERE id = (SELECT user_id FROM provider_identities "
            "ORDER BY created_at DESC LIMIT 1)"
        )
    until(lambda: ask(client, token) == (403, "account-suspended"), 1)


def test_an_unlinked_identity_opens_nothing_within_a_second(client: Client, peer: Peer, postgres: Server) -> None:
    token = peer.token()
    assert ask(client, token) == (200, None)
    with psycopg.connect(postgres.urls.worker) as connection:
        connection.execute(
            "DELETE FROM provider_identities WHERE id = (SELECT id FROM provider_identities "
            "ORDER BY created_at DESC LIMIT 1)"
        )
    until(lambda: ask(client, token) == (401, "invalid-credential"), 1)


def test_a_provider_that_is_away_is_said_to_be(client: Client, peer: Peer) -> None:
    token = peer.token()
    peer.switches.away = True
    answer = client.get(DOOR, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_forged_token_opens_nothing(client: Client, peer: Peer, algorithm: str) -> None:
    peer.switches.algorithm = algorithm
    assert ask(client, peer.token()) == (401, "invalid-credential")


def test_an_account_whose_address_nobody_confirmed_is_in_the_way(
    client: Client, peer: Peer, settings: ServingSettings, postgres: Server
) -> None:
    async def register(database: Database) -> None:
        async with database.transaction() as session:
            await users.create_user(session, context_of(settings), str(peer.who.email))

    on(postgres.urls.application, register)
    assert ask(client, peer.token()) == (409, "account-exists")
