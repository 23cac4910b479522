"""What was sold, read from the application database: by somebody who subscribes, buys and changes at the stand-in."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import psycopg
import pytest

from kit.errors import Retriable
from kit.settings import variables
from kit.store import Store
from orchestration.conditions import SOLD
from orchestration.defs.revenue import nightly_revenue, revenue_definitions
from orchestration.installation import Installation
from orchestration.revenue import FRAMES, read_revenue
from tests.billing.payments.test_invoices import amount_of, subscribe
from tests.billing.payments.world import Buyer, buyer, somebody
from tests.billing.stripe_world import client, peer
from tests.databases import NOWHERE, postgres

__all__ = ["buyer", "client", "peer", "postgres"]

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # as orchestration.definitions does
OVERAGE = """
    INSERT INTO invoice_lines (id, invoice_id, user_id, offer, amount, period_start, period_end, proration)
    SELECT %(mark)s, invoice_id, user_id, 'overage', 700, period_start, period_end, false
    FROM invoice_lines WHERE invoice_id = %(invoice)s
"""
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def of(store: Store, name: str, buyer: Buyer) -> list[dict[str, object]]:
    frame = pl.read_parquet(store.operator / f"{name}.parquet")
    assert frame.schema == pl.Schema(FRAMES[name])
    return frame.filter(user_id=str(buyer.user_id)).to_dicts()


def test_frames_hold_what_was_paid_for_and_since_when(buyer: Buyer, tmp_path: Path) -> None:
    made, other = subscribe(buyer, "basic-month"), somebody(buyer.server, buyer.peer, buyer.client)
    buyer.mirror(made.id, "subscription")
    buyer.mirror(made.latest_invoice, "invoice")
    with psycopg.connect(buyer.server.urls.owner) as owner:
        owner.execute(OVERAGE, {"mark": f"il_{buyer.user_id}", "invoice": made.latest_invoice})
    pack = buyer.buy("credits-50")
    buyer.refund(pack, 99)
    buyer.mirror(pack)
    store = Store(tmp_path)
    rows = read_revenue(store, buyer.server.urls.worker, NOW)
    assert set(rows) == set(FRAMES)
    (line,) = of(store, "invoice_lines", buyer)
    assert (line["offer"], line["currency"], line["amount_minor"]) == ("basic-month", "USD", amount_of("basic-month"))
    assert (line["period_ends_on"] - line["period_starts_on"]).days in range(28, 32)  # type: ignore[operator]
    assert line["read_on"] == date(2026, 11, 1)
    ((name, paid, back),) = [
        (each["offer"], each["amount_minor"], each["withdrawn_minor"])
        for each in of(store, "payments", buyer)
        if each["offer"]
    ]
    assert (name, paid, back) == ("credits-50", amount_of("credits-50"), 99)
    (customer,) = of(store, "customers", buyer)
    assert (customer["offer"], customer["paid_on"] is None) == ("basic-month", False)
    (free,) = of(store, "customers", other)
    assert (free["offer"], free["currency"], free["paid_on"]) == (None, None, None)


def test_a_database_that_is_away_is_tried_again_and_costs_no_file(tmp_path: Path) -> None:
    with pytest.raises(Retriable):
        read_revenue(Store(tmp_path), NOWHERE.worker)
    assert not Store(tmp_path).operator.exists()


def test_the_asset_says_what_it_did_and_why_there_is_nothing(
    buyer: Buyer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asset,) = revenue_definitions(Installation(store=Store(tmp_path)))
    told = dg.materialize([asset]).asset_materializations_for_node(asset.op.name)[0].metadata
    assert "no application database" in str(told["why"].value)
    with dg.build_schedule_context() as context:
        assert isinstance(nightly_revenue(context), dg.SkipReason)
    for name, value in variables(buyer.server.urls).items():
        monkeypatch.setenv(name, value)
    done = dg.materialize([asset])
    assert done.asset_materializations_for_node(asset.op.name)[0].metadata["customers"].value >= 1
    assert done.get_asset_materialization_events()[0].asset_key == SOLD
    with dg.build_schedule_context() as context:
        assert isinstance(nightly_revenue(context), dg.RunRequest)
