"""Weekly indices: what is watched, what is linked, and that coverage is not taken for hiring."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from accuracy.demand_streams import FIRST, Stream, draw
from estimation.demand.coverage import watched_spans, week_of
from estimation.demand.forecasting import HORIZON
from estimation.demand.forecasts import demand_forecasts
from estimation.demand.index import posting_index
from estimation.schema_trends import CAPTURES, DEMAND_FORECASTS, FLOW, MARKET, POSTING_INDEX

KEYS = ["week", *MARKET]


def captured(source: str, days: list[int], postings: int = 10) -> pl.DataFrame:
    rows = [(source, FIRST + timedelta(day), postings) for day in days]
    return pl.DataFrame(rows, schema=CAPTURES, orient="row")


def country(stream: Stream, seed: int = 1) -> pl.DataFrame:
    """The series of all occupations in the country."""
    return posting_index(*draw(stream, seed)).filter(pl.col("place_level") == "country")


def spans_of(captures: pl.DataFrame) -> list[tuple[int, int]]:
    """Spans in days since FIRST."""
    first = (FIRST - date(1970, 1, 1)).days
    return [(after - first, until - first) for _, after, until in watched_spans(captures).iter_rows()]


def test_weeks_begin_on_monday() -> None:
    days = pl.DataFrame({"day": [FIRST - timedelta(1), FIRST, FIRST + timedelta(6), FIRST + timedelta(7)]})
    weeks = days.select(week_of(pl.col("day")))["day"].to_list()
    assert [week - weeks[1] for week in weeks] == [-1, 0, 0, 1]


def test_a_source_is_watched_between_captures_that_are_no_further_apart_than_usual() -> None:
    assert spans_of(captured("daily", [*range(20), *range(40, 60)])) == [(0, 19), (40, 59)]
    assert spans_of(captured("monthly", [0, 31, 59, 90, 151, 182])) == [(0, 90), (151, 182)]
    assert spans_of(captured("once", [5])) == []


def test_an_empty_capture_is_no_look_at_a_source_that_has_postings() -> None:
    dead = pl.concat([captured("board", list(range(20))), captured("board", list(range(20, 60)), postings=0)])
    assert spans_of(dead) == [(0, 19)]
    assert spans_of(captured("tiny", list(range(30)), postings=0)) == [(0, 29)]


def test_a_source_that_is_not_captured_for_a_month_moves_the_raw_index_and_not_the_panel() -> None:
    whole = country(Stream(days=7 * 60))
    dropped = country(Stream(days=7 * 60, missing=[(0, 7 * 40, 7 * 44)]))
    both = whole.join(dropped, on=KEYS, suffix="_dropped").filter(
        pl.col("week").is_between(FIRST + timedelta(weeks=40), FIRST + timedelta(weeks=43))
    )
    assert (both["index_nsa_dropped"] < 0.8 * both["index_nsa"]).all()
    panel = both["index_panel_dropped"].mean() / both["index_panel"].mean()  # type: ignore[operator]
    interval = both["index_panel_high"].mean() / both["index_panel"].mean()  # type: ignore[operator]
    assert 1 / interval < panel < interval
    assert dropped["n_sources_stopped"].sum() == 1
    assert dropped["n_sources_started"].sum() == 1


def test_an_interval_holds_the_planted_trend_and_a_freeze_shows() -> None:
    falling = country(Stream(days=7 * 60, yearly=-1.0)).tail(1)
    assert falling["index_panel_high"][0] < 75
    assert falling["index_panel_low"][0] < 100 * np.exp(-52 / 52.18) < falling["index_panel_high"][0]


def test_the_base_is_stated_and_is_100() -> None:
    series = country(Stream(days=7 * 30))
    base = series.filter(pl.col("week").is_between("base_from", "base_to"))
    assert base.height == 4
    assert base["index_nsa"].mean() == pytest.approx(100)
    assert base["index_panel"].mean() == pytest.approx(100)
    assert set(series["index_sa_reason"]) == {"short_window"}


def test_two_full_years_have_a_season_and_it_leaves() -> None:
    series = country(Stream(days=7 * 130, swing=0.5, per_day=60, employers=300)).drop_nulls("index_panel_sa")
    swing = [series[name].log().std() for name in ("index_panel", "index_panel_sa")]
    assert swing[1] < 0.5 * swing[0]  # type: ignore[operator]


def test_rows_in_another_order_give_the_same_frames() -> None:
    openings, captures = draw(Stream(days=7 * 40, employers=40), 3)
    openings = openings.with_columns(pl.when(pl.col("opening_id") % 5 > 0).then("employer_key").alias("employer_key"))
    series = posting_index(openings, captures)
    again = posting_index(openings.sample(fraction=1.0, shuffle=True, seed=1), captures.reverse())
    assert again.equals(series)
    assert series.schema == pl.Schema(POSTING_INDEX)
    assert not series.select(KEYS).is_duplicated().any()


def test_nothing_and_next_to_nothing_give_no_series() -> None:
    openings, captures = draw(Stream(days=7 * 40), 3)
    nothing = posting_index(openings.clear(), captures.clear())
    assert nothing.schema == pl.Schema(POSTING_INDEX)
    assert posting_index(openings, captures.head(1)).is_empty()
    assert posting_index(openings.head(29), captures).is_empty()
    assert demand_forecasts(nothing).schema == pl.Schema(DEMAND_FORECASTS)


def test_misdated_openings_do_not_matter() -> None:
    openings, captures = draw(Stream(days=7 * 40), 3)
    odd = [
        {"opening_id": -1, "opened_on": day, "first_captured_on": FIRST} for day in (date(1900, 1, 1), date(2100, 1, 1))
    ]
    rows = [openings.row(0, named=True) | one for one in odd]
    more = pl.concat([openings, pl.DataFrame(rows, schema=FLOW)])
    assert posting_index(more, captures).equals(posting_index(openings, captures))


def test_forecasts_are_in_openings_of_the_last_weeks_and_others_say_why_not() -> None:
    openings, captures = draw(Stream(days=7 * 60), 3)
    thin = openings.filter(pl.col("opening_id") % 50 == 0).with_columns(region_id=pl.lit("us/ca"))
    index = posting_index(pl.concat([openings, thin.with_columns(pl.col("opening_id") + 10**9)]), captures)
    forecasts = demand_forecasts(index)
    assert forecasts.schema == pl.Schema(DEMAND_FORECASTS)
    assert forecasts.height == HORIZON * index.select(MARKET.keys()).n_unique()
    whole = forecasts.filter(pl.col("place_level") == "country")
    recent = index.filter(pl.col("place_level") == "country").tail(4)["n_openings"].mean()
    assert whole["forecast"].mean() == pytest.approx(recent, rel=0.2)
    assert set(forecasts.filter(pl.col("place_id") == "us/ca")["reason"]) == {"too_few"}
    assert whole["week"].min() == index["week"].max() + timedelta(weeks=1)  # type: ignore[operator]
