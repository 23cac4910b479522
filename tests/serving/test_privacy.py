"""The doors of privacy over HTTP: a package, leaving, staying, and what proves it."""

import asyncio
import io
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from accounts import programs
from accounts.context import Context
from accounts.jobs.worker import work
from accounts.keys.text import digest_of
from accounts.settings import AccountSettings
from kit.postgres import Server
from kit.store import Store
from tests.databases import SECRETS, context
from tests.serving.client import Client

SCOPES = ["account:write", "export:write"]
EXPORT = "/api/v1/export"


def key_of(postgres: Server, scopes: list[str]) -> str:
    key = programs.create_key(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org", "tests")
    with psycopg.connect(postgres.urls.admin) as connection:
        connection.execute("UPDATE api_keys SET scopes = %s WHERE hash = %s", [scopes, digest_of(key)])
    return key


@pytest.fixture
def owner(anonymous: Client, postgres: Server) -> Client:
    return anonymous.with_headers(**{"X-API-Key": key_of(postgres, SCOPES)})


@pytest.fixture
def other(anonymous: Client, postgres: Server) -> Client:
    return anonymous.with_headers(**{"X-API-Key": key_of(postgres, SCOPES)})


@pytest.fixture
def worked(postgres: Server, store: Store) -> Any:
    """Does what is due."""
    here = Context(SECRETS, AccountSettings(store=store.root))
    return lambda: asyncio.run(work(postgres.urls.worker, here, asyncio.Event(), once=True))


def doors(export_id: str = str(uuid.UUID(int=1))) -> Iterator[tuple[str, str]]:
    yield "POST", f"{EXPORT}/full-data"
    yield "GET", f"{EXPORT}/{export_id}"
    yield "GET", f"{EXPORT}/{export_id}/file"
    yield "DELETE", "/api/v1/users/me"
    yield "POST", "/api/v1/users/me/keep"


def test_only_who_may_is_let_in(anonymous: Client, postgres: Server) -> None:
    narrow = anonymous.with_headers(**{"X-API-Key": key_of(postgres, ["insights:read"])})
    for method, path in doors():
        for client, status, code in ((anonymous, 401, "missing-credential"), (narrow, 403, "missing-scope")):
            answer = client.request(method, path, headers={"X-Download-Token": "x"})
            assert (answer.status_code, answer.json()["code"]) == (status, code), path


def test_everything_is_handed_out_once(owner: Client, other: Client, worked: Any) -> None:
    asked = owner.post(f"{EXPORT}/full-data")
    assert asked.status_code == 202, asked.text
    export_id, token = asked.json()["id"], asked.json()["download_token"]
    assert (asked.json()["status"], asked.json()["parts_done"]) == ("waiting", 0)
    assert owner.post(f"{EXPORT}/full-data").json()["code"] == "conflict"
    file = f"{EXPORT}/{export_id}/file"
    early = owner.get(file, headers={"X-Download-Token": token})
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    worked()
    state = owner.get(f"{EXPORT}/{export_id}").json()
    assert (state["status"], state["parts_done"]) == ("ready", state["parts"])
    assert "download_token" not in state
    for client, sent, status, code in (
        (other, token, 404, "not-found"),
        (owner, "another", 403, "wrong-token"),
        (owner, "ä".encode("latin-1").decode("latin-1"), 403, "wrong-token"),
    ):
        answer = client.get(file, headers={"X-Download-Token": sent.encode("latin-1")})  # type: ignore[dict-item]
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert owner.get(file).json()["code"] == "invalid-parameter"
    fetched = owner.get(file, headers={"X-Download-Token": token})
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "application/zip")
    assert "users.json" in zipfile.ZipFile(io.BytesIO(fetched.content)).namelist()
    again = owner.get(file, headers={"X-Download-Token": token})
    assert (again.status_code, again.json()["code"]) == (410, "gone")
    assert owner.get(f"{EXPORT}/{export_id}").json()["status"] == "downloaded"
    assert other.get(f"{EXPORT}/{export_id}").status_code == 404
    assert owner.get(f"{EXPORT}/nothing").status_code == 422
    assert owner.post(f"{EXPORT}/full-data?colour=red").json()["code"] == "unknown-parameter"


def test_who_leaves_may_stay(owner: Client) -> None:
    assert owner.post("/api/v1/users/me/keep").json()["code"] == "conflict"
    left = owner.request("DELETE", "/api/v1/users/me")
    assert (left.status_code, left.json()["status"], left.headers["cache-control"]) == (202, "leaving", "no-store")
    assert owner.request("DELETE", "/api/v1/users/me").json()["code"] == "conflict"
    assert owner.request("DELETE", "/api/v1/users/me", json={"colour": "red"}).json()["code"] == "unknown-parameter"
    assert owner.request("DELETE", "/api/v1/users/me", json={"password": ""}).json()["code"] == "invalid-parameter"
    stays = owner.post("/api/v1/users/me/keep")
    assert (stays.status_code, stays.json()["status"]) == (200, "active")


def test_a_certificate_can_be_had_by_its_number(anonymous: Client) -> None:
    key = anonymous.get("/api/v1/privacy/key").json()
    assert (key["algorithm"], len(key["public_key"])) == ("Ed25519", 43)
    assert anonymous.get(f"/api/v1/privacy/certificates/{uuid.uuid4()}").json()["code"] == "not-found"
    assert anonymous.get("/api/v1/privacy/certificates/1").status_code == 422
