"""What every answer has, whoever made it, and what a browser is told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses
from tests.serving import marts
from tests.serving.client import Client, serving

DOOR = DOORS[0]
ORIGIN = "https://app.example.org"


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory, taxonomy: Path, postgres: Server) -> Iterator[Client]:
    """The application where TLS is in front, and pages of ORIGIN may ask."""
    store = Store(tmp_path_factory.mktemp("edge"))
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    told = {"public_url": "https://api.example.org", "cors_origins": (ORIGIN,), "secret_key": SECRET_KEY}
    app = create_app(ServingSettings(store=store.root, **told, **addresses(postgres.urls)))
    app.add_api_route("/broken", broken)
    with serving(app) as client:
        yield client


async def broken() -> None:
    raise ZeroDivisionError("a secret of the inside")


def answers(client: Client, key: str) -> list[tuple[str, dict[str, str]]]:
    good = {"Authorization": f"Bearer {key}"}
    asked = [
        ("fast lane", client.get(DOOR.path, params=DOOR.example, headers=good)),
        ("again", client.get(DOOR.path, params=DOOR.example, headers=good)),
        ("framework", client.post(DOOR.path, json=DOOR.example, headers=good)),
        ("refused", client.get(DOOR.path, params=DOOR.example)),
        ("nowhere", client.get("/nowhere")),
        ("too large", client.post(DOOR.path, content=b"x" * 100_000, headers=good)),
        ("broken", client.get("/broken")),
        ("public", client.get("/health")),
    ]
    etag = asked[0][1].headers["etag"]
    asked.append(("unchanged", client.get(DOOR.path, params=DOOR.example, headers=good | {"If-None-Match": etag})))
    return [(name, dict(answer.headers)) for name, answer in asked]


def test_every_answer_has_an_id_and_what_protects_its_reader(behind_tls: Client, key: str) -> None:
    found = answers(behind_tls, key)
    for name, headers in found:
        assert headers["x-content-type-options"] == "nosniff", name
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert headers["strict-transport-security"].startswith("max-age=31536000"), name
        assert headers["referrer-policy"] == "no-referrer", name
    assert len({headers["x-request-id"] for _, headers in found}) == len(found)


def test_without_tls_browsers_are_not_told_to_insist_on_it(anonymous: Client) -> None:
    assert "strict-transport-security" not in anonymous.get("/health").headers


def test_a_fault_tells_its_id_and_nothing_else(behind_tls: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = behind_tls.get("/broken", headers={"X-Request-ID": "our-own-id-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "our-own-id-1"
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/errors", "/errors/internal"])
def test_public_doors_ignore_no_parameter_either(anonymous: Client, path: str) -> None:
    answer = anonymous.get(path, params={"colour": "red"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")


def test_pages_of_allowed_origins_may_ask_and_no_others(behind_tls: Client, anonymous: Client, key: str) -> None:
    good = {"Authorization": f"Bearer {key}", "Origin": ORIGIN}
    for _ in range(2):  # by the framework, and from the fast lane
        answer = behind_tls.get(DOOR.path, params=DOOR.example, headers=good)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
    ahead = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    assert behind_tls.request("OPTIONS", DOOR.path, headers=ahead).status_code == 200
    foreign = {"Origin": "https://evil.example.org"}
    assert "access-control-allow-origin" not in behind_tls.get("/health", headers=foreign).headers
    assert behind_tls.request("OPTIONS", DOOR.path, headers=ahead | foreign).status_code == 400
    assert "access-control-allow-origin" not in anonymous.get("/health", headers={"Origin": ORIGIN}).headers
