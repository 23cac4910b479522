"""Growth of pay within matched cells."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.demand.pay_growth import YEAR_DAYS, pay_growth, weighted_median
from estimation.schema_trends import MARKET, MATCHED_PAY, PAY_GROWTH
from tests.estimation.market import LAST, US


def paid(day: date, pay: float, **columns: Any) -> dict[str, Any]:
    return {
        "basis": "advertised",
        "observed_on": day,
        "country": "US",
        "region_id": "us/ny",
        "occupation_major": "15-0000",
        "occupation_detailed": "15-1252",
        "seniority": None,
        "pay_period": "year",
        "pay_annual": pay,
    } | columns


def market(before: dict[int, int], now: dict[int, int], rise: float = 0.0) -> pl.DataFrame:
    """So many of each of twelve occupations in either window; occupation k is paid around 40,000 + 10,000 k."""
    rows = []
    for day, counts, factor in ((LAST - timedelta(YEAR_DAYS), before, 1.0), (LAST, now, 1.0 + rise)):
        for occupation, count in counts.items():
            for number in range(count):
                pay = (40_000 + 10_000 * occupation) * (0.9 + 0.2 * number / max(count - 1, 1)) * factor
                told = {"occupation_detailed": f"15-{1000 + occupation}", "employer_key": f"firm {number % 7}"}
                rows.append(paid(day, pay, **told))
    return pl.DataFrame([{"observation_id": n} | row for n, row in enumerate(rows)], schema=MATCHED_PAY)


def whole(pay: pl.DataFrame) -> dict[str, Any]:
    found = pay_growth(pay, US)
    assert found.schema == pl.Schema(PAY_GROWTH)
    return found.filter(pl.col("occupation_level") == "all", pl.col("place_level") == "country").row(0, named=True)


EVEN = dict.fromkeys(range(12), 21)


def test_a_rise_in_every_cell_is_the_growth() -> None:
    told = whole(market(EVEN, EVEN, rise=0.04))
    assert told["growth"] == pytest.approx(0.04)
    assert told["direction"] == "rising"
    assert (told["n_cells"], told["matched_share"], told["n_employers"]) == (12, 1.0, 7)


def test_a_shift_of_mix_moves_the_raw_median_and_not_the_growth() -> None:
    shifted = {occupation: 5 + 4 * occupation for occupation in range(12)}
    told = whole(market(EVEN, shifted))
    assert told["raw_growth"] > 0.15
    assert told["growth_low"] <= 0 <= told["growth_high"]
    assert abs(told["growth"]) < 0.01


def test_hourly_and_yearly_pay_are_not_matched() -> None:
    pay = market(EVEN, EVEN).with_columns(
        pl.when(pl.col("observed_on") == LAST).then(pl.lit("hour")).otherwise("pay_period").alias("pay_period")
    )
    assert (whole(pay)["n_cells"], whole(pay)["reason"], whole(pay)["direction"]) == (0, "too_few", "unknown")


def test_without_an_earlier_window_it_says_so() -> None:
    assert whole(market({}, EVEN))["reason"] == "short_window"
    assert pay_growth(market(EVEN, {}), US).is_empty()
    assert pay_growth(market({}, {}), US).is_empty()


def test_wild_pay_and_dates_are_survived_and_order_does_not_matter() -> None:
    odd = [paid(LAST, pay) for pay in (0.0, -5.0, 1e12, float("nan"), float("inf"))] + [paid(date(1900, 1, 1), 1.0)]
    rows = pl.DataFrame([{"observation_id": -n} | row for n, row in enumerate(odd)], schema=MATCHED_PAY)
    pay = pl.concat([market(EVEN, EVEN), rows])
    found = pay_growth(pay, US)
    assert abs(whole(pay)["growth"]) < 0.01
    assert found.equals(pay_growth(pay.sample(fraction=1.0, shuffle=True, seed=2), US))
    assert not found.select("basis", *MARKET).is_duplicated().any()


def test_weighted_median() -> None:
    middle, low, high = weighted_median(np.arange(101.0), np.ones(101))
    assert middle == pytest.approx(50)
    assert (low, high) == pytest.approx((50 - 9.85, 50 + 9.85), abs=0.1)
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 1e9]))[0] == pytest.approx(9.0)
