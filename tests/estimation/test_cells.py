"""The pay lattice: its figures recomputed in plain Python, its rule at the edges, its independence of row order."""

import math
import statistics
from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.cells import pay_cells
from estimation.intervals import order_ranks
from estimation.lattice import EXPERIENCE_BANDS, GROUPINGS
from estimation.quantiles import quantile
from estimation.schema import CELL_KEYS, PAY_CELLS, PERCENTILES
from tests.estimation.market import LAST, US, frame, observation, random_market


def one_cell(rows: list[dict[str, Any]], **keys: str) -> dict[str, Any]:
    """The one cell of developers in New York City, or whatever keys say."""
    wanted = {
        "period": "trailing",
        "basis": "advertised",
        "occupation_level": "detailed",
        "place_level": "city",
        "dimension": "all",
    } | keys
    found = pay_cells(frame(rows), US).filter(*(pl.col(key) == value for key, value in wanted.items()))
    assert len(found) == 1, found
    return found.row(0, named=True)


def ten(**columns: Any) -> list[dict[str, Any]]:
    return [observation(number, pay_annual=100_000.0 + 1000 * number, **columns) for number in range(10)]


def test_has_the_schema_and_is_sorted_by_unique_keys() -> None:
    cells = pay_cells(random_market(300), US)
    assert cells.schema == pl.Schema(PAY_CELLS)
    keys = cells.select(CELL_KEYS.keys())
    assert keys.equals(keys.sort(CELL_KEYS.keys()))
    assert not keys.is_duplicated().any()


def test_no_observations_give_no_cells() -> None:
    assert pay_cells(frame([]), US).is_empty()


def test_does_not_depend_on_the_order_of_rows() -> None:
    market = random_market(600)
    expected = pay_cells(market, US)
    for seed in (1, 2):
        assert pay_cells(market.sample(fraction=1.0, shuffle=True, seed=seed), US).equals(expected)


def rows_of(cell: dict[str, Any], market: pl.DataFrame) -> list[dict[str, Any]]:
    """The observations of a cell, found again in the plainest way."""
    column = {"detailed": "occupation_code", "all": None}.get(
        cell["occupation_level"], f"occupation_{cell['occupation_level']}"
    )
    place = {"city": "place_id", "region": "region_id"}.get(cell["place_level"])
    bands = {name: (low, high) for name, low, high in EXPERIENCE_BANDS}

    def inside(row: dict[str, Any]) -> bool:
        if cell["period"] == "trailing":
            dated = LAST - timedelta(days=364) <= row["observed_on"]
        else:
            dated = str(row["observed_on"].year) == cell["period"]
        if cell["dimension"] == "experience":
            low, high = bands[cell["dimension_value"]]
            years = row["experience_years"]
            split = years is not None and low <= years < (high or math.inf)
        else:
            split = cell["dimension"] == "all" or row[cell["dimension"]] == cell["dimension_value"]
        return (
            dated
            and split
            and row["basis"] == cell["basis"]
            and (column is None or row[column] == cell["occupation_code"])
            and (place is None or row[place] == cell["place_id"])
        )

    return [row for row in market.to_dicts() if inside(row)]


def test_every_cell_agrees_with_plain_python() -> None:
    market = random_market(400)
    cells = pay_cells(market, US).to_dicts()
    assert sum(cell["reason"] is None for cell in cells) > 50
    for cell in cells:
        rows = rows_of(cell, market)
        paid = [row for row in rows if row["pay_annual"] is not None]
        pay = sorted(row["pay_annual"] for row in paid)
        assert cell["n_openings"] == len(rows)
        assert cell["n_observations"] == len(pay)
        by_employer = Counter(row["employer_key"] or "?" + row["sources"].split(",")[0] for row in paid)
        assert cell["n_employers"] == sum(not name.startswith("?") for name in by_employer)
        assert cell["sources"] == ",".join(sorted({name for row in rows for name in row["sources"].split(",")}))
        publish = len(pay) >= 10 and len(by_employer) >= 3 and max(by_employer.values()) <= len(pay) / 2
        assert (cell["reason"] is None) == publish
        if publish:
            check_figures(cell, pay)
        else:
            assert all(cell[f"p{level}"] is None for level in PERCENTILES)
            assert cell["mean"] is None


