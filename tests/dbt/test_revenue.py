"""Revenue: figures recomputed in plain Python, and what a change of plan, an end and a return make of them."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from kit.frames import write_frame
from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.revenue import BUILT, FRAMES
from orchestration.warehouse import warehouse_of
from tests.dbt.engines import Chosen

TODAY = date(2026, 6, 10)
MONTH_DAYS = 365.25 / 12
OTHERS = ("mart_conversion", "mart_payments")
Marts = dict[str, pl.DataFrame]
Line = tuple[str, str, int, date, date]  # user, offer, amount, from, until

LINES: list[Line] = [
    ("ann", "basic-month", 999, date(2026, 1, 10), date(2026, 2, 10)),
    ("ann", "basic-month", -612, date(2026, 1, 22), date(2026, 2, 10)),  # goes on with another plan
    ("ann", "professional-month", 1225, date(2026, 1, 22), date(2026, 2, 10)),
    ("ann", "professional-month", 1999, date(2026, 2, 10), date(2026, 3, 10)),
    ("ben", "professional-year", 19190, date(2026, 2, 1), date(2027, 2, 1)),
    ("cyd", "basic-month", 0, date(2026, 1, 28), date(2026, 2, 4)),  # on trial
    ("cyd", "basic-month", 999, date(2026, 2, 4), date(2026, 3, 4)),
    ("cyd", "basic-month", 999, date(2026, 4, 20), date(2026, 6, 20)),  # comes back
    ("cyd", "basic-month", -333, date(2026, 5, 10), date(2026, 6, 20)),  # and ends at once, with money back
    ("gil", "basic-month", 999, date(2026, 2, 20), date(2026, 3, 20)),
    ("gil", "professional-month", 1999, date(2026, 3, 20), date(2026, 4, 20)),
    ("dee", "basic-month", 69_900, date(2026, 6, 1), date(2026, 7, 1)),  # in another currency
]


def in_(user: str) -> str:
    return "BDT" if user == "dee" else "USD"


@pytest.fixture(scope="module", params=["duckdb", "postgres", pytest.param("clickhouse", marks=pytest.mark.deep)])
def marts(request: pytest.FixtureRequest, empty_store: Callable[[], Store], chosen: Chosen) -> Iterator[Marts]:
    """The marts as an engine makes them."""
    with chosen(request.param):
        store = empty_store()
        write(store)
        run_dbt(store, BUILT)
        yield warehouse_of(store).read("revenue", {name: (name, ()) for name in ("mart_mrr", *OTHERS)})


def write(store: Store) -> None:
    """What was sold."""
    lines = [
        (f"il_{n}", user, offer, in_(user), amount, since.toordinal() * 86_400, since, until, TODAY)
        for n, (user, offer, amount, since, until) in enumerate(LINES)
    ]
    payments = [
        ("pi_1", "ann", None, "USD", 999, 0, date(2026, 1, 10)),
        ("pi_2", "ben", None, "USD", 19_190, 190, date(2026, 2, 1)),
        ("pi_3", "ben", "credits-50", "USD", 499, 499, date(2026, 2, 28)),
        ("pi_4", "ann", "credits-50", "USD", 499, 0, date(2026, 2, 1)),
    ]
    customers = [
        ("ann", date(2026, 1, 1), "basic-month", "USD", date(2026, 1, 10)),
        ("cyd", date(2026, 1, 31), "basic-month", "USD", date(2026, 2, 4)),
        ("eve", date(2026, 1, 31), "basic-month", "USD", None),
        ("fay", date(2026, 1, 31), None, None, None),
        ("ben", date(2026, 2, 1), "professional-year", "USD", date(2026, 2, 1)),
    ]
    for name, rows in (("invoice_lines", lines), ("payments", payments), ("customers", customers)):
        frame = pl.DataFrame(rows, FRAMES[name], orient="row")
        write_frame(frame, store.operator / f"{name}.parquet")


def month_ends() -> Iterator[date]:
    """The days on which months are measured."""
    day = date(2026, 1, 31)
    while day < TODAY:
        yield day
        day = ((day + timedelta(days=1)).replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    yield TODAY


def in_force(day: date) -> dict[tuple[str, str, str], float]:
    """What each user's plan is worth a month on a day, by user, plan and currency, in minor units."""
    found: dict[tuple[str, str, str], float] = {}
    for user in {line[0] for line in LINES}:
        covering = [line for line in LINES if line[0] == user and line[3] <= day < line[4]]
        _, offer, amount, since, until = max(
            covering, key=lambda line: (line[3], line[2]), default=(0, "", 0, day, day)
        )
        if amount > 0:
            found[user, offer.split("-")[0], in_(user)] = amount / (until - since).days * MONTH_DAYS
    return found


def expected() -> list[dict[str, Any]]:
    rows, before = [], dict[tuple[str, str, str], float]()
    for day in month_ends():
        now = in_force(day)
        users_before, users_now = {user for user, *_ in before}, {user for user, *_ in now}
        for plan, currency in sorted({key[1:] for key in (*now, *before)}):
            had = {user for user, *of in before if (plan, currency) == tuple(of)}
            have = {user for user, *of in now if (plan, currency) == tuple(of)}
            row = {
                "month_starts_on": day.replace(day=1),
                "measured_on": day,
                "plan": plan,
                "currency": currency,
                "n_subscribers": len(have),
                "n_before": len(had),
                "n_joined": len(have - had),
                "n_left": len(had - have),
                "n_new": len(have - users_before),
                "n_churned": len(had - users_now),
            }
            worth = sum(worth for key, worth in now.items() if key[1:] == (plan, currency))
            rows.append(row | {"mrr_minor": worth, "churn": row["n_churned"] / len(had) if had else None})
        before = now
    return rows


def test_monthly_revenue_and_who_came_and_went(marts: Marts) -> None:
    found = marts["mart_mrr"].sort("month_starts_on", "plan", "currency").to_dicts()
    wanted = expected()
    for one, other in zip(found, wanted, strict=True):
        assert one.pop("mrr_minor") == pytest.approx(other.pop("mrr_minor"), abs=1.5)
        assert one == other
    assert {row["n_churned"] for row in wanted} == {0, 1}  # each case is among them
    assert any(row["n_left"] > row["n_churned"] for row in wanted)


def test_a_change_of_plan_leaves_what_the_new_one_costs(marts: Marts) -> None:
    january = marts["mart_mrr"].filter(measured_on=date(2026, 1, 31)).to_dicts()
    assert [row["plan"] for row in january] == ["professional"]
    assert january[0]["mrr_minor"] == pytest.approx(1225 / 19 * MONTH_DAYS, abs=1)


def test_conversion_counts_everybody_who_signed_up_once(marts: Marts) -> None:
    found = marts["mart_conversion"].drop("conversion").sort(pl.all()).to_dicts()
    columns = ("month_starts_on", "plan", "currency", "n_signed_up", "n_paid")
    rows = [
        (date(2026, 1, 1), "basic", "USD", 3, 2),
        (date(2026, 1, 1), "none", "none", 1, 0),
        (date(2026, 2, 1), "professional", "USD", 1, 1),
    ]
    assert found == [dict(zip(columns, row, strict=True)) for row in rows]


def test_payments_are_told_with_what_went_back(marts: Marts) -> None:
    found = marts["mart_payments"].sort("month_starts_on", "offer").select("offer", "n_payments", "net_minor")
    rows = [("subscription", 1, 999), ("credits-50", 2, 499), ("subscription", 1, 19_000)]
    assert found.rows() == rows
