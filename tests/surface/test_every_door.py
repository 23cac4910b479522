"""What every door does when it is asked too fast, for somebody else's things, or wrongly.

The doors are those that the application has. A new one is held to all of this without being named here, and fails
where something must be said of it first: a limit for whoever asks, whose thing an id names, a body that is good.
Who is let in stands in test_access.py; what each door is for is tested where the door's own tests are.
"""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import httpx
import psycopg
import pytest
from psycopg import sql

from billing.plans import HOUR_S
from kit.postgres import Server
from serving.app import create_app
from serving.limits import rates
from serving.limits.addresses import PER_ADDRESS
from serving.limits.policies import Policies, Policy
from serving.settings import ServingSettings
from tests.billing.licences.world import Hardware
from tests.callers import headers_of
from tests.databases import SECRET_KEY, addresses, context, postgres
from tests.serving.client import Client, serving
from tests.serving.licences.programs import ask, licensed_to
from tests.surface.routes import NOBODY, Route, routes_of

__all__ = ["postgres"]

# Anybody may ask these as often as they like: they are answered from memory.
UNLIMITED = {
    "/",
    "/api/v1/auth/providers",
    "/docs",
    "/docs/oauth2-redirect",
    "/errors",
    "/errors/{code}",
    "/health",
    "/openapi.json",
    "/ready",
    "/redoc",
}
# What is asked of a door for somebody else's thing, beyond the path.
ASKED: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/api/v1/export/{export_id}/file"): {"headers": {"X-Download-Token": "x"}},
    ("PATCH", "/api/v1/keys/{key_id}"): {"json": {"name": "desk"}},
    ("POST", "/api/v1/keys/{key_id}/rotate"): {"json": {}},
    ("PATCH", "/api/v1/webhook-endpoints/{hook_id}"): {"json": {"enabled": True}},
}
# nothing of their bodies is read before the signature
SIGNED_FIRST = {"/api/v1/webhooks/clerk", "/api/v1/webhooks/stripe"}


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Client]:
    """The application without a release, asked without a credential."""
    store = tmp_path_factory.mktemp("doors")
    with serving(create_app(ServingSettings(store=store, secret_key=SECRET_KEY, **addresses(postgres.urls)))) as client:
        yield client


@pytest.fixture
def routes(nobody: Client) -> list[Route]:
    return list(routes_of(nobody.app))


def asking(client: Client, server: Server, caller: str) -> Client:
    """The same application, asked by a new caller of this kind (tests/callers.py)."""
    return client.with_headers(**headers_of(caller, server, context()))


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", (answer.request.url, answer.text)
    return answer.status_code, answer.json()["code"]


def tells_to_wait(answer: httpx.Response) -> None:
    """Assert that it refuses one who asks too fast, with everything that tells when to come back."""
    assert code(answer) == (429, "rate-limited"), (answer.request.method, answer.request.url)
    assert 1 <= int(answer.headers["retry-after"]) <= HOUR_S
    assert f";q=1;w={HOUR_S}" in answer.headers["ratelimit-policy"]
    assert ";r=0;t=" in answer.headers["ratelimit"]


@pytest.mark.parametrize(("caller", "kind"), [("admin session", "session"), ("admin key", "key")])
def test_a_guarded_door_tells_who_asks_too_fast_to_wait(
    nobody: Client, postgres: Server, routes: list[Route], monkeypatch: pytest.MonkeyPatch, caller: str, kind: str
) -> None:
    once = Policies(Policy("burst", 1, HOUR_S), Policy("hour", 1, HOUR_S))
    monkeypatch.setitem(rates.BY_PLAN, "enterprise", once)
    hasty = asking(nobody, postgres, caller)
    assert hasty.get("/api/v1/users/me").status_code == 200
    guarded = [route for route in routes if route.needs is not None and kind in route.needs.kinds]
    assert len(guarded) > 20
    before = fingerprints(postgres)
    for route in guarded:
        tells_to_wait(hasty.request(route.method, route.at()))
    assert fingerprints(postgres) == before


