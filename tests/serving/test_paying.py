"""Answers that a plan does not include are paid with credits: once, in full or not at all, and never by mistake."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from accounts.keys.rights import Rights
from kit.postgres import Server
from serving.doors import Door
from serving.insights.markets.door import DOOR
from serving.paying import Price
from serving.problems import Problem
from tests.serving.client import Client
from tests.serving.insights import EACH
from tests.serving.payers import Person

HERE: dict[str, Any] = {"location": "United States"}
NOWHERE: dict[str, Any] = {"location": "Qzwx"}


@pytest.fixture
def ana(anonymous: Client, postgres: Server) -> Person:
    """Somebody whose plan does not include the door."""
    return Person(anonymous, postgres)


def ask(person: Person, headers: dict[str, str] | None = None, **asked: Any) -> httpx.Response:
    return person.client.get(DOOR.path, params=HERE | asked, headers=headers or {})


def charged(answer: httpx.Response) -> int:
    assert answer.status_code in (200, 304), answer.text
    return int(answer.headers["x-credits-charged"])


def test_who_has_no_credits_is_told_what_it_costs_and_what_there_is(ana: Person) -> None:
    ana.give(1)
    answer = ask(ana)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient-credits")
    assert answer.json()["facts"] == {"credits": 2, "available": 1}
    assert "salary" not in answer.text
    assert (ana.available, ana.kinds) == (1, ["grant"])


def test_an_answer_is_paid_once_a_day_however_it_is_asked_for(ana: Person) -> None:
    ana.give(5)
    first = ask(ana)
    assert charged(first) == 2
    assert DOOR.shape.model_validate_json(first.content)
    assert [charged(ask(ana)), charged(ask(ana, location="  united   STATES "))] == [0, 0]
    posted = ana.client.post(DOOR.path, json=HERE)
    assert (charged(posted), posted.content) == (0, first.content)
    assert charged(ask(ana, release=first.headers["x-release"])) == 0
    assert (ana.available, ana.kinds) == (3, ["grant", "reserve", "commit"])


def test_another_question_or_release_is_another_answer(ana: Person) -> None:
    ana.give(5)
    assert charged(ask(ana)) == 2
    assert charged(ask(ana, as_of="2026-10-03")) == 2
    late = ask(ana, location="New York")
    assert (late.status_code, late.json()["facts"]) == (402, {"credits": 2, "available": 1})
    assert charged(ask(ana)) == 0


def test_who_pays_is_never_served_from_what_others_have_for_nothing(anonymous: Client, ana: Person, key: str) -> None:
    """The same bytes, asked by somebody who has them of their plan, are kept by then."""
    included = anonymous.with_headers(**{"X-API-Key": key})
    answers = [included.get(DOOR.path, params=HERE) for _ in range(3)]
    assert all(answer.status_code == 200 and "x-credits-charged" not in answer.headers for answer in answers)
    for _ in range(3):
        assert ask(ana).status_code == 402
    ana.give(2)
    assert charged(ask(ana)) == 2


def test_an_empty_answer_costs_nothing(ana: Person) -> None:
    ana.give(2)
    empty = ask(ana, **NOWHERE)
    assert (empty.status_code, empty.json()["evidence"]["reason"]) == (200, "not_covered")
    assert charged(empty) == 0
    assert (ana.available, ana.kinds) == (2, ["grant", "reserve", "release"])


def test_what_one_has_already_costs_nothing(ana: Person) -> None:
    ana.give(4)
    first = ask(ana)
    elsewhere = ask(ana, {"If-None-Match": first.headers["etag"]}, industry="no such industry")
    assert elsewhere.status_code == 200
    unchanged = ask(ana, {"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, charged(unchanged), ana.available) == (304, 0, 2)


def test_what_is_asked_wrongly_costs_nothing(ana: Person) -> None:
    ana.give(2)
    assert ask(ana, colour="red").json()["code"] == "unknown-parameter"
    assert ask(ana, release="20200101T000000").json()["code"] == "no-such-release"
    assert (ana.available, ana.kinds) == (2, ["grant"])


def test_a_failure_gives_everything_back(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ana.give(2)

    def fails(*_: object) -> bytes:
        raise Problem("no-such-release", "It was taken away meanwhile.")

    monkeypatch.setitem(DOOR.__dict__, "answer", fails)
    assert ask(ana).status_code == 404
    assert (ana.available, ana.kinds) == (2, ["grant", "reserve", "release"])


def test_a_dry_run_tells_the_price_and_charges_nothing(anonymous: Client, ana: Person, key: str) -> None:
    ana.give(3)
    told = ask(ana, dry_run=True)
    assert told.json() == {
        "dry_run": True, "service": "market-trends", "unit": "answer", "release": told.headers["x-release"],
        "asked": 1, "given": 1, "repeated": 0, "included": 0, "credits": 2, "available": 3,
    }  # fmt: skip
    assert told.headers["cache-control"] == "no-store"
    included = anonymous.with_headers(**{"X-API-Key": key})
    theirs = included.get(DOOR.path, params=HERE | {"dry_run": True}).json()
    assert (theirs["included"], theirs["credits"], theirs["available"]) == (1, 0, None)
    assert ask(ana, dry_run=True).json() == told.json(), "nobody is told another's price"
    assert ask(ana, dry_run=True, **NOWHERE).json()["credits"] == 0
    assert ana.client.post(DOOR.path, json=HERE | {"dry_run": True}).json() == told.json()
    assert (ana.available, ana.kinds) == (3, ["grant"])
    ask(ana)
    again = ask(ana, dry_run=True).json()
    assert (again["repeated"], again["credits"], again["available"]) == (1, 0, 1)


@EACH
def test_every_door_tells_its_price(client: Client, door: Door, method: str) -> None:
    dry = {"dry_run": True}
    if method == "GET":
        answers = [client.get(door.path, params=door.example | dry)]
    else:
        post = client.post
        assert post(door.path, json=door.example, params={"colour": "red"}).json()["code"] == "unknown-parameter"
        answers = [post(door.path, json=door.example | dry), post(door.path, json=door.example, params=dry)]
    for answer in answers:
        told = Price.model_validate_json(answer.content)
        assert (told.service, told.asked, told.given, told.credits) == (door.service, 1, 1, 0)
        assert answer.headers["x-release"] == told.release


def test_a_dry_run_needs_no_credits(ana: Person) -> None:
    told = ask(ana, dry_run=True).json()
    assert (told["credits"], told["available"]) == (2, 0)


@pytest.mark.parametrize("rights", [Rights(frozenset({"insights:read"})), Rights(frozenset({"insights:read"}), "test")])
def test_a_key_that_may_not_spend_is_told_so(ana: Person, rights: Rights) -> None:
    ana.give(5)
    for more in ({}, {"dry_run": True}):
        answer = ana.with_key(rights).get(DOOR.path, params=HERE | more)
        assert (answer.status_code, answer.json()["code"]) == (403, "plan-required")
        assert "Professional, Enterprise" in answer.json()["detail"]
        assert "billing:write" in answer.json()["detail"]
    assert ana.available == 5


def test_who_asks_many_times_at_once_pays_once(ana: Person) -> None:
    ana.give(20)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ask(ana), range(6)))
    assert sorted(map(charged, answers)) == [0, 0, 0, 0, 0, 2]
    assert ana.available == 18


def test_one_credit_is_not_spent_on_two_answers_at_once(ana: Person) -> None:
    ana.give(2)
    places = ("United States", "New York", "California", "Texas")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda place: ask(ana, location=place), places))
    paid = [answer for answer in answers if answer.status_code == 200 and charged(answer)]
    assert len(paid) <= 1
    assert ana.available == 2 - 2 * len(paid)
    assert {answer.status_code for answer in answers} <= {200, 402}
