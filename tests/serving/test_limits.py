"""Limits at the doors: told on every answer, kept by the framework and past it, and the same for both."""

import re

import pytest

from accounts.programs import create_key
from billing.plans import BURST_WINDOW_S, HOUR_S, PLANS
from billing.services import FREE as INCLUDED
from kit.postgres import Server
from serving.api import DOORS
from serving.doors import Door
from tests.databases import context
from tests.serving.client import Client

FREE = PLANS["free"]
DOOR = DOORS[0]
POLICY = f'"burst";q={FREE.burst};w={BURST_WINDOW_S}, "hour";q={FREE.requests_per_hour};w={HOUR_S}'
LEFT = re.compile(r'"burst";r=(\d+);t=(\d+), "hour";r=(\d+);t=(\d+)')


def somebody(postgres: Server, name: str, plan: str = "free") -> dict[str, str]:
    return {"X-API-Key": create_key(postgres.urls.admin, context(), f"{name}@example.org", "tests", plan=plan)}  # type: ignore[arg-type]


def left(answer: object) -> int:
    """What is left of the hour."""
    found = LEFT.fullmatch(answer.headers["ratelimit"])  # type: ignore[attr-defined]
    assert found
    assert answer.headers["ratelimit-policy"] == POLICY  # type: ignore[attr-defined]
    return int(found[3])


def test_every_answer_tells_what_is_left(anonymous: Client, postgres: Server) -> None:
    key = somebody(postgres, "counting")
    asked = {"params": DOOR.example, "headers": key}
    first = anonymous.get(DOOR.path, **asked)
    assert left(first) == FREE.requests_per_hour - 1
    again = anonymous.get(DOOR.path, **asked)  # past the framework
    assert left(again) == FREE.requests_per_hour - 2
    same = anonymous.get(DOOR.path, params=DOOR.example, headers=key | {"If-None-Match": again.headers["etag"]})
    assert (same.status_code, left(same)) == (304, FREE.requests_per_hour - 3)
    posted = anonymous.post(DOOR.path, json=DOOR.example, headers=key)
    assert (posted.status_code, left(posted)) == (200, FREE.requests_per_hour - 4)
    wrong = anonymous.get(DOOR.path, params={"colour": "red"}, headers=key)
    assert (wrong.status_code, left(wrong)) == (422, FREE.requests_per_hour - 5)  # it was asked once, and counts once


def test_what_is_refused_for_another_reason_does_not_count(anonymous: Client, postgres: Server) -> None:
    key = somebody(postgres, "planless")
    paid = next(door for door in DOORS if (door.service, "free") not in INCLUDED)
    refused = anonymous.get(paid.path, params=paid.example, headers=key)
    assert refused.status_code == 403
    assert "ratelimit" not in refused.headers
    assert left(anonymous.get(DOOR.path, params=DOOR.example, headers=key)) == FREE.requests_per_hour - 1


@pytest.mark.parametrize(
    "door", [door for door in DOORS if (door.service, "free") in INCLUDED], ids=lambda door: door.name
)
def test_who_asks_too_fast_is_told_to_wait(anonymous: Client, postgres: Server, door: Door) -> None:
    key = somebody(postgres, f"hasty-{door.name}")
    second_key = somebody(postgres, f"hasty-{door.name}")
    answers = [
        anonymous.get(door.path, params=door.example, headers=(key, second_key)[number % 2])
        for number in range(FREE.requests_per_hour + 5)
    ]
    assert [answer.status_code for answer in answers] == [200] * FREE.requests_per_hour + [429] * 5
    refused = answers[-1]
    assert refused.json()["code"] == "rate-limited"
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= HOUR_S
    assert refused.headers["x-request-id"]
    assert left(refused) == 0
    posted = anonymous.post(door.path, json=door.example, headers=key)
    assert posted.status_code == (429 if "POST" in door.methods else 405)


def test_operators_see_where_limits_are_kept(anonymous: Client) -> None:
    told = anonymous.get("/ready").json()
    assert told["limits"] == {"windows": "process", "workers": 1}
    assert told["usage"]["dropped"] == 0
