"""The doors of API keys: what they do, whom they refuse, and what a key can never give."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from accounts.keys.networks import read_networks
from accounts.keys.rights import Rights
from accounts.programs import create_key
from accounts.scopes import SCOPES, scopes_of
from billing.plans import PLANS
from kit.postgres import Server
from serving.api import DOORS
from tests.databases import context
from tests.serving.client import Client

KEYS = "/api/v1/keys"
DOOR = DOORS[0]
ALL = Rights(scopes_of("user"))
SOON = datetime.now(UTC) + timedelta(days=1)


def asking(
    anonymous: Client, postgres: Server, rights: Rights = ALL, *, email: str = "", plan: str = "basic"
) -> Client:
    """A client with a key of these rights, of a user of their own unless an address is given."""
    email = email or f"{uuid.uuid4().hex}@example.org"
    key = create_key(postgres.urls.admin, context(), email, "the tests' own", rights, plan=plan)
    return anonymous.with_headers(**{"X-API-Key": key})


@pytest.fixture
def owner(anonymous: Client, postgres: Server) -> Client:
    """A user's key that may do all that a user may."""
    return asking(anonymous, postgres)


def made(client: Client, **wish: Any) -> dict[str, Any]:
    answer = client.post(KEYS, json={"name": "laptop", **wish})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def doors(key_id: str) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    yield "GET", KEYS, None
    yield "POST", KEYS, {"name": "laptop"}
    yield "GET", f"{KEYS}/{key_id}", None
    yield "PATCH", f"{KEYS}/{key_id}", {"name": "desk"}
    yield "POST", f"{KEYS}/{key_id}/rotate", {}
    yield "DELETE", f"{KEYS}/{key_id}", None


def works(anonymous: Client, key: str) -> int:
    return anonymous.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": key}).status_code


def test_a_key_is_made_shown_once_changed_and_revoked(anonymous: Client, owner: Client) -> None:
    key = made(owner, scopes=["insights:read", "usage:read"], networks=["127.0.0.0/8"], expires_at=SOON.isoformat())
    assert key["key"].startswith(key["prefix"])
    assert key["state"] == "live"
    assert works(anonymous, key["key"]) == 200
    shown = owner.get(f"{KEYS}/{key['id']}").json()
    assert shown == {name: value for name, value in key.items() if name != "key"} | {"last_used_at": None}
    assert key["key"] not in owner.get(KEYS).text

    changed = owner.request("PATCH", f"{KEYS}/{key['id']}", json={"name": "desk", "expires_at": None}).json()
    assert (changed["name"], changed["expires_at"], changed["scopes"]) == ("desk", None, key["scopes"])
    assert owner.request("PATCH", f"{KEYS}/{key['id']}", json={"scopes": ["usage:read"]}).status_code == 200
    assert works(anonymous, key["key"]) == 403, "at once, in the process that did it"
    owner.request("PATCH", f"{KEYS}/{key['id']}", json={"scopes": ["insights:read"], "networks": ["203.0.113.7"]})
    answer = anonymous.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": key["key"]})
    assert code(answer) == (403, "address-not-allowed")
    owner.request("PATCH", f"{KEYS}/{key['id']}", json={"networks": []})
    assert works(anonymous, key["key"]) == 200

    for _ in range(2):
        assert owner.request("DELETE", f"{KEYS}/{key['id']}").status_code == 204
        assert works(anonymous, key["key"]) == 401
    assert owner.get(f"{KEYS}/{key['id']}").json()["state"] == "revoked"
    for method, path, body in list(doors(key["id"]))[3:5]:
        assert code(owner.request(method, path, json=body)) == (409, "key-not-live")


