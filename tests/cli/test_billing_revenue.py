"""`payband billing revenue` on a real database: what was sold, read and built and told."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import payband
from kit.settings import variables
from tests.billing.payments.test_invoices import amount_of, subscribe
from tests.billing.payments.world import Buyer, buyer
from tests.billing.stripe_world import client, peer
from tests.databases import SECRET_KEY, postgres

__all__ = ["buyer", "client", "peer", "postgres"]

pytestmark = pytest.mark.filterwarnings("ignore")  # dbt and what it is made of warn about each other


def run(buyer: Buyer, store: Path, *words: str) -> Result:
    environment = {**variables(buyer.server.urls), "PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}
    done = CliRunner(env=environment | {"PAYBAND_STORE": str(store)}).invoke(payband, ["billing", "revenue", *words])
    assert done.exit_code == 0, done.output
    return done


def test_what_is_paid_is_told_in_each_way(buyer: Buyer, tmp_path: Path) -> None:
    made = subscribe(buyer, "professional-month")
    buyer.mirror(made.id, "subscription")
    buyer.mirror(made.latest_invoice, "invoice")
    buyer.buy("credits-50")
    mrr = [row for row in json.loads(run(buyer, tmp_path, "--json").stdout)["rows"] if row["currency"] == "USD"]
    assert sum(row["n_subscribers"] for row in mrr) >= 1
    assert max(row["mrr_minor"] for row in mrr) >= amount_of("professional-month") * 28 / 31
    heading = run(buyer, tmp_path).stdout.splitlines()[1]
    assert [each.strip() for each in heading.strip("│").split("┆")] == list(mrr[0]), "a line, however long, each"
    told = list(csv.DictReader(io.StringIO(run(buyer, tmp_path, "--table", "conversion", "--csv").stdout)))
    assert any(row["plan"] == "professional" for row in told)
    assert "credits-50" in run(buyer, tmp_path, "--table", "payments").stdout
