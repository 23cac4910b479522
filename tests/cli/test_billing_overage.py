"""`payband billing overage` on a real database: hours that Stripe was not told of for certain."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from click.testing import CliRunner, Result

from cli.main import payband
from kit.postgres import Server
from kit.settings import variables
from tests.billing.stripe_world import person
from tests.databases import SECRET_KEY, postgres
from tests.people import NOON

__all__ = ["postgres"]


def run(postgres: Server, store: Path, *words: str) -> Result:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(store), "PAYBAND_SECRET_KEY": key}
    done = CliRunner(env=environment).invoke(payband, ["billing", "overage", *words])
    assert done.exit_code == 0, done.output
    return done


def test_what_stripe_was_not_told_of_for_certain_is_listed(postgres: Server, tmp_path: Path) -> None:
    user = person(postgres)
    told = [(2, 1_000, NOON, NOON), (1, 1_010, NOON, None), (0, 1_020, None, None)]
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM overage_hours")
        for ago, answered, sent, reported in told:
            hour = NOON - timedelta(hours=ago)
            owner.execute(
                "INSERT INTO overage_hours VALUES (gen_random_uuid(), %s, %s, 1000, %s, %s, 50, 'USD', now(), %s, %s)",
                [user, hour, answered, answered - 1_000, sent, reported],
            )
    lines = run(postgres, tmp_path).output.splitlines()
    assert lines == [
        f"{NOON - timedelta(hours=1):%F %H:00}         10 of 1,010 above 1,000  sent {NOON:%F %T}  {user}",
        f"{NOON:%F %H:00}         20 of 1,020 above 1,000  not sent  {user}",
        "2 hours are not reported",
    ]
    hours = json.loads(run(postgres, tmp_path, "--json").stdout)["hours"]
    assert [(each["above"], each["sent_at"] is not None) for each in hours] == [(10, True), (20, False)]
    assert datetime.fromisoformat(hours[1]["hour"]) == NOON
