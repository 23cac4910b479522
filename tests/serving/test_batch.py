"""Many questions by one request: answered as each would be alone, and paid by the row."""

import uuid
from typing import Any

import httpx
import pytest

from accounts.keys.rights import Rights
from kit.postgres import Server
from serving.insights.salaries.batch import MOST, PATH, BatchAnswer
from serving.insights.salaries.door import DOOR
from tests.serving.client import Client
from tests.serving.payers import Person

DEVELOPER: dict[str, Any] = {"job_title": "Software Developer", "location": "New York, NY"}
NURSE: dict[str, Any] = {"job_title": "Registered Nurse", "location": "New York, NY"}  # of whom there are too few
ROWS = [DEVELOPER, NURSE, DEVELOPER | {"experience_years": 3}, DEVELOPER | {"location": " new york,  NY "}]


@pytest.fixture
def ana(anonymous: Client, postgres: Server) -> Person:
    """Somebody whose plan has a quota of no rows."""
    return Person(anonymous, postgres)


def ask(client: Client, *rows: dict[str, Any], headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    return client.post(PATH, json={"questions": list(rows)} | more, headers=headers or {})


def bill(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["bill"]
    assert answer.headers["x-credits-charged"] == str(told["credits"])
    return told


def quota(person: Person) -> dict[str, Any]:
    """How far the quota is used, as its user is told."""
    told = person.client.get("/api/v1/users/me/usage").json()["quotas"]
    (found,) = (each for each in told if each["service"] == "salary-insights-batch")
    assert (found["unit"], found["reset"], found["resets_at"][10:]) == ("row", "day", "T00:00:00Z")
    return {name: found[name] for name in ("units", "used", "left")}


def test_each_row_is_what_it_would_be_alone(ana: Person, client: Client) -> None:
    ana.give(9)
    answer = ask(ana.client, *ROWS)
    BatchAnswer.model_validate_json(answer.content)
    assert answer.json()["rows"] == [client.get(DOOR.path, params=row).json() for row in ROWS]


def test_rows_with_figures_are_paid_once_each(ana: Person) -> None:
    ana.give(9)
    assert bill(ask(ana.client, *ROWS)) == {"given": 3, "repeated": 1, "included": 0, "credits": 2, "available": 7}
    assert bill(ask(ana.client, *ROWS[:2], DEVELOPER | {"company_size": "250-999"})) == {
        "given": 2, "repeated": 1, "included": 0, "credits": 1, "available": 6,
    }  # fmt: skip
    assert ana.available == 6


def test_releases_may_be_mixed_and_each_is_paid(ana: Person) -> None:
    ana.give(9)
    answer = ask(ana.client, DEVELOPER, DEVELOPER | {"as_of": "2026-10-03"})
    assert bill(answer)["credits"] == 2
    assert "x-release" not in answer.headers
    assert ask(ana.client, DEVELOPER).headers["x-release"].startswith("20261008")
    missing = ask(ana.client, DEVELOPER, NURSE | {"release": "20200101T000000"})
    assert (missing.status_code, missing.json()["code"], ana.available) == (404, "no-such-release", 7)


def test_a_quota_pays_before_credits_do(anonymous: Client, postgres: Server) -> None:
    ben = Person(anonymous, postgres, "basic")
    assert bill(ask(ben.client, *ROWS)) == {"given": 3, "repeated": 1, "included": 2, "credits": 0, "available": 0}
    assert ben.kinds == []


def test_a_key_that_may_not_spend_has_the_quota_and_no_more(anonymous: Client, postgres: Server) -> None:
    ben = Person(anonymous, postgres, "basic")
    ben.give(50)
    reader = ben.with_key(Rights(frozenset({"insights:read"})), "basic")
    assert quota(ben) == {"units": 20, "used": 0, "left": 20}
    rows = [DEVELOPER | {"experience_years": years / 10} for years in range(20, 40)]
    told = bill(ask(reader, *rows))
    assert (told["included"], told["credits"], told["available"]) == (20, 0, None)
    late = ask(reader, DEVELOPER)
    assert (late.status_code, late.json()["code"]) == (429, "quota-reached")
    assert (late.json()["facts"]["quota"], late.json()["facts"]["used"]) == (20, 20)
    assert 0 < int(late.headers["retry-after"]) <= 86_400
    assert quota(ben) == {"units": 20, "used": 20, "left": 0}
    assert bill(ask(reader, *rows))["repeated"] == 20
    assert bill(ask(ben.client, DEVELOPER))["credits"] == 1


def test_a_dry_run_counts_rows_and_charges_nothing(ana: Person) -> None:
    told = ask(ana.client, *ROWS, dry_run=True)
    assert told.json() == {
        "dry_run": True, "service": "salary-insights-batch", "unit": "row", "release": told.headers["x-release"],
        "asked": 4, "given": 3, "repeated": 1, "included": 0, "credits": 2, "available": 0,
    }  # fmt: skip
    assert ana.client.post(PATH, json={"questions": ROWS}, params={"dry_run": True}).json() == told.json()
    poor = ask(ana.client, *ROWS)
    assert (poor.status_code, poor.json()["facts"]) == (402, {"credits": 3, "available": 0}), (
        "without looking, all rows"
    )
    ana.give(1)
    short = ask(ana.client, *ROWS)
    assert (short.status_code, short.json()["facts"]) == (402, {"credits": 2, "available": 1})
    assert (ana.available, ana.kinds) == (1, ["grant", "reserve", "release"])


def test_a_test_key_is_shown_the_sample_for_nothing(ana: Person) -> None:
    answer = ask(ana.with_key(Rights(frozenset({"insights:read"}), "test"), "basic"), DEVELOPER)
    assert answer.json()["code"] == "no-sample-release", "there is none in this store, and it asks for no other"


def test_the_same_request_with_a_key_is_answered_alike(ana: Person) -> None:
    ana.give(5)
    name = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (ask(ana.client, *ROWS, headers=name) for _ in range(2))
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert ana.available == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"questions": []}, "invalid-parameter"),
        ({"questions": [DEVELOPER] * (MOST + 1)}, "invalid-parameter"),
        ({"questions": [DEVELOPER | {"colour": "red"}]}, "unknown-parameter"),
        ({"questions": [DEVELOPER | {"dry_run": True}]}, "unknown-parameter"),
        ({"questions": [{"job_title": "Nurse"}]}, "invalid-parameter"),
        ({"questions": [DEVELOPER], "dry_run": "perhaps"}, "invalid-parameter"),
    ],
)
def test_a_batch_that_is_asked_wrongly_is_not_answered(ana: Person, body: dict[str, Any], code: str) -> None:
    answer = ana.client.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_hundred_long_questions_fit(ana: Person) -> None:
    long = {"job_title": "ü" * 200, "location": "ü" * 200, "industry": "ü" * 200}
    full = ask(ana.client, *[long | {"experience_years": number / 2} for number in range(MOST)], dry_run=True)
    assert (full.status_code, full.json()["given"]) == (200, 0)
