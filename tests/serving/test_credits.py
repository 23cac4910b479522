"""The doors of credits: what one has, how it came about, codes, and what administrators give and take."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.programs import create_admin
from billing.credits import codes
from billing.credits.service import Asked
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on
from tests.people import Watch
from tests.serving.client import Client
from tests.serving.payers import Person

CREDITS = "/api/v1/credits"


@pytest.fixture
def ana(anonymous: Client, postgres: Server) -> Person:
    return Person(anonymous, postgres)


@pytest.fixture(scope="module")
def admin(anonymous: Client, postgres: Server) -> Client:
    key = create_admin(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org")
    return anonymous.with_headers(**{"X-API-Key": key})


def code(
    postgres: Server, amount: int = 20, uses: int = 1, kept: timedelta | None = None, at: Context | None = None
) -> str:
    async def work(database: Database) -> str:
        knows = at or context()
        async with database.transaction() as session:
            ends = knows.clock() + timedelta(days=1)
            asked = Asked("", OPERATOR, "spring fair")
            return (await codes.create(session, knows, amount, uses, ends, kept, asked)).text

    return on(postgres.urls.admin, work)


def test_who_has_nothing_is_told_so(ana: Person) -> None:
    answer = ana.client.get(f"{CREDITS}/balance")
    assert answer.json() == {"available": 0, "reserved": 0, "expiring_next": None, "lots": []}
    assert answer.headers["cache-control"] == "no-store"
    assert ana.client.get(f"{CREDITS}/history").json() == {"operations": [], "next": None}


def test_a_balance_tells_the_lots_in_their_turns(ana: Person) -> None:
    ana.give(5)
    ana.give(3, days=9)
    told = ana.client.get(f"{CREDITS}/balance").json()
    assert (told["available"], told["reserved"]) == (8, 0)
    assert [lot["remains"] for lot in told["lots"]] == [3, 5]
    assert told["expiring_next"] == {"amount": 3, "at": told["lots"][0]["expires_at"]}
    assert told["lots"][1]["expires_at"] is None


def test_history_is_paged_newest_first_and_each_balance_follows(ana: Person) -> None:
    for amount in (1, 2, 4, 8, 16):
        ana.give(amount)
    found, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ana.client.get(f"{CREDITS}/history", params=params).json()
        found += page["operations"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [(each["kind"], each["amount"], each["change"], each["balance_after"]) for each in found] == [
        ("grant", 16, 16, 31), ("grant", 8, 8, 15), ("grant", 4, 4, 7), ("grant", 2, 2, 3), ("grant", 1, 1, 1)
    ]  # fmt: skip


def test_a_code_is_redeemed_once_by_each_user_and_so_often(anonymous: Client, ana: Person, postgres: Server) -> None:
    ben, eve = (Person(anonymous, postgres) for _ in range(2))
    text = code(postgres, uses=2, kept=timedelta(days=9))
    done = ana.client.post(f"{CREDITS}/redeem", json={"code": text})
    assert done.status_code == 201, done.text
    assert (done.json()["amount"], done.json()["available"]) == (20, 20)
    [lot] = ana.client.get(f"{CREDITS}/balance").json()["lots"]
    assert lot["source"] == "code"
    assert datetime.fromisoformat(lot["expires_at"]) > datetime.now(UTC) + timedelta(days=8)
    again = ana.client.post(f"{CREDITS}/redeem", json={"code": text.lower()})
    assert (again.status_code, again.json()["code"]) == (409, "code-redeemed")
    assert ben.client.post(f"{CREDITS}/redeem", json={"code": text.replace("-", "")}).status_code == 201
    late = eve.client.post(f"{CREDITS}/redeem", json={"code": text})
    assert (late.status_code, late.json()["code"]) == (404, "invalid-code")
    assert ana.client.get(f"{CREDITS}/balance").json()["available"] == 20
    assert eve.client.get(f"{CREDITS}/balance").json()["available"] == 0


def test_a_code_that_is_none_or_is_over_says_the_same(ana: Person, postgres: Server) -> None:
    over = code(postgres, at=context(Watch()))
    answers = [ana.client.post(f"{CREDITS}/redeem", json={"code": text}) for text in (over, "NOSUCHCODE")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "invalid-code")] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_of_many_who_redeem_at_once_as_many_get_it_as_may(anonymous: Client, postgres: Server) -> None:
    people = [Person(anonymous, postgres) for _ in range(6)]
    text = code(postgres, uses=2)
    with ThreadPoolExecutor(len(people)) as pool:
        sent = [pool.submit(each.client.post, f"{CREDITS}/redeem", json={"code": text}) for each in people * 2]
        statuses = [each.result().status_code for each in sent]
    assert statuses.count(201) == 2
    with psycopg.connect(postgres.urls.admin) as connection:
        query = "SELECT uses FROM credit_codes WHERE digest = %s"
        digest = context().secrets.digest("credit-codes", text.replace("-", ""))
        assert connection.execute(query, [digest]).fetchone() == (2,)


def test_codes_are_kept_as_hashes(postgres: Server) -> None:
    text = code(postgres)
    with psycopg.connect(postgres.urls.admin) as connection:
        rows = connection.execute("SELECT c::text FROM credit_codes c").fetchall()
    assert rows
    assert not [row for (row,) in rows if text.replace("-", "").lower() in row.lower()]


def test_an_administrator_gives_and_takes_back_with_a_reason(admin: Client, ana: Person, postgres: Server) -> None:
    door = f"/api/v1/admin/users/{ana.user_id}/credits"
    why = {"reason": "ticket 4711"}
    given = admin.post(door, json={"amount": 50, **why})
    assert given.status_code == 201, given.text
    assert given.json()["available"] == 50
    assert admin.post(door, json={"amount": -20, **why}).json()["available"] == 30
    more = admin.post(door, json={"amount": -31, **why})
    assert (more.status_code, more.json()["code"]) == (402, "insufficient-credits")
    for wrong in ({"amount": 0, **why}, {"amount": 5}, {"amount": 1.5, **why}, {"amount": 10**12, **why}):
        assert admin.post(door, json=wrong).status_code == 422, wrong
    assert ana.client.get(f"{CREDITS}/balance").json()["available"] == 30
    entries = admin.get(
        "/api/v1/admin/audit", params={"user_id": str(ana.user_id)}, headers={"X-Reason": "who was it"}
    ).json()["entries"]
    told = [each for each in entries if each["action"] == "credits.adjusted"]
    assert sorted(each["facts"]["amount"] for each in told) == [-20, 50]
    assert {each["detail"]["reason"] for each in told} == {"ticket 4711"}


def test_an_adjustment_with_a_key_is_made_once(admin: Client, ana: Person, postgres: Server) -> None:
    door = f"/api/v1/admin/users/{ana.user_id}/credits"
    body, key = {"amount": 5, "reason": "ticket 4711"}, {"Idempotency-Key": "4711"}
    first = admin.post(door, json=body, headers=key)
    again = admin.post(door, json=body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    with psycopg.connect(postgres.urls.worker) as connection:  # as after a process that died before it could keep it
        connection.execute("DELETE FROM idempotency_keys")
    assert admin.post(door, json=body, headers=key).json() == first.json()
    assert ana.client.get(f"{CREDITS}/balance").json()["available"] == 5


def test_nobody_adjusts_what_nobody_has(admin: Client, ana: Person) -> None:
    door = f"/api/v1/admin/users/{uuid.uuid4()}/credits"
    body = {"amount": 5, "reason": "ticket 4711"}
    assert admin.post(door, json=body).json()["code"] == "not-found"
    mine = f"/api/v1/admin/users/{ana.user_id}/credits"
    assert ana.client.post(mine, json=body).json()["code"] == "role-required"
