"""The application over a real PostgreSQL and no release, asked by people from addresses of their own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.context import Context
from accounts.users import repository
from accounts.users.addresses import digest_of
from kit.database import Database
from kit.postgres import Server
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses, on
from tests.people import CHEAP, PASSWORD, CountingHasher, knowing, letters_to, new_address, person, token_in_mail
from tests.serving.client import Client, serving

ADDRESSES = itertools.count(1)


def api_of(server: Server, folder: Path, **settings: Any) -> Iterator[Client]:
    """An application whose clients say where they ask from."""
    told: dict[str, Any] = {
        "trusted_proxies": "127.0.0.1/32",
        "even_answers_s": 0,
        **CHEAP,
        **addresses(server.urls),
        **settings,
    }
    app = create_app(ServingSettings(store=folder, secret_key=SECRET_KEY, **told))
    app.state.context.__dict__["hasher"] = CountingHasher(app.state.context.settings)
    with serving(app) as client:
        yield client


@pytest.fixture(scope="session")
def api(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    yield from api_of(postgres, tmp_path_factory.mktemp("account"))


@pytest.fixture(scope="session")
def tls(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The same behind TLS."""
    yield from api_of(postgres, tmp_path_factory.mktemp("tls"), public_url="https://api")


@dataclass
class Someone:
    """A person with an account, and how to ask as them."""

    server: Server
    client: Client
    email: str
    password: str = PASSWORD

    @property
    def context(self) -> Context:
        context: Context = self.client.app.state.context
        return context

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.client.post(f"/api/v1/auth/{path}", json={} if body is None else body, **more)

    def login(self, **more: Any) -> httpx.Response:
        return self.post("login", {"email": self.email, "password": self.password} | more)

    def sign_in(self) -> dict[str, Any]:
        """Tokens."""
        answer = self.login()
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        assert told["kind"] == "session"
        return told

    def signed_in(self, tokens: dict[str, Any] | None = None) -> Client:
        """Asks with an access token."""
        return self.client.with_headers(Authorization=f"Bearer {(tokens or self.sign_in())['access_token']}")

    def mails(self) -> list[tuple[str, str]]:
        return on(self.server.urls.worker, lambda database: self._mails(database))

    def token(self, kind: str) -> str:
        """The token in the last mail of this kind."""
        return on(self.server.urls.worker, lambda database: self._token(database, kind))

    async def _mails(self, database: Database) -> list[tuple[str, str]]:
        return await letters_to(self.server, await self._id(database))

    async def _token(self, database: Database, kind: str) -> str:
        return await token_in_mail(self.server, await self._id(database), kind)

    async def _id(self, database: Database) -> Any:
        async with database.transaction() as session:
            found = await repository.by_email(session, digest_of(self.context.secrets, self.email))
        assert found is not None
        return found.id


def elsewhere(client: Client) -> Client:
    """The same application, asked from an address that nobody has asked from yet."""
    number = next(ADDRESSES)
    return client.with_headers(**{"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"})


@pytest.fixture
def stranger(api: Client) -> Client:
    """Somebody without an account."""
    return elsewhere(api)


def somebody(server: Server, client: Client, **more: Any) -> Someone:
    """A new person who can sign in."""
    email = new_address()
    on(server.urls.application, lambda database: person(database, knowing(), email, **more))
    return Someone(server, elsewhere(client), email)


@pytest.fixture
def ann(postgres: Server, api: Client) -> Someone:
    return somebody(postgres, api)


@pytest.fixture
def bob(postgres: Server, api: Client) -> Someone:
    return somebody(postgres, api)
