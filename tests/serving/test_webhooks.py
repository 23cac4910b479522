"""POST /api/v1/webhooks/clerk: what is taken and what is refused; on a real PostgreSQL."""

import base64
import json
import os
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook

from kit.postgres import Server
from tests.serving.clerk import DOOR, Person, client, configured, send, signed
from tests.serving.client import Client

__all__ = ["client", "configured"]


def refused(answer: httpx.Response, status: int, code: str, postgres: Server) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate.procrastinate_jobs").fetchone() == (0,)


def test_what_is_not_signed_by_our_secret_is_refused(client: Client, postgres: Server) -> None:
    body = json.dumps(Person().event("user.created")).encode()
    good = signed(body)
    other = Webhook(base64.b64encode(os.urandom(24)).decode()).sign(good["svix-id"], datetime.now(UTC), body.decode())
    wrong: list[dict[str, str]] = [
        {},
        {name: value for name, value in good.items() if name != "svix-id"},
        good | {"svix-signature": other},
        good | {"svix-signature": "v1,%%%"},
        good | {"svix-signature": "nothing"},
        good | {"svix-signature": good["svix-signature"].replace("v1,", "v1a,")},
        good | {"svix-id": "msg_another"},
        good | {"svix-timestamp": "soon"},
        good | {"svix-timestamp": "1e400"},
        signed(body, at=datetime.now(UTC) - timedelta(hours=1)),
        signed(body, at=datetime.now(UTC) + timedelta(hours=1)),
    ]
    for headers in wrong:
        refused(client.post(DOOR, content=body, headers=headers), 401, "invalid-signature", postgres)
    refused(client.post(DOOR, content=body + b" ", headers=good), 401, "invalid-signature", postgres)
    refused(client.post(DOOR, content=b"\xff\xfe", headers=good), 401, "invalid-signature", postgres)
    with psycopg.connect(postgres.urls.admin) as connection:
        assert connection.execute("SELECT FROM audit_log WHERE action = 'webhook.refused'").fetchone() is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"type": "user.created"}',
        b'{"type": "user.created", "data": {"id": ""}}',
        b'{"type": "user.created", "data": {"id": "user_1"}}',
        b'{"type": "user.created", "data": {"id": "user_1", "updated_at": 1e400}}',
        b'{"type": "user.created", "data": {"id": "user_1", "updated_at": 99999999999999999999}}',
        b'{"type": "user.created", "data": {"id": "user_\\u0000", "updated_at": 1}}',
        b'{"type": "user.created", "data": {"id": "\\ud800", "updated_at": 1}}',
        b'{"type": "user.created", "data": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
    ],
)
def test_what_is_no_event_is_refused(client: Client, postgres: Server, body: bytes) -> None:
    refused(client.post(DOOR, content=body, headers=signed(body)), 422, "malformed-body", postgres)


def test_events_that_are_nothing_to_us_are_taken_and_dropped(client: Client, postgres: Server) -> None:
    answer = send(client, {"type": "session.created", "data": {"id": "sess_1"}})
    assert (answer.status_code, answer.json()) == (202, {"received": "other"})
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate.procrastinate_jobs").fetchone() == (0,)


def test_too_much_is_too_much_and_a_long_event_is_not(client: Client, postgres: Server) -> None:
    ann = Person()
    assert send(client, ann.event("user.created", 0, public_metadata={"a": "x" * 100_000})).status_code == 202
    assert send(client, ann.event("user.created", 0, public_metadata={"a": "x" * 300_000})).status_code == 413


def test_parameters_and_other_methods_are_refused(client: Client, postgres: Server) -> None:
    body = json.dumps(Person().event("user.created")).encode()
    answer = client.post(f"{DOOR}?a=1", content=body, headers=signed(body))
    refused(answer, 422, "unknown-parameter", postgres)
    refused(client.get(DOOR), 405, "method-not-allowed", postgres)


def test_an_installation_without_clerk_has_no_such_door(anonymous: Client, postgres: Server) -> None:
    body = json.dumps(Person().event("user.created")).encode()
    answer = anonymous.post(DOOR, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
