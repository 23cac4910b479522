"""Every request of somebody known leaves one record, whatever the answer was and whoever gave it."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from accounts.keys.rights import Rights
from accounts.programs import create_key
from billing.services import FREE as INCLUDED
from kit.postgres import Server
from serving.api import DOORS
from tests.databases import context
from tests.serving.client import Client
from tests.waiting import until

DOOR = DOORS[0]
PAID = next(door for door in DOORS if (door.service, "free") not in INCLUDED)


@pytest.fixture
def key(postgres: Server) -> dict[str, str]:
    email, rights = f"metered-{uuid.uuid4().hex}@example.org", Rights(frozenset({"insights:read", "usage:read"}))
    return {"X-API-Key": create_key(postgres.urls.admin, context(), email, "tests", rights, plan="free")}


def records(postgres: Server, key: dict[str, str], count: int) -> Sequence[tuple[object, ...]]:
    """The records of a key, oldest first, once there are so many."""
    query = """
        SELECT r.method, r.endpoint, r.status, r.bytes, r.release, r.request_id, r.milliseconds
        FROM usage_records r JOIN api_keys k ON k.id = r.key_id
        WHERE k.prefix = %s ORDER BY r.at, r.id
    """
    found: list[tuple[object, ...]] = []

    def there() -> bool:
        with psycopg.connect(postgres.urls.worker) as connection:
            found[:] = connection.execute(query, [key["X-API-Key"][:12]]).fetchall()
        return len(found) >= count

    until(there)
    return found


def test_each_answer_leaves_a_record(anonymous: Client, postgres: Server, key: dict[str, str]) -> None:
    first = anonymous.get(DOOR.path, params=DOOR.example, headers=key)
    fast = anonymous.get(DOOR.path, params=DOOR.example, headers=key | {"X-Request-ID": "abcdef-2"})
    same = anonymous.get(DOOR.path, params=DOOR.example, headers=key | {"If-None-Match": fast.headers["etag"]})
    posted = anonymous.post(DOOR.path, json=DOOR.example, headers=key)
    wrong = anonymous.get(DOOR.path, params={"colour": "red"}, headers=key)
    refused = anonymous.get(PAID.path, params=PAID.example, headers=key)
    broken = anonymous.post(DOOR.path, content=b"{", headers=key | {"Content-Type": "application/json"})
    astray = anonymous.get("/api/premium/nothing", headers=key)
    asked = [first, fast, same, posted, wrong, refused, broken, astray]
    found = records(postgres, key, len(asked))
    release = first.headers["x-release"]
    assert [record[:5] for record in found] == [
        ("GET", DOOR.path, 200, len(first.content), release),
        ("GET", DOOR.path, 200, len(fast.content), release),
        ("GET", DOOR.path, 304, 0, release),
        ("POST", DOOR.path, 200, len(posted.content), release),
        ("GET", DOOR.path, 422, len(wrong.content), None),
        ("GET", PAID.path, 403, len(refused.content), None),
        ("POST", DOOR.path, 422, len(broken.content), None),
        ("GET", "none", 404, len(astray.content), None),
    ]
    assert [record[5] for record in found] == [answer.headers["x-request-id"] for answer in asked]
    assert all(0 < float(str(record[6])) < 60_000 for record in found)


def test_a_refusal_for_haste_is_recorded_and_strangers_are_not(
    anonymous: Client, postgres: Server, key: dict[str, str]
) -> None:
    anonymous.get(DOOR.path, params=DOOR.example, headers={"X-Request-ID": "a-stranger-asks"})
    answers = [anonymous.get(DOOR.path, params=DOOR.example, headers=key) for _ in range(103)]
    found = records(postgres, key, 103)
    assert [record[2] for record in found] == [answer.status_code for answer in answers] == [200] * 100 + [429] * 3
    with psycopg.connect(postgres.urls.worker) as connection:
        strangers = "SELECT count(*) FROM usage_records WHERE request_id = 'a-stranger-asks'"
        assert connection.execute(strangers).fetchone() == (0,)


USAGE = "/api/v1/users/me/usage"


def test_one_sees_ones_own_usage_by_day_and_endpoint(anonymous: Client, postgres: Server, key: dict[str, str]) -> None:
    other = create_key(postgres.urls.admin, context(), "somebody-else@example.org", "tests", plan="free")
    anonymous.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": other})
    for question in (DOOR.example, DOOR.example, {"colour": "red"}):
        anonymous.get(DOOR.path, params=question, headers=key)
    records(postgres, key, 3)
    today = datetime.now(UTC).date()
    told = anonymous.get(USAGE, params={"from": str(today), "to": str(today)}, headers=key).json()
    assert (told["from"], told["to"], told["requests"], told["refused"]) == (str(today), str(today), 3, 1)
    (day,) = told["days"]
    assert (day["day"], day["endpoint"], day["requests"], day["refused"]) == (str(today), DOOR.path, 3, 1)
    assert day["bytes"] > 1_000
    assert day["milliseconds"] > 0
    records(postgres, key, 4)  # asking counts too
    again = anonymous.get(USAGE, headers=key).json()
    assert {day["endpoint"]: day["requests"] for day in again["days"]} == {DOOR.path: 3, USAGE: 1}
    assert again["from"] == str(today - timedelta(days=29))
    earlier = anonymous.get(USAGE, params={"to": str(today - timedelta(days=1))}, headers=key).json()
    assert (earlier["requests"], earlier["days"]) == (0, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-10-02", "to": "2026-10-01"},
        {"from": "2020-01-01", "to": "2026-10-01"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"to": "yesterday"},
        {"from": ""},
        {"first": "2026-10-01"},
        {"to": "2026-10-01\x00"},
    ],
    ids=str,
)
def test_days_that_cannot_be_are_refused(anonymous: Client, key: dict[str, str], wrong: dict[str, str]) -> None:
    answer = anonymous.get(USAGE, params=wrong, headers=key)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("invalid-parameter", "unknown-parameter")


def test_usage_asks_for_a_credential_and_its_scope(anonymous: Client, postgres: Server) -> None:
    assert anonymous.get(USAGE).json()["code"] == "missing-credential"
    narrow = create_key(postgres.urls.admin, context(), "narrow@example.org", "tests", Rights(frozenset({"keys:read"})))
    assert anonymous.get(USAGE, headers={"X-API-Key": narrow}).json()["code"] == "missing-scope"
