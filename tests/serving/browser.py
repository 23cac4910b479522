"""Sign in by another provider: one over real HTTP, an application that offers it, and a browser between them."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import yaml

from kit.postgres import Server
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses
from tests.peers.oidc import CLIENT_ID, Peer, Who, oidc_peer
from tests.peers.oidc.provider import CLIENT_SECRET
from tests.serving.client import Client, serving

AT = "/api/v1/auth/providers/google"
ELSEWHERE = "https://app.example.org/signed-in"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with oidc_peer() as (running, _):
        running.who = Who(f"subject_{uuid.uuid4().hex}", f"{uuid.uuid4().hex}@example.org", name="Ann")
        yield running


@pytest.fixture
def settings(peer: Peer, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServingSettings:
    monkeypatch.setenv("PAYBAND_TEST_CLIENT", CLIENT_SECRET)
    sign_in = {"client_id": CLIENT_ID, "client_secret": "PAYBAND_TEST_CLIENT"}
    google = {"issuer": peer.issuer, "trusts_email": True, "sign_in": sign_in}
    file = tmp_path / "providers.yaml"
    file.write_text(yaml.safe_dump({"google": google, "tokens": {"issuer": peer.issuer, "audience": ["a"]}}))
    told: dict[str, Any] = {"store": tmp_path, "secret_key": SECRET_KEY, "providers": file, "public_url": "http://api"}
    return ServingSettings(sign_in_redirects=(ELSEWHERE,), **told, **addresses(postgres.urls))


@pytest.fixture
def client(settings: ServingSettings) -> Iterator[Client]:
    with serving(create_app(settings)) as running:
        yield running


class Browser:
    """Goes where it is sent, with the cookies that it was given."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, url: str) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.client.get(url.removeprefix("http://api"), headers={"Cookie": cookies} if cookies else {})
        self.cookies |= dict(answer.cookies)
        return answer

    def start(self, **query: str) -> str:
        """The provider's page."""
        answer = self.get(f"{AT}/start?{urlencode(query)}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def at_provider(self, url: str) -> str:
        """The way back."""
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def sign_in(self, **query: str) -> httpx.Response:
        return self.get(self.at_provider(self.start(**query)))


def refused(answer: httpx.Response, code: str = "sign-in-failed", status: int = 401) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "payband_refresh" not in answer.cookies
    detail: str = answer.json()["detail"]
    return detail
