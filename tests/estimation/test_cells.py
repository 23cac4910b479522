"""The pay lattice: its figures recomputed in plain Python, its rule at the edges, its independence of row order."""

import math
from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.pay.cells import pay_cells
from estimation.pay.intervals import order_ranks
from estimation.pay.lattice import EXPERIENCE_BANDS, GROUPINGS
from estimation.quantiles import quantile
from estimation.schema import CELL_KEYS, PAY_CELLS, PERCENTILES
from tests.estimation import plain
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


def test_unknown_employers_are_one_unless_individuals_contribute() -> None:
    unknown = [observation(n, employer_key=None, pay_annual=100_000.0 + 1000 * n) for n in range(12)]
    assert one_cell(unknown)["reason"] == "suppressed"
    cell = one_cell([row | {"contributor_id": row["observation_id"]} for row in unknown])
    assert (cell["level"], cell["n_employers"], cell["n_observations"]) == ("asked", 0, 12)


def test_pay_of_nothing_or_less_is_no_pay() -> None:
    rows = ten()
    odd = [observation(100 + n, pay_annual=pay) for n, pay in enumerate((0.0, -5.0, 0.004, None))]
    cell, without = one_cell([*rows, *odd]), one_cell(rows)
    assert cell["n_openings"] == without["n_openings"] + 4
    assert cell | {"n_openings": 10, "n_public_openings": 10} == without


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


def employer(row: dict[str, Any]) -> str:
    return str(row["employer_key"] or "?" + row["sources"].split(",")[0])


def test_every_cell_agrees_with_plain_python() -> None:
    market = random_market(400)
    cells = pay_cells(market, US).to_dicts()
    assert sum(cell["level"] == "asked" for cell in cells) > 50
    for cell in cells:
        rows = rows_of(cell, market)
        paid = [row for row in rows if row["pay_annual"] is not None]
        assert cell["n_openings"] == len(rows)
        assert cell["n_observations"] == len(paid)
        by_employer = Counter(map(employer, paid))
        assert cell["n_employers"] == sum(not name.startswith("?") for name in by_employer)
        assert cell["sources"] == ",".join(sorted({name for row in rows for name in row["sources"].split(",")}))
        publish = len(paid) >= 10 and len(by_employer) >= 3 and max(by_employer.values()) <= len(paid) / 2
        assert (cell["level"] == "asked") == publish
        if publish:
            check_figures(
                cell,
                [(row["pay_annual_min"], row["pay_annual_max"], employer(row), row["observation_id"]) for row in paid],
            )
        elif cell["level"] == "pooled":
            assert 0 <= cell["own_weight"] < 1
            assert cell["parent_place_id"] is not None
            assert cell["p50_low"] <= cell["p50"] <= cell["p50_high"]
        else:
            assert cell["reason"] == ("suppressed" if paid else "no_data")
            assert all(cell[f"p{level}"] is None for level in PERCENTILES)
            assert cell["mean"] is None


def check_figures(cell: dict[str, Any], stated: list[plain.Stated]) -> None:
    each = plain.weights(stated)
    middles = [(low + high) / 2 for low, high, *_ in stated]
    mean = sum(weight * middle for weight, middle in zip(each, middles, strict=True)) / sum(each)
    assert cell["mean"] == pytest.approx(mean, rel=1e-4)
    assert cell["mean_low"] <= cell["mean"] <= cell["mean_high"]
    assert cell["n_effective"] == pytest.approx(plain.effective(each), rel=1e-3)
    shares = Counter[str]()
    for weight, (_low, _high, employer, _identity) in zip(each, stated, strict=True):
        shares[employer] += weight / sum(each)
    assert cell["n_employers_effective"] == pytest.approx(1 / sum(one**2 for one in shares.values()), rel=1e-3)
    for level in PERCENTILES:
        if cell[f"p{level}"] is None:
            assert cell[f"p{level}_reason"] == "too_few"
            continue
        assert cell[f"p{level}_reason"] is None
        assert cell[f"p{level}"] == pytest.approx(plain.weighted_quantile(stated, level / 100), rel=1e-4)
        assert cell[f"p{level}_low"] <= cell[f"p{level}"] <= cell[f"p{level}_high"]


