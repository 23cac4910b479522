"""Refusals that the audit trail tells of: once an hour for each credential, however often it is refused."""

import uuid

import psycopg
import pytest

from accounts.keys.networks import read_networks
from accounts.keys.rights import Rights
from accounts.keys.service import USUAL
from accounts.programs import create_key
from kit.postgres import Server
from serving.api import DOORS
from tests.databases import context
from tests.serving.client import Client
from tests.waiting import until

DOOR = DOORS[0]


def key_of(postgres: Server, rights: Rights | None = None) -> dict[str, str]:
    email = f"{uuid.uuid4().hex}@example.org"
    return {"X-API-Key": create_key(postgres.urls.admin, context(), email, "tests", rights, plan="free")}


def told(postgres: Server, action: str, key: dict[str, str]) -> list[tuple[str, bool]]:
    """The facts of such events of the key's user, and whether there is a sealed detail."""
    query = (
        "SELECT facts::text, sealed IS NOT NULL FROM audit_log WHERE action = %s AND user_id = "
        "(SELECT user_id FROM api_keys WHERE hash = sha256(%s))"
    )
    with psycopg.connect(postgres.urls.admin) as connection:
        found = connection.execute(query, [action, key["X-API-Key"].encode()]).fetchall()
    return [(str(facts), bool(sealed)) for facts, sealed in found]


def test_a_key_that_is_used_from_elsewhere_is_told_once(anonymous: Client, postgres: Server) -> None:
    key = key_of(postgres, Rights(USUAL, networks=read_networks(["203.0.113.7"])))
    for _ in range(5):
        answer = anonymous.get(DOOR.path, params=DOOR.example, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "address-not-allowed")
    until(lambda: told(postgres, "key.refused", key) != [])
    ((facts, sealed),) = told(postgres, "key.refused", key)
    assert sealed, "from where it was used is the person's own matter"
    assert "127.0.0.1" not in facts


@pytest.mark.parametrize("past", [1, 5])
def test_a_limit_that_is_exceeded_is_told_once(anonymous: Client, postgres: Server, past: int) -> None:
    key = key_of(postgres)
    refused = 0
    while refused < past:
        refused += anonymous.get(DOOR.path, params=DOOR.example, headers=key).status_code == 429
    until(lambda: told(postgres, "limit.exceeded", key) != [])
    limits = sorted(facts for facts, _ in told(postgres, "limit.exceeded", key))
    assert 1 <= len(limits) <= 2, "the hour's and the burst's of the free plan are the same number"
    assert len(set(limits)) == len(limits)
