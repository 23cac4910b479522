"""The doors of webhook endpoints: made, seen, changed, tried out and removed by whoever has them."""

import uuid
from typing import Any

import pytest

from accounts.keys.rights import Rights
from accounts.programs import create_key
from kit.postgres import Server
from tests.databases import context
from tests.serving.client import Client

HOOKS = "/api/v1/webhook-endpoints"
WISH = {"url": "https://example.org/payband", "kinds": ["release.published"]}


@pytest.fixture
def caller(anonymous: Client, postgres: Server) -> Client:
    rights, email = Rights(frozenset({"webhooks:read", "webhooks:write"})), f"{uuid.uuid4().hex}@example.org"
    text = create_key(postgres.urls.admin, context(), email, "tests", rights, plan="enterprise")
    return anonymous.with_headers(Authorization=f"Bearer {text}")


@pytest.fixture
def hook(caller: Client) -> dict[str, Any]:
    answer = caller.post(HOOKS, json=WISH)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_secret_is_shown_when_it_is_made_and_not_again(caller: Client, hook: dict[str, Any]) -> None:
    assert hook["secret"].startswith("whsec_")
    shown = {name: value for name, value in hook.items() if name != "secret"}
    assert caller.get(f"{HOOKS}/{hook['id']}").json() == shown
    assert caller.get(HOOKS).json() == {"webhook_endpoints": [shown]}
    rotated = caller.post(f"{HOOKS}/{hook['id']}/rotate-secret").json()["secret"]
    assert rotated.startswith("whsec_")
    assert rotated != hook["secret"]


def test_it_is_changed_disabled_enabled_and_removed(caller: Client, hook: dict[str, Any]) -> None:
    path = f"{HOOKS}/{hook['id']}"
    changed = caller.request("PATCH", path, json={"url": "https://example.com/", "enabled": False}).json()
    assert (changed["url"], changed["enabled"], changed["kinds"]) == ("https://example.com/", False, hook["kinds"])
    refused = caller.post(f"{path}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "hook-disabled")
    assert caller.request("PATCH", path, json={"enabled": True}).json()["disabled_at"] is None
    assert caller.request("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404


def test_a_ping_stands_in_the_log_and_can_be_sent_again(caller: Client, hook: dict[str, Any]) -> None:
    path = f"{HOOKS}/{hook['id']}"
    ping = caller.post(f"{path}/test").json()
    again = caller.post(f"{path}/deliveries/{ping['id']}/redeliver").json()
    assert (ping["kind"], ping["state"], ping["attempts"]) == ("ping", "waiting", 0)
    assert again["event_id"] == ping["event_id"]
    first = caller.get(f"{path}/deliveries", params={"limit": 1}).json()
    second = caller.get(f"{path}/deliveries", params={"cursor": first["next"]}).json()
    assert {each["id"] for each in (*first["deliveries"], *second["deliveries"])} == {ping["id"], again["id"]}
    assert second["next"] is None


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": "http://example.org/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://localhost:443@10.0.0.1/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://2130706433/"}, "url"),
        ({"url": "x" * 2_000}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["ping"]}, "kinds"),
        ({"kinds": ["release.published", "salaries.raised"]}, "kinds"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_bad_input_is_named_and_makes_nothing(caller: Client, changed: dict[str, object], named: str) -> None:
    answer = caller.post(HOOKS, json={**WISH, **changed})
    assert answer.status_code == 422
    assert named in answer.text
    assert caller.get(HOOKS).json() == {"webhook_endpoints": []}