def test_single_figures_of_as_many_employers_have_exact_intervals() -> None:
    pay = [100_000.0 + 1000 * number**1.5 for number in range(40)]
    cell = one_cell([observation(number, pay_annual=value) for number, value in enumerate(pay)])
    assert cell["interval_method"] == "exact"
    assert cell["n_effective"] == 40
    for level in PERCENTILES:
        lower, upper = (int(rank[0]) for rank in order_ranks(np.array([40]), level / 100))
        if lower == 0:
            assert (cell[f"p{level}"], cell[f"p{level}_reason"]) == (None, "too_few")
            continue
        assert cell[f"p{level}"] == pytest.approx(quantile(pay, level / 100), abs=0.006)
        assert cell[f"p{level}_low"] == pytest.approx(pay[lower - 1], abs=0.006)
        assert cell[f"p{level}_high"] == pytest.approx(pay[upper - 1], abs=0.006)


def test_ranges_are_spread_and_their_ends_are_kept() -> None:
    ends = {"pay_annual": 100_000.0, "pay_annual_min": 80_000.0, "pay_annual_max": 120_000.0}
    cell = one_cell([observation(number, **ends) for number in range(40)])
    assert (cell["interval_method"], cell["share_ranges"]) == ("woodruff", 1.0)
    assert (cell["stated_low_p50"], cell["stated_mid_p50"], cell["stated_high_p50"]) == (80_000, 100_000, 120_000)
    assert cell["p50"] == pytest.approx(100_000, abs=1_000)
    assert cell["p10"] == pytest.approx(80_000 + 0.1 * 40_000, abs=1_000)
    assert 95_000 < cell["p50_low"] < 99_000  # one and the same range is not one and the same pay
    assert 101_000 < cell["p50_high"] < 105_000


def test_an_employer_with_many_openings_weighs_a_quarter_and_widens_the_interval() -> None:
    rng = np.random.default_rng(5)
    pay = np.round(rng.lognormal(11.3, 0.3, 60), 2)
    alone = one_cell([observation(number, pay_annual=float(value)) for number, value in enumerate(pay)])
    rows = [observation(number, pay_annual=float(value)) for number, value in enumerate(pay)]
    for row in rows[:28]:
        row["employer_key"], row["pay_annual"] = "giant", 1.5 * row["pay_annual"]
    cell = one_cell(rows)
    assert cell["interval_method"] == "clustered"
    assert cell["top_employer_share"] == pytest.approx(28 / 60)
    assert cell["n_employers_effective"] == pytest.approx(1 / (0.25**2 + 32 * (0.75 / 32) ** 2), rel=1e-3)
    assert cell["p50_high"] - cell["p50_low"] > alone["p50_high"] - alone["p50_low"]
    assert cell["log_median_variance"] > alone["log_median_variance"]


@pytest.mark.parametrize("value", [1.0, 0.01, 9.9e10])
def test_equal_pay_of_any_size_gives_itself(value: float) -> None:
    cell = one_cell([observation(number, pay_annual=value) for number in range(80)])
    assert {cell[f"p{level}"] for level in PERCENTILES} == {value}
    assert (cell["p50_low"], cell["p50_high"], cell["mean"]) == (value, value, value)
    assert cell["log_median_variance"] == pytest.approx(0.0, abs=1e-20)


def test_one_observation_is_a_cell_without_figures() -> None:
    cell = one_cell([observation(0)])
    assert (cell["reason"], cell["n_effective"], cell["log_median_variance"]) == ("suppressed", 1.0, None)
    assert cell["log_median"] == pytest.approx(math.log(100_000))


def test_dollars_are_those_of_the_days_with_a_rate() -> None:
    rows = ten()
    for row in rows[:4]:
        row["pay_annual_usd"] = 1.25 * row["pay_annual"]
    assert one_cell(rows)["usd_rate"] == pytest.approx(1.25)
    assert one_cell(rows)["p50_usd"] == pytest.approx(1.25 * one_cell(rows)["p50"], abs=0.01)
    assert one_cell(ten())["usd_rate"] is None


def test_days_far_away_are_in_their_year_or_in_none() -> None:
    rows = [*ten(observed_on=date(1900, 1, 1)), *(observation(10 + number) for number in range(10))]
    rows += [observation(20 + number, observed_on=date(2100, 1, 1)) for number in range(10)]
    assert one_cell(rows, period="1900")["n_openings"] == 10
    assert one_cell(rows)["n_openings"] == 10
    assert set(pay_cells(frame(rows), US)["period"]) == {"1900", "2026", "trailing"}


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
