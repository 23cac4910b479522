"""`payband billing events` on a real database: what Stripe told us, seen and replayed."""

import json
import uuid
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from cli.main import payband
from kit.errors import BadInput
from kit.postgres import Server
from kit.settings import variables
from tests.databases import SECRET_KEY, postgres

__all__ = ["postgres"]

ADD = """
    INSERT INTO stripe_events (id, event_id, kind, object, object_id, created_at, received_at, state, attempts, error)
    VALUES (gen_random_uuid(), %s, 'customer.updated', 'customer', 'cus_1', now(), now(), %s, %s, %s)
"""


def run(postgres: Server, store: Path, *words: str) -> Result:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(store), "PAYBAND_SECRET_KEY": key}
    return CliRunner(env=environment).invoke(payband, ["billing", "events", *words])


@pytest.fixture
def parked(postgres: Server) -> str:
    """The number of an event that is parked, beside one that is done; nothing else is there."""
    name = f"evt_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM stripe_events")
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
        owner.execute(ADD, [name, "parked", 3, "Stripe refuses it: no such thing"])
        owner.execute(ADD, [f"{name}_done", "done", 1, None])
    return name


def test_what_failed_is_listed_and_shown(postgres: Server, tmp_path: Path, parked: str) -> None:
    listed = run(postgres, tmp_path, "list", "--state", "parked").stdout.splitlines()
    assert len(listed) == 2
    assert listed[0].endswith(f"parked   {parked}  customer.updated  cus_1  Stripe refuses it: no such thing")
    assert set(listed[1].split(", ")) == {"1 parked", "1 done"}
    told = json.loads(run(postgres, tmp_path, "list", "--json").stdout)
    assert {event["event_id"] for event in told["events"]} == {parked, f"{parked}_done"}
    shown = json.loads(run(postgres, tmp_path, "show", parked, "--json").stdout)
    assert (shown["state"], shown["attempts"], shown["object_id"]) == ("parked", 3, "cus_1")
    assert "T" in shown["received_at"], "as ISO 8601 has it"
    assert "attempts     3" in run(postgres, tmp_path, "show", parked).stdout


def test_it_is_replayed_by_name_or_with_all_that_are_parked(postgres: Server, tmp_path: Path, parked: str) -> None:
    assert run(postgres, tmp_path, "replay", "--parked").stdout == f"queued: {parked}\n"
    shown = json.loads(run(postgres, tmp_path, "show", parked, "--json").stdout)
    assert (shown["state"], shown["attempts"], shown["error"]) == ("received", 0, None)
    assert run(postgres, tmp_path, "replay", f"{parked}_done").exit_code == 0
    with psycopg.connect(postgres.urls.owner) as owner:
        jobs = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE lock = 'stripe:cus_1' AND status = 'todo'"
        assert owner.execute(jobs).fetchone() == (2,)
    assert run(postgres, tmp_path, "replay", "--parked").stdout == "queued: nothing\n"


@pytest.mark.parametrize(
    "words", ["show evt_none", "replay evt_none", "replay", "replay evt_none --parked", "list --state odd"]
)
def test_what_is_not_there_is_said(postgres: Server, tmp_path: Path, parked: str, words: str) -> None:
    assert isinstance(run(postgres, tmp_path, *words.split()).exception, BadInput)
