"""Growth of pay, held within matched cells so that a change of what is advertised is no growth.

A cell is one detailed occupation in one region at one seniority with one way of stating pay (hourly, yearly ...), in
one country and basis. A market's growth is the weighted median, over its cells with pay in both windows, of the change
of each cell's median; a cell with n and m observations weighs nm / (n + m), as the precision of a difference does. The
interval is Woodruff's, between quantiles of the cells, with Kish's effective number of cells: cells are taken as
independent, however many observations are in them.
"""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import polars as pl
from scipy import stats

from estimation.markets import MARKETS, in_market
from estimation.quantiles import Floats
from estimation.schema_trends import MARKET, MATCHED_PAY, PAY_GROWTH

VERSION = 1
LEVEL = 0.95
WINDOW_DAYS = 91
YEAR_DAYS = 364  # the same weekdays
LEAST_PER_CELL = 3  # in either window
LEAST_CELLS = 8
LEAST_EMPLOYERS = 3
FLAT = 0.01  # a whole interval within this either way is flat
CELL = ("basis", "country", "region_id", "occupation_major", "occupation_detailed", "seniority", "pay_period")


def pay_growth(pay: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Every market's growth of pay over a year as PAY_GROWTH, in order of basis and market.

    `pay` as MATCHED_PAY, `countries` as COUNTRIES, whose last capture ends the recent window of WINDOW_DAYS days.
    """
    dated = _windows(pay, countries)
    found = [_markets(in_market(dated, market)) for market in MARKETS]
    return pl.concat([pl.DataFrame(schema=PAY_GROWTH), *found]).sort("basis", *MARKET)


def _windows(pay: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """What lies in either window; `recent` says in which."""
    to = pl.col("last_captured_on")
    recent = pl.col("observed_on").is_between(to - timedelta(WINDOW_DAYS - 1), to)
    shifted = pl.col("observed_on") + timedelta(YEAR_DAYS)
    before = shifted.is_between(to - timedelta(WINDOW_DAYS - 1), to)
    return (
        pay.select(MATCHED_PAY.keys())
        .join(countries.select("country", "last_captured_on"), on="country")
        .filter((recent | before) & (pl.col("pay_annual") > 0) & pl.col("pay_annual").is_finite())
        .with_columns(
            recent.alias("recent"),
            pl.col("pay_annual").log().alias("log_pay"),
        )
    )


def _markets(rows: pl.DataFrame) -> pl.DataFrame:
    keys = ["basis", *MARKET]
    now = pl.col("recent")
    whole = rows.group_by(keys).agg(
        now.sum().alias("n_recent"),
        (~now).sum().alias("n_before"),
        (pl.col("log_pay").filter(now).median() - pl.col("log_pay").filter(~now).median()).alias("raw"),
        pl.col("last_captured_on").max(),
    )
    matched = _matched(rows, keys)
    found = whole.filter(pl.col("n_recent") > 0).join(matched, on=keys, how="left").sort(keys)
    employers = (
        rows.filter(now & pl.col("region_id").is_not_null() & pl.col("occupation_detailed").is_not_null())
        .group_by(keys)
        .agg(pl.col("employer_key").drop_nulls().n_unique().alias("n_employers"))
    )
    return _told(found.join(employers, on=keys, how="left"))


def _matched(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Of each market its matched cells, their growth and its interval."""
    now, names = pl.col("recent"), list(dict.fromkeys([*keys, *CELL]))
    cells = (
        rows.drop_nulls(["region_id", "occupation_detailed"])
        .group_by(names)
        .agg(
            now.sum().alias("n"),
            (~now).sum().alias("m"),
            (pl.col("log_pay").filter(now).median() - pl.col("log_pay").filter(~now).median()).alias("change"),
        )
        .filter((pl.col("n") >= LEAST_PER_CELL) & (pl.col("m") >= LEAST_PER_CELL))
        .sort(*keys, "change", *CELL)
    )
    figures = list(_medians(cells, keys))
    schema = {name: cells.schema[name] for name in keys} | {
        "n_observations": pl.Int64,
        "n_observations_before": pl.Int64,
        "n_cells": pl.Int64,
        "growth": pl.Float64,
        "growth_low": pl.Float64,
        "growth_high": pl.Float64,
    }
    return pl.DataFrame(figures, schema=schema, orient="row")


def _medians(cells: pl.DataFrame, keys: list[str]) -> Iterator[tuple[object, ...]]:
    for key, mine in cells.group_by(keys, maintain_order=True):
        n, m = mine["n"].to_numpy().astype(np.float64), mine["m"].to_numpy().astype(np.float64)
        figures = weighted_median(mine["change"].to_numpy(), n * m / (n + m)) if mine.height >= LEAST_CELLS else None
        yield (*key, int(n.sum()), int(m.sum()), mine.height, *(figures or (None, None, None)))


def weighted_median(values: Floats, weights: Floats, level: float = LEVEL) -> tuple[float, float, float]:
    """The weighted median of ascending values with its Woodruff interval: (median, low, high)."""
    share = weights / weights.sum()
    middles = np.cumsum(share) - share / 2
    half = stats.norm.ppf(0.5 + level / 2) * 0.5 * np.sqrt((share**2).sum())
    middle, low, high = np.interp([0.5, 0.5 - half, 0.5 + half], middles, values)
    return float(middle), float(low), float(high)


def _told(found: pl.DataFrame) -> pl.DataFrame:
    low, high = pl.col("growth_low"), pl.col("growth_high")
    few = pl.col("growth").is_null() | (pl.col("n_employers").fill_null(0) < LEAST_EMPLOYERS)
    reason = pl.when(pl.col("n_before") == 0).then(pl.lit("short_window")).when(few).then(pl.lit("too_few"))
    direction = (
        pl.when(pl.col("reason").is_not_null() | low.is_null())
        .then(pl.lit("unknown"))
        .when(low > 0)
        .then(pl.lit("rising"))
        .when(high < 0)
        .then(pl.lit("falling"))
        .when((low >= -FLAT) & (high <= FLAT))
        .then(pl.lit("flat"))
        .otherwise(pl.lit("unknown"))
    )
    figures = ["growth", "growth_low", "growth_high"]
    to = pl.col("last_captured_on")
    counts = ["n_observations", "n_observations_before", "n_employers", "n_cells"]
    return (
        found.with_columns(pl.col(counts).fill_null(0), reason.alias("reason"), pl.col("raw").alias("raw_growth"))
        .with_columns(
            *(pl.when(pl.col("reason").is_null()).then(pl.col(name).exp() - 1).alias(name) for name in figures),
            (pl.col("raw_growth").exp() - 1).alias("raw_growth"),
            (pl.col("n_observations") / pl.col("n_recent")).alias("matched_share"),
            (to - timedelta(WINDOW_DAYS - 1)).alias("window_from"),
            to.alias("window_to"),
            (to - timedelta(YEAR_DAYS + WINDOW_DAYS - 1)).alias("before_from"),
            (to - timedelta(YEAR_DAYS)).alias("before_to"),
            pl.lit(LEVEL).alias("interval_level"),
            pl.lit(f"matched-pay-growth@{VERSION}").alias("method"),
        )
        .with_columns(direction.alias("direction"))
        .select(PAY_GROWTH.keys())
        .cast(dict(PAY_GROWTH))  # type: ignore[arg-type]
    )
