"""How long vacancies stay open, by market and company size and by company, and which look like reposts or ghosts."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from estimation.demand.spells import followed
from estimation.demand.survival import LEVEL, Curves, kaplan_meier
from estimation.markets import MARKETS, Market, in_market
from estimation.quality import MIN_EMPLOYERS
from estimation.quantiles import Floats
from estimation.schema_trends import COMPANY_DURATIONS, MARKET, SPELLS, VACANCY_DURATION

VERSION = 1
MOST_DAYS = 365  # a curve is followed no longer
LEAST_OPENINGS = 30  # followed ones
LONG_DAYS = 180  # open for longer: a signal that nobody is being hired
QUARTILES = {"days_p25": 0.25, "days_p50": 0.5, "days_p75": 0.75}
SIZED = (Market("all", "country"), Market("major", "country"))  # where company sizes are told apart
SHARES = {"share_open_90": 90, "share_open_180": 180}


def vacancy_duration(openings: pl.DataFrame) -> pl.DataFrame:
    """Every market with one of the `followed_openings` as VACANCY_DURATION, in order of market and company size."""
    frames = [pl.DataFrame(schema=VACANCY_DURATION)]
    for market in MARKETS:
        for size in ("all", None) if market in SIZED else ("all",):
            frames.extend(_market(openings, market, size))
    return pl.concat(frames).sort(*MARKET, "company_size")


def company_durations(openings: pl.DataFrame) -> pl.DataFrame:
    """Every employer with one of the `followed_openings` as COMPANY_DURATIONS, in order of employer and country."""
    keys = ["employer_key", "country"]
    rows = openings.drop_nulls(keys)
    counted = _counted(rows, keys).select(*keys, "n_openings").sort(keys)
    enough = counted.filter(pl.col("n_openings") >= LEAST_OPENINGS).with_row_index("cell")
    figures = dict(zip(_names("days_p50"), _curves(rows, enough, keys).quantile(0.5), strict=True))
    known = enough.select(*keys, *(pl.Series(k, v, nan_to_null=True) for k, v in figures.items()))
    told = counted.join(known, on=keys, how="left", maintain_order="left").with_columns(
        pl.when(pl.col("days_p50").is_not_null())
        .then(pl.lit(None, pl.String))
        .when(pl.col("n_openings") == 0)
        .then(pl.lit("not_followed"))
        .when(pl.col("n_openings") < LEAST_OPENINGS)
        .then(pl.lit("too_few"))
        .otherwise(pl.lit("beyond_observed"))
        .alias("days_p50_reason")
    )
    return told.select(COMPANY_DURATIONS.keys()).cast(dict(COMPANY_DURATIONS))  # type: ignore[arg-type]


def followed_openings(spells: pl.DataFrame, captures: pl.DataFrame) -> pl.DataFrame:
    """One row per opening: what it is, how it was followed, and its signals.

    `spells` as SPELLS, `captures` as CAPTURES, rows in any order.
    """
    spells = spells.select(SPELLS.keys())
    texts = pl.col("text_length").filter(pl.col("text_length") > 0)
    first = pl.all().sort_by("opened_on", "posting_id").first()
    reposted = (
        spells.group_by("opening_id", "source")
        .agg(pl.col("first_captured_on").n_unique().alias("times"))
        .group_by("opening_id")
        .agg((pl.col("times").max() > 1).alias("reposted"))
    )
    same = spells.group_by("opening_id").agg(((texts.n_unique() == 1) & (texts.len() == pl.len())).alias("same_text"))
    told = spells.sort("opening_id", "opened_on", "posting_id").group_by("opening_id", maintain_order=True).agg(first)
    return (
        told.drop("source")
        .join(reposted, on="opening_id")
        .join(same, on="opening_id")
        .join(followed(spells, captures), on="opening_id", how="left")
        .sort("opening_id")
    )


def _market(openings: pl.DataFrame, market: Market, size: str | None) -> Iterator[pl.DataFrame]:
    sized = openings.with_columns((pl.lit(size) if size else pl.col("company_size")).alias("company_size"))
    keys = [*MARKET, "company_size"]
    rows = in_market(sized, market).drop_nulls(keys)
    if rows.is_empty():
        return
    cells = _counted(rows, keys).sort(keys).with_row_index("cell")
    yield _told(cells, _curves(rows, cells, keys))


def _counted(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    known = pl.col("exit").is_not_null()
    closed, open_ = known & pl.col("closed"), known & pl.col("open_at_end")
    sums = {
        "n_openings": known,
        "n_not_followed": ~known,
        "n_closed": closed,
        "n_stated": closed & pl.col("stated"),
        "n_reposted": pl.col("reposted"),
        "n_reposted_same_text": pl.col("reposted") & pl.col("same_text"),
        "n_open": open_,
        "n_open_long": open_ & (pl.col("exit") > LONG_DAYS),
    }
    return rows.group_by(keys).agg(
        *(which.sum().alias(name) for name, which in sums.items()),
        pl.len().alias("n_all"),
        pl.col("employer_key").filter(known).drop_nulls().n_unique().alias("n_employers"),
    )


def _curves(rows: pl.DataFrame, cells: pl.DataFrame, keys: list[str]) -> Curves:
    """The curves of `cells`, numbered by `cell`, from those of the rows in them that were followed."""
    rows = rows.join(cells.select(*keys, "cell"), on=keys).filter(pl.col("exit").is_not_null())
    cell, entry, leave = (rows[name].to_numpy().astype(np.int64) for name in ("cell", "entry", "exit"))
    return kaplan_meier(cell, entry, leave, rows["closed"].to_numpy().astype(np.bool_), cells.height, MOST_DAYS)


def _names(figure: str) -> tuple[str, str, str]:
    return figure, f"{figure}_low", f"{figure}_high"


def _told(cells: pl.DataFrame, curves: Curves) -> pl.DataFrame:
    few = (pl.col("n_openings") < LEAST_OPENINGS) | (pl.col("n_employers") < MIN_EMPLOYERS)
    reason = pl.when(pl.col("n_openings") == 0).then(pl.lit("not_followed")).when(few).then(pl.lit("too_few"))
    figures: dict[str, Floats] = {}
    for name, share in QUARTILES.items():
        figures |= dict(zip(_names(name), curves.quantile(share), strict=True))
    figures |= {name: curves.after(day) for name, day in SHARES.items()}
    told = cells.with_columns(reason.alias("reason"), *(pl.Series(k, v, nan_to_null=True) for k, v in figures.items()))
    return (
        told.with_columns(pl.when(pl.col("reason").is_null()).then(pl.col(name)).alias(name) for name in figures)
        .with_columns(
            *(
                pl.when(pl.col(name).is_null())
                .then(pl.coalesce("reason", pl.lit("beyond_observed")))
                .alias(f"{name}_reason")
                for name in [*QUARTILES, *SHARES]
            ),
            pl.lit(LEVEL).alias("interval_level"),
            pl.lit(f"kaplan-meier@{VERSION}").alias("method"),
        )
        .select(VACANCY_DURATION.keys())
        .cast(dict(VACANCY_DURATION))  # type: ignore[arg-type]
    )
