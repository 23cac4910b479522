"""POST /api/v1/webhooks/stripe: taken once and answered at once, or refused and told in the audit trail."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from kit.postgres import Server
from serving.app import create_app
from serving.limits import addresses as limits
from serving.limits.policies import Policies, Policy
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses
from tests.peers.stripe.deliveries import sign
from tests.serving.client import Client, serving

DOOR = "/api/v1/webhooks/stripe"
SECRETS = ("whsec_" + "n" * 32, "whsec_" + "o" * 32)  # the new one, and the old


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Client]:
    secrets, store = tuple(map(SecretStr, SECRETS)), tmp_path_factory.mktemp("store")
    settings = ServingSettings(
        store=store, secret_key=SECRET_KEY, stripe_webhook_secrets=secrets, **addresses(postgres.urls)
    )
    with serving(create_app(settings)) as client:
        yield client


def body(**more: object) -> bytes:
    about = {"object": "customer", "id": f"cus_{uuid.uuid4().hex}", "email": "canary@example.org"}
    told = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "customer.created", "created": 1_790_000_000}
    return json.dumps(told | {"data": {"object": about}} | more).encode()


def send(client: Client, told: bytes, *secrets: str, at: datetime | None = None) -> httpx.Response:
    header = sign(told, list(secrets or SECRETS[:1]), int((at or datetime.now(UTC)).timestamp()))
    return client.post(DOOR, content=told, headers={"Stripe-Signature": header})


def state(server: Server) -> dict[str, int]:
    """How many events and jobs there are, and refusals that the audit trail tells of."""
    counts = {
        "events": "stripe_events",
        "jobs": "procrastinate.procrastinate_jobs WHERE task_name = 'stripe.mirror'",
        "told": "audit_log WHERE action = 'webhook.refused' AND facts::jsonb->>'provider' = 'stripe'",
    }
    with psycopg.connect(server.urls.owner) as owner:
        rows = {name: owner.execute(f"SELECT count(*) FROM {what}").fetchone() for name, what in counts.items()}  # type: ignore[arg-type]
    return {name: row[0] if row else 0 for name, row in rows.items()}


def test_an_event_is_taken_once_by_either_secret(client: Client, postgres: Server) -> None:
    before, told = state(postgres), body()
    answers = [send(client, told, secret) for secret in (*SECRETS, *SECRETS)]
    assert [(each.status_code, each.json()) for each in answers] == [
        (202, {"received": "new"}),
        *[(202, {"received": "known"})] * 3,
    ]
    after = state(postgres)
    assert {name: after[name] - before[name] for name in after} == {"events": 1, "jobs": 1, "told": 0}


def test_nothing_of_what_an_event_tells_is_kept(client: Client, postgres: Server) -> None:
    assert send(client, body()).status_code == 202
    with psycopg.connect(postgres.urls.owner) as owner:
        for table in ("stripe_events", "procrastinate.procrastinate_jobs"):
            rows = owner.execute(f"SELECT t::text FROM {table} t").fetchall()  # type: ignore[arg-type]
            assert rows
            assert "canary" not in str(rows)


def test_forged_and_stale_ones_change_nothing_and_are_told_once_an_hour(client: Client, postgres: Server) -> None:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM audit_once")
    before, told, long_ago = state(postgres), body(), datetime.now(UTC) - timedelta(seconds=310)
    for _ in range(2):
        refused = [
            client.post(DOOR, content=told),
            send(client, told, "whsec_" + "x" * 32),
            send(client, told, at=long_ago),
            send(client, b"{"),
        ]
        assert [(each.status_code, each.json()["code"]) for each in refused] == [
            (401, "invalid-signature"),
            (401, "invalid-signature"),
            (401, "stale-signature"),
            (422, "malformed-body"),
        ]
    after = state(postgres)
    assert {name: after[name] - before[name] for name in after} == {"events": 0, "jobs": 0, "told": 3}


def test_who_forges_is_told_to_wait_and_who_signs_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch, postgres: Server
) -> None:
    monkeypatch.setattr(limits.ASKING, "policies", Policies(Policy("stripe-once", 1, 3_600)))
    answers = [client.post(DOOR, content=b"{}").status_code for _ in range(3)]
    assert answers == [401, 429, 429]
    assert [send(client, body()).status_code for _ in range(3)] == [202] * 3


def test_without_a_secret_there_is_no_such_door(anonymous: Client) -> None:
    answer = send(anonymous, body())
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