def test_the_list_has_pages(owner: Client) -> None:
    ids = [made(owner)["id"] for _ in range(3)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = owner.get(KEYS, params={"limit": 2, **cursor}).json()
        seen += [key["id"] for key in page["keys"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen[:3] == ids[::-1]
    assert len(seen) == len(set(seen)) == 4


def test_a_rotated_key_works_on_for_the_overlap(anonymous: Client, owner: Client) -> None:
    old = made(owner, scopes=["insights:read", "usage:read"], networks=["127.0.0.1"])
    answer = owner.post(f"{KEYS}/{old['id']}/rotate", json={"overlap_s": 3600})
    assert answer.status_code == 201
    new = answer.json()
    assert {name: new[name] for name in ("name", "scopes", "networks", "mode")} == {
        name: old[name] for name in ("name", "scopes", "networks", "mode")
    }
    assert works(anonymous, old["key"]) == works(anonymous, new["key"]) == 200
    shown = owner.get(f"{KEYS}/{old['id']}").json()
    assert shown["replaced_by"] == new["id"]
    ends = datetime.fromisoformat(shown["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < ends <= timedelta(hours=1)
    assert code(owner.post(f"{KEYS}/{old['id']}/rotate")) == (409, "key-rotated")
    late = owner.request("PATCH", f"{KEYS}/{old['id']}", json={"expires_at": None})
    assert code(late) == (409, "key-rotated")

    newest = owner.post(f"{KEYS}/{new['id']}/rotate", json={"overlap_s": 0}).json()
    assert works(anonymous, new["key"]) == 401
    assert works(anonymous, newest["key"]) == 200


def test_rotation_goes_not_past_a_key_s_own_end(owner: Client) -> None:
    key = made(owner, expires_at=SOON.isoformat())
    new = owner.post(f"{KEYS}/{key['id']}/rotate", json={"overlap_s": 604_800}).json()
    ends = [datetime.fromisoformat(owner.get(f"{KEYS}/{each['id']}").json()["expires_at"]) for each in (key, new)]
    assert ends == [SOON, SOON]


def test_a_key_cannot_give_what_it_has_not(anonymous: Client, postgres: Server) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    bounds = Rights(frozenset({"keys:write", "keys:read"}), "live", SOON, read_networks(["127.0.0.0/8"]))
    narrow = asking(anonymous, postgres, bounds, email=email)
    within = {
        "scopes": ["keys:read"], "expires_at": SOON.isoformat(), "networks": ["127.0.0.1"],
    }  # fmt: skip
    key = made(narrow, **within)
    beyond: list[dict[str, Any]] = [
        {"scopes": ["insights:read"]},
        {"expires_at": None},
        {"expires_at": (SOON + timedelta(seconds=1)).isoformat()},
        {"networks": []},
        {"networks": ["127.0.0.1", "203.0.113.7"]},
        {"networks": ["::1"]},
    ]
    for wish in beyond:
        assert code(narrow.post(KEYS, json={"name": "x", **within, **wish})) == (403, "beyond-own-rights"), wish
        answer = narrow.request("PATCH", f"{KEYS}/{key['id']}", json=wish)
        assert code(answer) == (403, "beyond-own-rights"), wish
    assert narrow.get(f"{KEYS}/{key['id']}").json() == {n: v for n, v in key.items() if n != "key"}

    wide = made(asking(anonymous, postgres, email=email), scopes=["insights:read"])
    assert code(narrow.post(f"{KEYS}/{wide['id']}/rotate")) == (403, "beyond-own-rights")
    assert narrow.request("PATCH", f"{KEYS}/{wide['id']}", json={"name": "desk"}).status_code == 200
    admin = asking(anonymous, postgres).post(KEYS, json={"name": "x", "scopes": ["admin:read"]})
    assert code(admin) == (403, "beyond-own-rights"), "no user has an administrator's scope"


def test_a_test_key_touches_nothing_real(anonymous: Client, owner: Client, postgres: Server) -> None:
    for scope in sorted(scopes_of("user") - {"insights:read"}):
        answer = owner.post(KEYS, json={"name": "x", "mode": "test", "scopes": ["insights:read", scope]})
        assert code(answer) == (422, "invalid-parameter")
        assert f"not {scope}" in answer.json()["detail"]
    key = made(owner, mode="test")
    answer = owner.request("PATCH", f"{KEYS}/{key['id']}", json={"scopes": ["account:write"]})
    assert code(answer) == (422, "invalid-parameter")
    with psycopg.connect(postgres.urls.owner) as connection:  # as one was that was made before there was this rule
        every = sorted(scopes_of("user"))
        connection.execute("UPDATE api_keys SET scopes = %s WHERE id = %s", [every, key["id"]])
    before = anonymous.with_headers(**{"X-API-Key": key["key"]})
    for method, path in (("GET", "/api/v1/users/me"), ("DELETE", "/api/v1/users/me"), ("POST", KEYS)):
        assert code(before.request(method, path, json={"name": "x"})) == (403, "missing-scope")
    assert code(owner.post(f"{KEYS}/{key['id']}/rotate")) == (422, "invalid-parameter")
    assert owner.request("PATCH", f"{KEYS}/{key['id']}", json={"name": "desk"}).status_code == 200


def test_there_are_as_many_keys_as_the_plan_has(anonymous: Client, postgres: Server) -> None:
    client = asking(anonymous, postgres, plan="free")
    most = PLANS["free"].api_keys
    keys = [made(client) for _ in range(most - 1)]
    assert code(client.post(KEYS, json={"name": "one more"})) == (409, "too-many-keys")
    rotated = client.post(f"{KEYS}/{keys[0]['id']}/rotate").json()
    again = client.post(f"{KEYS}/{rotated['id']}/rotate").json()
    assert code(client.post(f"{KEYS}/{again['id']}/rotate")) == (409, "too-many-keys"), "overlaps are bounded too"
    assert client.request("DELETE", f"{KEYS}/{again['id']}").status_code == 204
    assert made(client)
    assert code(client.post(KEYS, json={"name": "x"})) == (409, "too-many-keys")


def test_nobody_else_is_let_in(anonymous: Client, postgres: Server, owner: Client) -> None:
    key = made(owner)
    stranger, reader = asking(anonymous, postgres), asking(anonymous, postgres, Rights(frozenset({"insights:read"})))
    before = owner.get(KEYS).json()
    for method, path, body in doors(key["id"]):
        assert code(anonymous.request(method, path, json=body)) == (401, "missing-credential")
        assert code(reader.request(method, path, json=body)) == (403, "missing-scope")
        if key["id"] in path:
            assert code(stranger.request(method, path, json=body)) == (404, "not-found")
            missing = path.replace(key["id"], str(uuid.uuid4()))
            assert code(stranger.request(method, missing, json=body)) == (404, "not-found")
    assert key["id"] not in stranger.get(KEYS).text
    after = owner.get(KEYS).json()
    assert [key["id"] for key in after["keys"]] == [key["id"] for key in before["keys"]]
    assert [key["state"] for key in after["keys"]] == ["live", "live"]


WRONG: dict[str, dict[str, Any]] = {
    "no name": {},
    "an empty name": {"name": " "},
    "a long name": {"name": "x" * 101},
    "NUL": {"name": "a\0b"},
    "a null name": {"name": None},
    "an unknown scope": {"name": "x", "scopes": ["everything"]},
    "no scope": {"name": "x", "scopes": []},
    "an unknown mode": {"name": "x", "mode": "both"},
    "the past": {"name": "x", "expires_at": "2020-01-01T00:00:00Z"},
    "no time zone": {"name": "x", "expires_at": "2099-01-01T00:00:00"},
    "the year 9999": {"name": "x", "expires_at": "9999-12-31T23:59:59Z"},
    "the year 1": {"name": "x", "expires_at": "0001-01-01T00:00:00+14:00"},
    "no network": {"name": "x", "networks": ["everywhere"]},
    "bits beyond the prefix": {"name": "x", "networks": ["10.0.0.1/8"]},
    "many networks": {"name": "x", "networks": [f"10.0.0.{n}" for n in range(51)]},
    "an unknown field": {"name": "x", "owner": "me"},
    "a number for a list": {"name": "x", "scopes": 2**70},
}


@pytest.mark.parametrize("wish", WRONG.values(), ids=WRONG)
def test_bad_wishes_are_told_and_change_nothing(owner: Client, wish: dict[str, Any]) -> None:
    key = owner.get(KEYS).json()["keys"][0]
    assert owner.post(KEYS, json=wish).status_code == 422
    change = wish if wish else {"name": 7}
    if "mode" not in wish:
        assert owner.request("PATCH", f"{KEYS}/{key['id']}", json=change).status_code == 422
    assert [each["name"] for each in owner.get(KEYS).json()["keys"]] == [key["name"]]


def test_bad_input_of_the_other_doors_is_told(owner: Client) -> None:
    key = made(owner)["id"]
    for overlap in (-1, 604_801, 2**70, "a day", None, 0.5):
        answer = owner.post(f"{KEYS}/{key}/rotate", json={"overlap_s": overlap})
        assert code(answer) == (422, "invalid-parameter"), overlap
    for query in ({"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"limit": str(2**70)}):
        assert code(owner.get(KEYS, params=query)) == (422, "invalid-parameter")
    assert code(owner.get(KEYS, params={"page": "2"})) == (422, "unknown-parameter")
    for method, path, body in doors("not-an-id"):
        if "not-an-id" in path:
            assert code(owner.request(method, path, json=body)) == (422, "invalid-parameter")
    surrogate = b'{"name": "\\ud800", "\\udfff": 1}'
    answer = owner.post(KEYS, content=surrogate, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_every_change_is_in_the_audit_trail(owner: Client, postgres: Server) -> None:
    key = made(owner)
    owner.request("PATCH", f"{KEYS}/{key['id']}", json={"name": "secret plans"})
    new = owner.post(f"{KEYS}/{key['id']}/rotate").json()
    owner.request("DELETE", f"{KEYS}/{new['id']}")
    with psycopg.connect(postgres.urls.admin) as connection:
        rows = connection.execute(
            "SELECT action, facts::text FROM audit_log WHERE user_id = "
            "(SELECT user_id FROM api_keys WHERE id = %s) ORDER BY seq", [key["id"]]
        ).fetchall()  # fmt: skip
    told = [action for action, _ in rows]
    assert told[-4:] == ["key.created", "key.changed", "key.rotated", "key.revoked"]
    facts = " ".join(facts for _, facts in rows)
    assert key["id"] in facts
    assert "secret plans" not in facts
    assert key["key"] not in facts


def test_the_scopes_stand_in_the_description(anonymous: Client) -> None:
    told = anonymous.get("/openapi.json").json()["components"]["schemas"]["KeyWish"]
    assert told["properties"]["scopes"]["items"]["enum"] == list(SCOPES)
