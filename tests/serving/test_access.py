"""Who is let in, at every door and by every method."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from types import SimpleNamespace
from typing import cast

import pytest

from accounts.audit.refusals import Refusals
from accounts.flags.registry import FLAGS
from accounts.flags.rollout import Rollout
from accounts.identities.cache import Identities
from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller
from accounts.keys.text import new_key
from accounts.programs import create_key
from accounts.providers.prover import ProviderProver
from accounts.scopes import SCOPES, scopes_of
from billing.plans import LAPSED, PLANS, PlanName
from billing.services import FREE
from kit.database import Database
from kit.identifiers import uuid7
from kit.postgres import Server
from serving import access
from serving.api import DOORS
from serving.doors import Door
from serving.limits.rates import RateLimits
from serving.passes import Passes
from serving.problems import Problem
from tests.databases import NOWHERE, context
from tests.serving.client import Client
from tests.serving.insights import EACH, ask


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
    assert (answer.status_code, answer.json()["code"]) == (401, "missing-credential")


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


def of_plan(postgres: Server, plan: str) -> str:
    return create_key(postgres.urls.admin, context(), f"{plan}@example.org", "tests", plan=plan)


@pytest.mark.parametrize("plan", PLANS)
@EACH
def test_a_plan_opens_the_doors_it_comes_with(
    anonymous: Client, postgres: Server, door: Door, method: str, plan: PlanName
) -> None:
    key = {"X-API-Key": of_plan(postgres, plan)}
    answer = ask(anonymous, door, method, headers=key)
    again = ask(anonymous, door, method, headers=key)  # past the framework, where that may be
    assert answer.status_code == again.status_code == (200 if (door.service, plan) in FREE else 403)
    if answer.status_code == 403:
        told = answer.json()
        assert told["code"] == "plan-required"
        for name, each in PLANS.items():
            assert (each.title in told["detail"]) == (name == plan or (door.service, name) in FREE)


@EACH
def test_who_has_not_paid_is_told_so_where_a_plan_is_needed(
    anonymous: Client, postgres: Server, door: Door, method: str
) -> None:
    answer = ask(anonymous, door, method, headers={"X-API-Key": of_plan(postgres, LAPSED)})
    assert answer.status_code == (200 if (door.service, "free") in FREE else 402)
    if answer.status_code == 402:
        assert answer.json()["code"] == "subscription-lapsed"


class LetOut(Rollout):
    """Lets nothing out, or everything."""

    def __init__(self, everything: bool) -> None:
        super().__init__("tests")
        self._percents = dict.fromkeys(FLAGS, 100 * everything)


def asked_with(found: Found, door: access.Needs, *, let_out: bool = True) -> Caller | str:
    """What the steps decide on a request from 203.0.113.7 with this credential: the caller, or the refusal's code."""

    class Known:
        changes = 0

        async def verify(self, _text: str) -> Found:
            return found

        def known(self, _text: str) -> Caller | None:
            return found if isinstance(found, Caller) else None

    parts = SimpleNamespace(identities=Known(), trusted_proxies=(), limits=RateLimits(), rollout=LetOut(let_out))
    parts.refusals = Refusals(Database(NOWHERE.application), context())
    parts.providers = ProviderProver(context(), Database(NOWHERE.application))
    app = SimpleNamespace(state=parts)
    request = {"headers": [(b"x-api-key", b"text")], "client": ("203.0.113.7", 1), "app": app}
    passes = Passes(door, cast(Identities, parts.identities), RateLimits())
    at_once, again = passes.admit(dict(request)), passes.admit(dict(request))
    try:
        caller = asyncio.run(access.admit(request, door))
    except Problem as problem:
        assert at_once is again is None
        return problem.code
    assert at_once == again == (None if caller.networks or door.flag else caller)
    return caller


ANN = Caller(uuid7(datetime(2026, 5, 1, tzinfo=UTC)), "key", "analyst", "free", frozenset({"keys:read"}))


def test_the_first_step_that_refuses_is_the_one_that_is_told() -> None:
    everything = access.Needs("market-trends", "admin:read", "admin", ("session",), next(iter(FLAGS)))
    assert asked_with(None, everything) == "invalid-credential"
    assert asked_with(Suspended(ANN.user_id), everything) == "account-suspended"
    assert asked_with(replace(ANN, networks=(ip_network("198.51.100.0/24"),)), everything) == "address-not-allowed"
    assert asked_with(ANN, everything) == "plan-required"
    paid = replace(ANN, plan="enterprise")
    assert asked_with(paid, everything, let_out=False) == "not-let-out"
    assert asked_with(paid, everything) == "credential-not-taken"
    signed_in = replace(paid, kind="session")
    assert asked_with(signed_in, everything) == "role-required"
    admin = replace(signed_in, role="admin")
    assert asked_with(admin, everything) == "missing-scope"
    scoped = replace(admin, scopes=frozenset({"admin:read"}))
    assert asked_with(scoped, everything) == scoped


def test_a_key_is_good_from_its_networks_alone() -> None:
    for networks, good in (
        (("203.0.113.7/32",), True),
        (("2001:db8::/32", "203.0.113.0/24"), True),
        (("203.0.113.8/32",), False),
        (("::/0",), False),
    ):
        caller = replace(ANN, networks=tuple(map(ip_network, networks)))
        assert (asked_with(caller, access.Needs()) == caller) is good


def test_a_role_may_do_what_those_below_it_may() -> None:
    assert asked_with(ANN, access.Needs(role="user")) == ANN
    assert asked_with(ANN, access.Needs(role="analyst")) == ANN
    assert asked_with(ANN, access.Needs(role="admin")) == "role-required"
    assert SCOPES["admin:write"].name not in scopes_of("analyst")
    assert scopes_of("user") < scopes_of("admin") == frozenset(SCOPES)


def test_a_door_cannot_need_a_scope_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="not a scope"):
        access.needs(scope="insights:raed")


def test_every_insight_door_tells_its_needs(anonymous: Client) -> None:
    told = {(method, path): asks for method, path, asks in access.needs_of(anonymous.app)}
    for door in DOORS:
        for method in door.methods:
            assert told[method, door.path] == access.Needs(door.service, "insights:read")
    assert told["GET", "/health"] is None


def test_a_body_that_is_no_text_is_malformed(client: Client) -> None:
    answer = client.post(DOORS[0].path, content=b"\xff\xfe{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed-body")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe{", b"[]", b"", b'{"colour": 1}'])
def test_who_may_not_ask_is_told_that_before_what_is_wrong_with_the_body(
    anonymous: Client, postgres: Server, body: bytes
) -> None:
    json = {"Content-Type": "application/json"}
    for path in (DOORS[0].path, DOORS[1].path, "/api/v1/keys"):
        answer = anonymous.post(path, content=body, headers=json)
        assert (answer.status_code, answer.json()["code"]) == (401, "missing-credential")
    answer = anonymous.post(DOORS[1].path, content=body, headers=json | {"X-API-Key": of_plan(postgres, "free")})
    assert (answer.status_code, answer.json()["code"]) == (403, "plan-required")
