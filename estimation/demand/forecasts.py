"""Forecasts of weekly openings, for every market whose panel index carries one."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy import stats

from estimation.demand.forecasting import HORIZON, LEAST_WEEKS, LEVEL, VERSION, Forecast, forecast_weekly
from estimation.demand.seasonality import Season, season
from estimation.quantiles import Floats
from estimation.schema_trends import DEMAND_FORECASTS, MARKET

LEAST_WEEKLY = 10.0  # openings a week over the last quarter
QUARTER_WEEKS = 13
COVERAGE_WEEKS = 4  # whose openings say how much of the panel's movement one sees now
MOST_SERIES = 300  # of a release, those with most openings: a fit takes some milliseconds


def demand_forecasts(index: pl.DataFrame) -> pl.DataFrame:
    """HORIZON weeks of every market of `index` (as POSTING_INDEX), as `schema_trends.DEMAND_FORECASTS`.

    The panel index is carried on, seasonally adjusted where it can be and the season put back, and brought to openings
    of the last four weeks' coverage. Markets without a forecast have their weeks with the reason.
    """
    known = index.filter(pl.col("week") >= pl.col("base_from")).sort(*MARKET, "week")
    markets = _judged(known)
    chosen = known.join(markets.filter(pl.col("reason").is_null()).select(MARKET.keys()), on=list(MARKET))
    done = [_forecast(mine) for _, mine in sorted(chosen.partition_by("country", as_dict=True).items())]
    figures = pl.concat([_nothing(), *done])
    ahead = pl.DataFrame({"weeks_ahead": range(1, HORIZON + 1)})
    wide = pl.when(pl.col("reason").is_null() & pl.col("forecast").is_null()).then(pl.lit("too_wide"))
    return (
        markets.join(ahead, how="cross")
        .join(figures, on=[*MARKET, "weeks_ahead"], how="left")
        .with_columns(
            (pl.col("last_week") + pl.duration(weeks=pl.col("weeks_ahead"))).alias("week"),
            pl.lit(LEVEL).alias("interval_level"),
            pl.lit(f"damped-combination@{VERSION}").alias("method"),
            pl.coalesce("reason", wide).alias("reason"),
        )
        .select(DEMAND_FORECASTS.keys())
        .cast(dict(DEMAND_FORECASTS))  # type: ignore[arg-type]
        .sort(*MARKET, "weeks_ahead")
    )


def _judged(known: pl.DataFrame) -> pl.DataFrame:
    """One row per market: its history, whether a season is known, and why it gets no forecast."""
    thin = pl.col("n_openings").tail(QUARTER_WEEKS).mean() < LEAST_WEEKLY
    markets = known.group_by(*MARKET, maintain_order=True).agg(
        pl.col("week").max().alias("last_week"),
        pl.len().alias("n_weeks"),
        pl.col("n_openings").sum(),
        pl.col("index_panel_sa").is_not_null().all().alias("seasonal"),
        pl.when(pl.len() < LEAST_WEEKS)
        .then(pl.lit("short_window"))
        .when(thin)
        .then(pl.lit("too_few"))
        .when(pl.col("index_panel").is_null().any())
        .then(pl.lit("no_panel"))
        .alias("reason"),
    )
    ranked = markets.sort([pl.col("reason").is_null(), "n_openings", *MARKET], descending=[True, True] + [False] * 5)
    beyond = pl.when(pl.int_range(pl.len()) >= MOST_SERIES).then(pl.lit("not_computed"))
    return ranked.with_columns(pl.coalesce("reason", beyond).alias("reason"))


def forecast_in_season(history: Floats, seasons: list[Season | None]) -> Forecast:
    """`forecast_weekly` of what is left without each series' season, with the season of the coming weeks put back."""
    factors = np.array([one.factors if one else np.ones(history.shape[1]) for one in seasons])
    ahead = np.array([one.ahead(HORIZON) if one else np.ones(HORIZON) for one in seasons])
    error = np.array([one.error if one else 0.0 for one in seasons])[:, None]
    found = forecast_weekly(history / factors)
    half = np.sqrt(np.log(found.high / found.mean) ** 2 + (stats.norm.ppf(0.5 + LEVEL / 2) * error) ** 2)
    mean = found.mean * ahead
    return Forecast(mean, mean * np.exp(-half), mean * np.exp(half))


def _forecast(known: pl.DataFrame) -> pl.DataFrame:
    """The markets of one country, which share their weeks and so calibrate each other."""
    each = known.partition_by(*MARKET, maintain_order=True)
    panel = np.array([one["index_panel"].to_numpy() for one in each])
    seasons = [
        None if one["index_panel_sa"].has_nulls() else season(series) for one, series in zip(each, panel, strict=True)
    ]
    scale = np.array([_openings_a_point(one) for one in each])[:, None]
    return pl.concat(_rows(each, forecast_in_season(panel, seasons), scale))


def _openings_a_point(market: pl.DataFrame) -> float:
    last = market.tail(COVERAGE_WEEKS)
    return float(last["n_openings"].to_numpy().sum() / last["index_panel"].to_numpy().sum())


def _rows(each: list[pl.DataFrame], found: Forecast, scale: Floats) -> Iterator[pl.DataFrame]:
    for number, market in enumerate(each):
        figures = {"forecast": found.mean, "forecast_low": found.low, "forecast_high": found.high}
        yield (
            market.select(MARKET.keys())
            .head(1)
            .join(
                pl.DataFrame(
                    {"weeks_ahead": np.arange(1, HORIZON + 1)}
                    | {
                        name: pl.Series((values[number] * scale[number]).round(2), nan_to_null=True)
                        for name, values in figures.items()
                    }
                ),
                how="cross",
            )
        )


def _nothing() -> pl.DataFrame:
    names = ["weeks_ahead", "forecast", "forecast_low", "forecast_high"]
    return pl.DataFrame(schema=MARKET | {name: DEMAND_FORECASTS[name] for name in names})
