"""`payband audit` on a real database."""

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from accounts.programs import create_key
from cli.main import payband
from kit.postgres import Server
from kit.settings import variables
from tests.databases import SECRET_KEY, context, postgres

__all__ = ["postgres"]


@pytest.fixture
def runner(postgres: Server, tmp_path: Path) -> CliRunner:
    key = SECRET_KEY.get_secret_value()
    return CliRunner(env={**variables(postgres.urls), "PAYBAND_STORE": str(tmp_path), "PAYBAND_SECRET_KEY": key})


def test_the_trail_is_listed_and_a_changed_row_ends_verification_with_1(postgres: Server, runner: CliRunner) -> None:
    create_key(postgres.urls.admin, context(), "audited@example.org", "laptop of Ana")
    listed = runner.invoke(payband, ["audit", "list", "--action", "key.created", "--limit", "1", "--json"])
    assert listed.exit_code == 0, listed.output
    entry = json.loads(listed.stdout)["entries"][0]
    assert (entry["detail"], entry["facts"]["mode"], entry["actor_kind"]) == (
        {"name": "laptop of Ana"},
        "live",
        "operator",
    )
    plain = runner.invoke(payband, ["audit", "list", "--user", entry["user_id"]])
    assert "key.created" in plain.stdout
    assert "laptop of Ana" in plain.stdout

    whole = runner.invoke(payband, ["audit", "verify"])
    assert (whole.exit_code, "the chain is whole" in whole.stdout) == (0, True)
    change = "UPDATE audit_log SET facts = replace(facts, %s, %s) WHERE seq = %s"
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        connection.execute(change, ["live", "dead", entry["seq"]])
        try:
            broken = runner.invoke(payband, ["audit", "verify", "--json"])
        finally:
            connection.execute(change, ["dead", "live", entry["seq"]])
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["faults"][0]["seq"] == entry["seq"]


def test_retention_can_be_asked_for_and_one_waits_at_most(postgres: Server, runner: CliRunner) -> None:
    with psycopg.connect(postgres.urls.owner) as connection:
        connection.execute("DELETE FROM procrastinate.procrastinate_jobs WHERE task_name = 'privacy.retain'")
    for said in ("job ", "it waits already"):
        done = runner.invoke(payband, ["privacy", "retain"])
        assert done.exit_code == 0, done.output
        assert said in done.stdout