def check_figures(cell: dict[str, Any], pay: list[float]) -> None:
    assert cell["mean"] == pytest.approx(statistics.fmean(pay), abs=0.006)
    assert cell["mean_low"] <= cell["mean"] <= cell["mean_high"]
    for level in PERCENTILES:
        lower, upper = (int(rank[0]) for rank in order_ranks(np.array([len(pay)]), level / 100))
        if lower == 0:
            assert (cell[f"p{level}"], cell[f"p{level}_reason"]) == (None, "too_few")
            continue
        assert cell[f"p{level}_reason"] is None
        assert cell[f"p{level}"] == pytest.approx(quantile(pay, level / 100), abs=0.006)
        assert (cell[f"p{level}_low"], cell[f"p{level}_high"]) == (pay[lower - 1], pay[upper - 1])


def test_ten_observations_are_enough_and_nine_are_not() -> None:
    assert one_cell(ten())["p50"] == 104_500.0
    nine = one_cell(ten()[:9])
    assert (nine["reason"], nine["p50"], nine["n_observations"]) == ("suppressed", None, 9)


@pytest.mark.parametrize(("largest", "reason"), [(5, None), (6, "suppressed")])
def test_one_employer_may_give_half_and_no_more(largest: int, reason: str | None) -> None:
    rows = ten()
    for row in rows[:largest]:
        row["employer_key"] = "giant"
    assert one_cell(rows)["reason"] == reason


def test_three_employers_are_needed() -> None:
    rows = ten()
    for number, row in enumerate(rows):
        row["employer_key"] = f"employer {number % 2}"
    assert one_cell(rows)["reason"] == "suppressed"
    rows[0]["employer_key"] = rows[1]["employer_key"] = "third"
    assert one_cell(rows)["reason"] is None


def test_unknown_employers_of_a_source_count_as_one() -> None:
    unknown = one_cell(ten(employer_key=None))
    assert (unknown["reason"], unknown["n_employers"], unknown["top_employer_share"]) == ("suppressed", 0, 1.0)
    rows = ten()
    for row in rows[:5]:
        row["employer_key"] = None
    assert one_cell(rows)["reason"] is None
    assert one_cell(rows)["n_employers"] == 5


def test_openings_without_pay_are_counted_and_alone_give_no_data() -> None:
    cell = one_cell([*ten(), *(observation(number, pay_annual=None) for number in range(10, 14))])
    assert (cell["n_openings"], cell["n_observations"], cell["reason"]) == (14, 10, None)
    assert one_cell([observation(0, pay_annual=None)])["reason"] == "no_data"


def test_the_trailing_window_has_365_days_and_the_future_is_in_none() -> None:
    first = LAST - timedelta(days=364)
    dates = [LAST + timedelta(days=1), first - timedelta(days=1), *[first] * 10]
    cell = one_cell([observation(number, observed_on=day) for number, day in enumerate(dates)])
    assert (cell["n_openings"], cell["window_from"], cell["window_to"]) == (10, first, LAST)
    year = one_cell([observation(number, observed_on=day) for number, day in enumerate(dates)], period="2025")
    assert (year["n_openings"], year["window_from"], year["window_to"]) == (11, date(2025, 1, 1), date(2025, 12, 31))


def test_an_observation_known_to_its_minor_group_is_in_no_finer_cell() -> None:
    rough = observation(0, occupation_code="15-1200", occupation_level="minor", occupation_broad=None)
    cells = pay_cells(frame([rough]), US)
    assert set(cells["occupation_level"]) == {"minor", "major", "all"}


def test_countries_without_a_currency_have_no_cell() -> None:
    assert pay_cells(frame(ten()), US.with_columns(pl.lit(None, dtype=pl.String).alias("currency"))).is_empty()


def test_split_cells_exist_only_where_they_could_be_published() -> None:
    rows = [*ten(seniority="senior"), *(observation(number, seniority="mid") for number in range(10, 19))]
    cells = pay_cells(frame(rows), US).filter(pl.col("dimension") == "seniority")
    assert set(cells["dimension_value"]) == {"senior"}


def test_the_lattice_is_what_the_documentation_says() -> None:
    assert len(GROUPINGS) == 5 * 4 + 4 * (4 + 2 * 2)
    assert len(set(GROUPINGS)) == len(GROUPINGS)
