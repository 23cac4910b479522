"""The first request after a start: tokens of sessions are judged at once, and a database that is away delays nobody."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from kit.database import Database
from kit.postgres import Server
from serving import app as application
from serving.settings import ServingSettings
from tests.databases import NOWHERE, SECRET_KEY, addresses, on
from tests.people import CHEAP, PASSWORD, knowing, new_address, person
from tests.serving.client import Client, serving

ME = "/api/v1/users/me"


def started(folder: Path, **told: Any) -> Iterator[Client]:
    made = application.create_app(ServingSettings(store=folder, secret_key=SECRET_KEY, **CHEAP, **told))
    with serving(made) as client:
        yield client


@pytest.fixture
def token(postgres: Server, tmp_path: Path) -> str:
    """An access token, from an API that is over."""
    email = new_address()

    async def make(database: Database) -> None:
        await person(database, knowing(), email)

    on(postgres.urls.application, make)
    for client in started(tmp_path, **addresses(postgres.urls)):
        answer = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_the_first_request_may_come_with_a_session(postgres: Server, tmp_path: Path, token: str) -> None:
    for client in started(tmp_path, **addresses(postgres.urls)):
        answer = client.get(ME, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text


def test_it_starts_while_the_database_is_down(tmp_path: Path, token: str) -> None:
    for client in started(tmp_path, **addresses(NOWHERE)):
        answer = client.get(ME, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
        assert client.get("/health").status_code == 200


def test_it_starts_while_the_database_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "KEYS_WITHIN_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never says a word
        port = silent.getsockname()[1]
        told = {
            name: SecretStr(url.get_secret_value().replace(":1/", f":{port}/"))
            for name, url in addresses(NOWHERE).items()
        }
        before = time.monotonic()
        for client in started(tmp_path, **told):
            assert time.monotonic() - before < 4
            assert client.get("/health").status_code == 200
