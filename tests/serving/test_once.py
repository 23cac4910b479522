"""A POST with an Idempotency-Key is done once: whoever sends it again is answered alike."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from accounts.errors import Refused
from accounts.keys.networks import read_networks
from accounts.keys.rights import Rights
from accounts.programs import create_key
from accounts.users import service as users
from kit.database import Database
from kit.postgres import Server
from serving import once
from serving.insights.salaries.batch import PATH as BATCH
from serving.insights.salaries.schemas import EXAMPLE
from tests.callers import session_token
from tests.databases import context, on
from tests.serving.client import Client

KEYS = "/api/v1/keys"
WISH = {"name": "laptop"}
SCOPES = frozenset({"insights:read", "keys:read", "keys:write", "export:write"})
ALL = Rights(SCOPES)


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def email() -> str:
    return new_email()


@pytest.fixture
def caller(anonymous: Client, postgres: Server, email: str) -> Client:
    """Somebody of their own."""
    return another(anonymous, postgres, email)


def another(anonymous: Client, postgres: Server, email: str, rights: Rights = ALL) -> Client:
    """The same person's application, asked with another credential."""
    text = create_key(postgres.urls.admin, context(), email, "tests", rights, plan="enterprise")
    return anonymous.with_headers(Authorization=f"Bearer {text}")


def signed_in(anonymous: Client, postgres: Server, email: str) -> Client:
    async def known(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            return (await users.find_or_create(session, context(), email)).id

    async def token(database: Database) -> str:
        async with database.transaction(user_id) as session:
            return await session_token(session, context(), user_id)

    user_id = on(postgres.urls.admin, known)
    return anonymous.with_headers(Authorization=f"Bearer {on(postgres.urls.application, token)}")


def post(caller: Client, key: str, path: str = KEYS, **body: Any) -> httpx.Response:
    return caller.post(path, json=body or WISH, headers={"Idempotency-Key": key})


def names(caller: Client) -> list[str]:
    return [key["name"] for key in caller.get(KEYS).json()["keys"]]


def change(postgres: Server, sql: str) -> None:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE idempotency_keys NO FORCE ROW LEVEL SECURITY")
        connection.execute(sql)
        connection.execute("ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY")


def test_what_is_sent_again_is_answered_alike_and_done_once(caller: Client) -> None:
    first, again = post(caller, "one"), post(caller, "one")
    assert first.status_code == 201, first.text
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["cache-control"] == first.headers["cache-control"] == "no-store"
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert names(caller).count("laptop") == 1


def test_without_a_key_or_with_another_it_is_done_again(caller: Client) -> None:
    caller.post(KEYS, json=WISH)
    caller.post(KEYS, json=WISH)
    post(caller, "one")
    post(caller, "two")
    assert names(caller).count("laptop") == 4


@pytest.mark.parametrize("change_of", [{"name": "desktop"}, {"name": "laptop", "mode": "test"}])
def test_a_key_is_not_good_for_another_request(caller: Client, change_of: dict[str, str]) -> None:
    post(caller, "one")
    answer = post(caller, "one", **change_of)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    elsewhere = post(caller, "one", "/api/v1/export/full-data")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency-key-reused")
    assert names(caller).count("laptop") == 1


def test_who_has_signed_in_anew_or_has_another_key_is_answered_alike(
    anonymous: Client, caller: Client, postgres: Server, email: str
) -> None:
    first = post(caller, "one").json()
    for other in (another(anonymous, postgres, email), signed_in(anonymous, postgres, email)):
        again = post(other, "one")
        assert (again.json(), again.headers["idempotency-replayed"]) == (first, "true")
    assert names(caller).count("laptop") == 1


@pytest.mark.parametrize(
    "narrower",
    [
        Rights(SCOPES - {"export:write"}),
        Rights(SCOPES, networks=read_networks(["127.0.0.1"])),
        Rights(SCOPES, expires_at=datetime(2199, 1, 1, tzinfo=UTC)),
    ],
    ids=("scopes", "networks", "time"),
)
def test_a_credential_that_may_do_less_is_not_given_the_answer(
    anonymous: Client, caller: Client, postgres: Server, email: str, narrower: Rights
) -> None:
    wish = {"name": "laptop", "scopes": ["insights:read"]}
    text = post(caller, "one", **wish).json()["key"]
    other = another(anonymous, postgres, email, narrower)
    answer = post(other, "one", **wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert text not in answer.text
    assert post(other, "another", **wish).status_code in (201, 403)


def test_one_that_may_not_ask_the_door_hears_that(
    anonymous: Client, caller: Client, postgres: Server, email: str
) -> None:
    post(caller, "one")
    answer = post(another(anonymous, postgres, email, Rights(frozenset({"keys:read"}))), "one")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing-scope")


def test_what_a_live_key_was_answered_no_test_key_is(
    anonymous: Client, caller: Client, postgres: Server, email: str
) -> None:
    asked, test = {"questions": [EXAMPLE]}, Rights(frozenset({"insights:read"}), "test")
    live = post(caller, "one", BATCH, **asked)
    sample = post(another(anonymous, postgres, email, test), "one", BATCH, **asked)
    assert (live.status_code, "idempotency-replayed" in sample.headers) == (200, False)
    assert post(caller, "one", BATCH, **asked).headers["idempotency-replayed"] == "true"


def test_nobody_else_is_given_the_answer(anonymous: Client, caller: Client, postgres: Server) -> None:
    first, answer = post(caller, "one").json(), post(another(anonymous, postgres, new_email()), "one")
    assert answer.status_code == 201
    assert answer.json()["key"] != first["key"]


@pytest.mark.parametrize(
    "written", ['{"mode":"live","name":"laptop"}', '\n{"name" : "\\u006captop",\t"mode": "live"} ']
)
def test_json_is_the_same_however_it_is_written(caller: Client, written: str) -> None:
    first = post(caller, "one", name="laptop", mode="live")
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    again = caller.post(KEYS, content=written, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10_000])
def test_what_is_no_json_is_refused_as_without_a_key(caller: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    plain = caller.post(KEYS, content=body, headers=headers)
    keyed = caller.post(KEYS, content=body, headers=headers | {"Idempotency-Key": "one"})
    assert (keyed.status_code, keyed.json()["code"]) == (plain.status_code, plain.json()["code"])
    assert plain.status_code == 422


def test_twins_that_come_together_are_answered_alike(caller: Client) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: post(caller, "twins"), range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["key"] for answer in answers}) == 1
    assert names(caller).count("laptop") == 1