def test_a_door_for_anybody_tells_an_address_to_wait(
    nobody: Client, postgres: Server, routes: list[Route], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, limit in enumerate(PER_ADDRESS):  # names of the tests' own: others asked from this address before
        monkeypatch.setattr(limit, "policies", Policies(Policy(f"once-{number}", 1, HOUR_S)))
    for path in ("/.well-known/jwks.json", "/api/v1/auth/providers/internal/start"):  # one of each
        assert nobody.get(path).status_code in (200, 404)
    assert nobody.post("/api/v1/licenses/validate").status_code == 422
    limited = [route for route in routes if route.needs is None and route.path not in UNLIMITED]
    assert len(limited) > 10
    for route in limited:
        tells_to_wait(nobody.request(route.method, route.at()))


def fingerprints(server: Server) -> dict[str, int]:
    """Of what every table holds, but for what a refused request leaves and what is written a while after one."""
    with psycopg.connect(server.urls.owner) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = sql.SQL("SELECT (to_jsonb(t) - 'last_used_at')::text FROM {} t ORDER BY 1")
        return {
            name: hash(tuple(connection.execute(rows.format(sql.Identifier(name))).fetchall()))
            for (name,) in names
            if not name.startswith(("usage_", "audit_"))
        }


def wrong(route: Route) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """Questions that no door may take: path, the rest of the request, and the codes of which one is told."""
    unknown, invalid = ("unknown-parameter",), ("invalid-parameter",)
    yield f"{route.at()}?colour=red", {}, unknown
    for name in route.parameters("query"):
        yield f"{route.at()}?{name}=1&{name}=1", {}, invalid
    if any(schema.get("format") == "uuid" for schema in route.parameters("path").values()):
        for odd in ("no-id", "%00", "%ED%A0%80"):
            yield route.at(odd), {}, (*invalid, "malformed-body")
    if route.told and "requestBody" in route.told and route.path not in SIGNED_FIRST:
        head = {"Content-Type": "application/json"}
        for body in (b"{", b"[]", b'"text"', b"\xff\xfe"):
            yield route.at(), {"content": body, "headers": head}, ("malformed-body", *invalid)
        yield route.at(), {"content": b'{"colour": "red"}', "headers": head}, unknown


def test_a_door_that_is_asked_wrongly_says_so_and_does_nothing(
    nobody: Client, postgres: Server, routes: list[Route]
) -> None:
    admin = asking(nobody, postgres, "admin session")
    before = fingerprints(postgres)
    for route in routes:
        if route.told is None:
            continue  # a page, which takes no parameters and does nothing
        client = nobody if route.needs is None else admin
        for path, more, codes in wrong(route):
            status, found = code(client.request(route.method, path, **more))
            assert status == 422, (route.method, path, more, found)
            assert found in codes, (route.method, path, more)
    assert fingerprints(postgres) == before


def things_of(client: Client, server: Server) -> dict[str, str]:
    """One of everything that somebody can have, by the name of the path parameter that names it."""
    wish = {"url": "https://example.org/", "kinds": ["release.published"]}
    hook = client.post("/api/v1/webhook-endpoints", json=wish).json()["id"]
    user_id = client.get("/api/v1/users/me").json()["id"]
    held, laptop = licensed_to(server, user_id), Hardware.new()
    return {
        "hook_id": hook,
        "tax_id": "txi_1",
        "checkout_id": "cs_test_1",
        "delivery_id": client.post(f"/api/v1/webhook-endpoints/{hook}/test").json()["id"],
        "user_id": user_id,
        "licence_id": str(held.id),
        "machine_id": ask(client, "activate", held.key, laptop).json()["machine_id"],
        "key_id": client.post("/api/v1/keys", json={"name": "laptop"}).json()["id"],
        "session_id": client.get("/api/v1/auth/sessions").json()["sessions"][0]["id"],
        "export_id": client.post("/api/v1/export/full-data").json()["id"],
    }


def test_what_is_somebody_elses_is_not_there(nobody: Client, postgres: Server, routes: list[Route]) -> None:
    """Neither by its id, of which nothing shows that it is anything, nor in a list."""
    ann, bob = (asking(nobody, postgres, "user session") for _ in range(2))
    things = things_of(ann, postgres)
    own = [route for route in routes if route.needs is not None and route.needs.role == "user"]
    before = fingerprints(postgres)
    for route in own:
        named = [name for name in things if f"{{{name}}}" in route.path]
        assert named or "{" not in route.path, f"{route.path}: say in things_of what its parameter names"
        more = ASKED.get((route.method, route.path), {})
        if named:
            thing = things[named[0]]
            theirs, missing = (bob.request(route.method, route.at(each), **more) for each in (thing, NOBODY))
            assert code(theirs) == (404, "not-found"), f"{route}: say in ASKED what it must be asked"
            assert json.loads(theirs.text.replace(thing, NOBODY)) == missing.json() | {"request_id": ANY}
        elif route.method == "GET":
            told = bob.get(route.path).text
            assert not [thing for thing in things.values() if thing in told], route
    assert fingerprints(postgres) == before
