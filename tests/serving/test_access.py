"""Who is let in, at every door and by every method."""

from typing import Any

import pytest

from accounts.keys.text import new_key
from serving.api import DOORS
from serving.doors import Door
from tests.serving.client import Client

ASKED = [(door, method) for door in DOORS for method in door.methods]
EACH = pytest.mark.parametrize(("door", "method"), ASKED, ids=lambda value: getattr(value, "name", value))


def ask(client: Client, door: Door, method: str, **more: Any) -> Any:
    if method == "GET":
        return client.get(door.path, params=door.example, **more)
    return client.post(door.path, json=door.example, **more)


@EACH
def test_a_good_key_is_let_in(client: Client, door: Door, method: str) -> None:
    for _ in range(2):  # through the framework, then past it
        answer = ask(client, door, method)
        assert answer.status_code == 200
        door.shape.model_validate_json(answer.content)
        assert answer.headers["x-request-id"]


@EACH
def test_without_a_key_nobody_is(anonymous: Client, door: Door, method: str) -> None:
    answer = ask(anonymous, door, method)
    assert answer.status_code == 401
    assert answer.json()["code"] == "missing-credential"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


WRONG = {
    "empty": "",
    "short": "pb_live_short",
    "unknown": new_key("live"),
    "mistyped": new_key("live")[:-1] + "!",
    "not ASCII": "ä" * 46,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@EACH
def test_a_wrong_key_is_refused(anonymous: Client, door: Door, method: str, wrong: str) -> None:
    answer = ask(anonymous, door, method, headers={"X-API-Key": wrong.encode()})
    assert answer.status_code == 401
    assert answer.json()["code"] == ("invalid-credential" if wrong else "missing-credential")
    assert wrong not in answer.text or not wrong


def test_a_key_may_stand_in_either_header(anonymous: Client, key: str) -> None:
    door = DOORS[0]
    for headers in ({"X-API-Key": key}, {"Authorization": f"bearer {key}"}):
        assert ask(anonymous, door, "GET", headers=headers).status_code == 200


def test_a_key_in_the_address_is_not_read(anonymous: Client, key: str) -> None:
    answer = anonymous.get(DOORS[0].path, params=DOORS[0].example | {"api_key": key})
    assert answer.status_code == 401


@EACH
def test_an_unknown_parameter_is_named(client: Client, door: Door, method: str) -> None:
    wrong = door.example | {"colour": "red"}
    answer = client.get(door.path, params=wrong) if method == "GET" else client.post(door.path, json=wrong)
    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown-parameter"
    assert answer.json()["faults"] == [{"parameter": "colour", "message": "not a parameter of this door"}]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_an_answer_that_the_caller_has_is_not_sent_again(client: Client, door: Door) -> None:
    for _ in range(2):
        first = client.get(door.path, params=door.example)
        again = client.get(door.path, params=door.example, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]
        assert "private" in first.headers["cache-control"]
        other = client.get(door.path, params=door.example, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


@pytest.mark.parametrize("door", [door for door in DOORS if "POST" in door.methods], ids=lambda door: door.name)
def test_post_and_get_answer_alike(client: Client, door: Door) -> None:
    posted, got = ask(client, door, "POST"), ask(client, door, "GET")
    assert posted.content == got.content == ask(client, door, "GET").content
    assert posted.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_an_older_release_answers_when_it_is_asked(client: Client, door: Door) -> None:
    now = client.get(door.path, params=door.example)
    then = client.get(door.path, params=door.example | {"as_of": "2026-10-03"})
    assert then.headers["x-release"].startswith("20261001")
    assert now.headers["x-release"].startswith("20261008")
    named = client.get(door.path, params=door.example | {"release": then.headers["x-release"]})
    assert named.headers["x-release"] == then.headers["x-release"]
    assert ("immutable" in named.headers["cache-control"]) is not door.past  # causes may be explained later
    early = client.get(door.path, params=door.example | {"as_of": "2020-01-01"})
    assert (early.status_code, early.json()["code"]) == (404, "no-such-release")
    both = client.get(door.path, params=door.example | {"as_of": "2026-10-03", "release": "x"})
    assert (both.status_code, both.json()["code"]) == (422, "invalid-parameter")
