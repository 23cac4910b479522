"""Real terms by published consumer prices."""

from datetime import date

import polars as pl
import pytest

from estimation.pay.prices import in_real_terms, prices


def row(country: str, month: date) -> dict[str, object]:
    medians = pl.DataFrame(
        {"country": [country], "month": [month], "p50": [100.0], "p50_low": [90.0], "p50_high": [110.0]}
    ).with_columns(reason=pl.lit(None, dtype=pl.String))
    return in_real_terms(medians).row(0, named=True)


def test_every_month_has_one_index_and_every_country_one_base() -> None:
    table = prices()
    assert not table.select("country", "month").is_duplicated().any()
    assert table.null_count().sum_horizontal().item() == 0
    assert (table.group_by("country").agg(pl.col("prices_of").n_unique())["prices_of"] == 1).all()


def test_the_yearly_averages_of_the_monthly_index_are_those_that_were_published() -> None:
    averages = (
        prices().filter(pl.col("country") == "US").group_by(pl.col("month").dt.year()).agg(pl.mean("price_index"))
    )
    published = {2015: 237.017, 2020: 258.811, 2022: 292.655, 2024: 313.689}  # annual averages of CPI-U
    for year, index in published.items():
        assert averages.filter(month=year)["price_index"].item() == pytest.approx(index, abs=0.002)


def test_a_month_is_brought_to_the_prices_of_the_base() -> None:
    told = row("US", date(2020, 1, 1))
    assert told["p50_real"] == pytest.approx(100 * 335.123 / 257.971, abs=0.006)
    assert told["p50_real_high"] == pytest.approx(110 * 335.123 / 257.971, abs=0.006)
    assert (told["prices_of"], told["real_reason"]) == (date(2026, 5, 1), None)


@pytest.mark.parametrize(
    ("country", "month"),
    [("US", date(2025, 10, 1)), ("US", date(2026, 6, 1)), ("US", date(1900, 1, 1)), ("AM", date(2020, 1, 1))],
)
def test_without_an_index_there_is_no_real_figure(country: str, month: date) -> None:
    told = row(country, month)
    assert (told["p50_real"], told["real_reason"]) == (None, "not_covered")
