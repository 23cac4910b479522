"""Two processes of the API on one port: what is revoked, by whomever, is refused by both within a second."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from accounts.context import Context
from accounts.programs import create_key, list_keys, revoke_key
from accounts.sessions.programs import rotate_signing_key
from accounts.settings import AccountSettings
from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from tests.callers import headers_of
from tests.databases import SECRETS, STORE, context
from tests.serving.processes import Api, running_api
from tests.waiting import until

DOOR = DOORS[0]
WORKERS = 2


@pytest.fixture(scope="module")
def api(store: Store, postgres: Server) -> Iterator[Api]:
    """Two worker processes on one port."""
    before = set(listeners(postgres))
    with running_api(store, postgres.urls, workers=WORKERS) as api:
        until(lambda: len(set(listeners(postgres)) - before) >= WORKERS)
        yield api


def listeners(postgres: Server) -> list[int]:
    """The server's processes at the other end of connections that listen."""
    query = "SELECT pid FROM pg_stat_activity WHERE usename = 'payband_app' AND query = 'SELECT 1'"
    with psycopg.connect(postgres.urls.owner) as connection:
        return [pid for (pid,) in connection.execute(query).fetchall()]


def statuses(api: Api, key: str, count: int = 12) -> set[int]:
    """What so many requests get: enough that either process answers some."""
    return {
        api.client.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": key}).status_code for _ in range(count)
    }


def refused_within(api: Api, key: str, seconds: float) -> None:
    time.sleep(seconds)
    assert statuses(api, key) == {401}


def key_of(postgres: Server, email: str) -> str:
    return create_key(postgres.urls.admin, context(), email, "revoked soon", plan="enterprise")


def revoke(postgres: Server, email: str) -> None:
    for key in list_keys(postgres.urls.admin, context(), email):
        assert revoke_key(postgres.urls.admin, context(), key.id)


def test_a_revoked_key_is_refused_by_every_process_within_a_second(api: Api, postgres: Server) -> None:
    email = "two@example.org"
    key = key_of(postgres, email)
    assert statuses(api, key) == {200}
    time.sleep(1.5)
    assert statuses(api, key) == {200}
    revoke(postgres, email)
    refused_within(api, key, 0.9)


def test_so_it_is_when_nobody_listens(api: Api, postgres: Server) -> None:
    email = "cut@example.org"
    key = key_of(postgres, email)
    assert statuses(api, key) == {200}
    before = set(listeners(postgres))
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        for pid in before:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    revoke(postgres, email)
    refused_within(api, key, 0.9)
    until(lambda: len(set(listeners(postgres)) - before) >= WORKERS)
    again = key_of(postgres, email)
    assert statuses(api, again) == {200}


def test_tokens_of_a_withdrawn_signing_key_are_refused_and_those_of_its_successor_taken(
    api: Api, postgres: Server
) -> None:
    def new_token() -> str:
        """The access token of a new session, as a process that just began would sign it."""
        settings = AccountSettings(store=STORE, public_url=api.url)  # which is who issues tokens there
        headers = headers_of("user session", postgres, Context(SECRETS, settings))
        return headers["Authorization"].removeprefix("Bearer ")

    old = new_token()
    assert statuses(api, old) == {200}
    rotate_signing_key(postgres.urls.admin, context(), at_once=True)
    refused_within(api, old, 0.9)
    assert statuses(api, new_token()) == {200}