def test_a_refusal_is_not_kept(caller: Client) -> None:
    beyond = {"name": "laptop", "scopes": ["account:read"]}
    assert post(caller, "one", **beyond).status_code == 403
    assert post(caller, "one", **beyond).status_code == 403, "and the second is no replay"
    assert post(caller, "one").status_code == 201, "the key is as good as new"


@pytest.mark.parametrize("sent", ["", " ", "x" * 256, "schl\u00fcssel".encode()])
def test_what_is_no_key_is_named(caller: Client, sent: str | bytes) -> None:
    answer = caller.post(KEYS, json=WISH, headers={"Idempotency-Key": sent})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")
    assert answer.json()["faults"][0]["parameter"] == "Idempotency-Key"
    assert "laptop" not in names(caller)


def test_a_key_whose_worker_died_is_held_for_its_minute_and_no_longer(
    caller: Client, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(caller, "one")
    change(postgres, "UPDATE idempotency_keys SET answer_sealed = NULL")
    monkeypatch.setattr(once, "WAIT_S", 0.1)
    answer = post(caller, "one")
    assert (answer.status_code, answer.json()["code"]) == (409, "in-progress")
    assert int(answer.headers["retry-after"]) > 0
    change(postgres, "UPDATE idempotency_keys SET taken_until = now() - interval '1 s'")
    assert post(caller, "one", name="desktop").json()["code"] == "idempotency-key-reused"
    assert post(caller, "one").status_code == 201
    assert names(caller).count("laptop") == 2


def test_who_works_longer_than_the_minute_does_not_take_the_key_from_the_next(
    caller: Client, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(session: Any, context: Any, user_id: Any, *_: Any, **more: Any) -> Any:
        own = f"user_id = '{user_id}'"
        change(postgres, f"UPDATE idempotency_keys SET taken_until = taken_until + interval '1 min' WHERE {own}")
        raise Refused("conflict", "after all")

    monkeypatch.setattr("accounts.keys.service.create_key", slow)
    assert post(caller, "one").status_code == 409
    monkeypatch.undo()
    monkeypatch.setattr(once, "WAIT_S", 0.1)
    assert post(caller, "one").json()["code"] == "in-progress", "the next still works on it"


def test_a_day_later_a_key_is_new(caller: Client, postgres: Server) -> None:
    post(caller, "one")
    change(postgres, "UPDATE idempotency_keys SET created_at = created_at - interval '23 h 59 min'")
    assert "idempotency-replayed" in post(caller, "one").headers
    change(postgres, "UPDATE idempotency_keys SET created_at = created_at - interval '2 min'")
    assert "idempotency-replayed" not in post(caller, "one", name="desktop").headers
    assert sorted(names(caller))[:2] == ["desktop", "laptop"]


def test_an_answer_is_not_to_be_read_in_the_database(caller: Client, postgres: Server) -> None:
    text = post(caller, "one").json()["key"]
    with psycopg.connect(postgres.urls.worker) as connection:
        asked = "SELECT answer_sealed, digest FROM idempotency_keys WHERE answer_sealed IS NOT NULL"
        rows = connection.execute(asked).fetchall()
    assert rows
    assert not any(text.encode() in sealed or b"one" in digest for sealed, digest in rows)
