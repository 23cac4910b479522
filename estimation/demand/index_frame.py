"""One market's counts as rows of `schema_trends.POSTING_INDEX`: every figure with its reason where there is none."""

import numpy as np
import numpy.typing as npt
import polars as pl

from estimation.demand.calendar import BLOCK_WEEKS, Calendar
from estimation.demand.chaining import Chained, Counts, chained
from estimation.demand.coverage import monday_of
from estimation.demand.seasonality import LEAST_WEEKLY, LEAST_YEARS, YEAR_WEEKS, season
from estimation.quantiles import Floats
from estimation.schema_trends import POSTING_INDEX

VERSION = 1
LEVEL = 0.95
Texts = npt.NDArray[np.object_]


def index_frame(cells: pl.DataFrame, counts: Counts, days: Calendar) -> pl.DataFrame:
    """A row for each market (`cells`, as the first axis of `counts`) and week."""
    panel = chained(counts, days.base, LEVEL)
    base = counts.raw[:, days.base_weeks].mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.where(base > 0, 100 * counts.raw / base, np.nan)
    factors, lacking = seasons(panel, counts, days)
    figures = {
        "index_nsa": raw,
        "index_sa": raw / factors,
        "index_panel": panel.value,
        "index_panel_low": panel.low,
        "index_panel_high": panel.high,
        "index_panel_sa": panel.value / factors,
        "panel_share": _panel_share(counts, days),
        "n_openings": counts.raw,
    }
    markets = cells.height
    return (
        cells[np.repeat(np.arange(markets), days.weeks)]
        .with_columns(
            *(pl.Series(name, np.tile(values, markets)) for name, values in _weekly(days).items()),
            *(pl.Series(name, values.ravel(), nan_to_null=True) for name, values in figures.items()),
            pl.Series("lacking", np.repeat(lacking, days.weeks).tolist(), dtype=pl.String),
        )
        .with_columns(*_reasons(days), *_same_everywhere(days))
        .select(POSTING_INDEX.keys())
        .cast(dict(POSTING_INDEX))  # type: ignore[arg-type]
    )


def seasons(panel: Chained, counts: Counts, days: Calendar) -> tuple[Floats, Texts]:
    """Factors of every market and week, nan where there is no season, and for each market why it has none.

    The season is the panel's, because a break in coverage would look like one in the raw series. The weeks before the
    base get those of the same weeks a year later.
    """
    begin = days.base_weeks.start
    known = panel.value[:, begin:]
    factors, reasons = np.full(counts.raw.shape, np.nan), np.full(len(known), None, dtype=object)
    for market, series in enumerate(known):
        if len(series) < LEAST_YEARS * YEAR_WEEKS:
            reasons[market] = "short_window"
        elif counts.raw[market, begin:].mean() < LEAST_WEEKLY:
            reasons[market] = "too_few"
        elif np.isnan(series).any():
            reasons[market] = "no_panel"
        else:
            factors[market, begin:] = season(series).factors
            factors[market, :begin] = factors[market, YEAR_WEEKS : YEAR_WEEKS + begin]
    return factors, reasons


def _panel_share(counts: Counts, days: Calendar) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts.later.sum(axis=2) / counts.raw
    share[:, : days.base_weeks.stop] = np.nan  # no link leads to the base
    return share


def _weekly(days: Calendar) -> dict[str, npt.NDArray[np.generic]]:
    """What all markets of a country share, week by week."""
    watched = days.watched.astype(np.int64)
    change = np.diff(watched, axis=1, prepend=watched[:, :1])
    return {
        "number": days.first_week + np.arange(days.weeks),
        "n_sources": watched.sum(axis=0),
        "n_sources_started": (change > 0).sum(axis=0),
        "n_sources_stopped": (change < 0).sum(axis=0),
        "n_panel_sources": np.repeat(days.linked.sum(axis=0), BLOCK_WEEKS)[: days.weeks],
    }


def _reasons(days: Calendar) -> list[pl.Expr]:
    no_base = pl.when(pl.col("index_nsa").is_null()).then(pl.lit("no_base"))
    early = pl.col("number") < days.first_week + days.base_weeks.start
    thin = pl.when(early).then(pl.lit("learning")).otherwise(pl.lit("thin_panel"))
    no_panel = pl.when(pl.col("index_panel").is_null()).then(thin)
    return [
        no_base.alias("index_nsa_reason"),
        no_panel.alias("index_panel_reason"),
        pl.coalesce(no_base, pl.col("lacking")).alias("index_sa_reason"),
        pl.coalesce(no_panel, pl.col("lacking")).alias("index_panel_sa_reason"),
    ]


def _same_everywhere(days: Calendar) -> list[pl.Expr]:
    base = days.first_week + days.base_weeks.start
    return [
        monday_of(pl.col("number")).alias("week"),
        monday_of(pl.lit(base)).alias("base_from"),
        (monday_of(pl.lit(base + BLOCK_WEEKS)) - pl.duration(days=1)).alias("base_to"),
        pl.lit(LEVEL).alias("interval_level"),
        pl.lit(f"weekly-index@{VERSION}").alias("method"),
    ]
