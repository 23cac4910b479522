"""Flags over HTTP: administrators set them, doors obey them within a second, users see what they have."""

import uuid
from collections.abc import Iterator

import pytest

from accounts import programs
from accounts.flags.programs import set_flag
from kit.postgres import Server
from tests.databases import context
from tests.serving.client import Client
from tests.waiting import until

NAME, DOOR, MINE = "webhook-endpoints", "/api/v1/webhook-endpoints", "/api/v1/users/me/flags"


@pytest.fixture
def admin(anonymous: Client, postgres: Server) -> Iterator[Client]:
    key = programs.create_admin(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org")
    yield anonymous.with_headers(**{"X-API-Key": key, "X-Reason": "trying it"})
    set_flag(postgres.urls.admin, context(), NAME, None, "tried")


def test_a_door_that_is_taken_back_is_closed_and_opened_again(admin: Client) -> None:
    assert admin.get(DOOR).status_code == 200
    assert admin.request("PUT", f"/api/v1/admin/flags/{NAME}", json={"percent": 0}).json()["percent"] == 0
    until(lambda: admin.get(DOOR).status_code == 403)
    assert admin.get(DOOR).json()["code"] == "not-let-out"
    assert admin.get(MINE).json()["flags"][NAME] is False
    told = admin.get("/api/v1/admin/flags").json()
    assert told["environment"] == "production"
    assert {each["name"]: (each["percent"], each["usual"]) for each in told["flags"]}[NAME] == (0, 100)
    assert admin.request("PUT", f"/api/v1/admin/flags/{NAME}", json={"percent": None}).json()["percent"] == 100
    until(lambda: admin.get(DOOR).status_code == 200)
    assert admin.get(MINE).json()["flags"][NAME] is True


@pytest.mark.parametrize("body", [{}, {"percent": 101}, {"percent": -1}, {"percent": 2.5}, {"percent": 5, "to": "all"}])
def test_what_is_no_percentage_is_refused(admin: Client, body: dict[str, object]) -> None:
    answer = admin.request("PUT", f"/api/v1/admin/flags/{NAME}", json=body)
    assert answer.status_code == 422
    assert admin.get(MINE).json()["flags"][NAME] is True


def test_a_flag_that_there_is_not_is_not_found(admin: Client) -> None:
    answer = admin.request("PUT", "/api/v1/admin/flags/nothing", json={"percent": 5})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
