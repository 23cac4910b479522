"""Simulated streams of openings with planted trends, bursts, seasons, and sources that come and go."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from estimation.schema_trends import CAPTURES, FLOW

FIRST = date(2023, 1, 2)  # a Monday


@dataclass(frozen=True)
class Stream:
    """One market whose occupations are not told apart, seen by `sources` of equal size.

    Each of `employers` posts in its one source, in bursts (a burst has 1 + Poisson(`burst`) openings of one day).
    Demand on a day is exp(`yearly` * years) times 1 + `swing` * the sine of the year, `per_day` openings on the first.
    `missing` lists (source, first day, day after the last) in which a source is not captured; `entrants` is the share
    of employers that their source begins to list halfway.
    """

    days: int = 7 * 80
    per_day: float = 30.0
    sources: int = 3
    employers: int = 120
    burst: float = 1.0
    yearly: float = 0.0
    swing: float = 0.0
    entrants: float = 0.0
    missing: list[tuple[int, int, int]] = field(default_factory=list)


def demand(stream: Stream) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Expected openings of each day with every source at work and every employer listed."""
    years = np.arange(stream.days) / 365.25
    return stream.per_day * np.exp(stream.yearly * years) * (1 + stream.swing * np.sin(2 * np.pi * years))


def draw(stream: Stream, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Openings (FLOW) and captures (CAPTURES) of a stream; sources are captured every day but those missing.

    What a source shows while it is not captured is lost, as a feed's is.
    """
    rng = np.random.default_rng([seed, 7411])
    size = rng.gamma(1.0, 1.0, stream.employers) + 0.05
    bursts = rng.poisson(demand(stream) / (1 + stream.burst))
    day = np.repeat(np.arange(stream.days), bursts)
    employer = rng.choice(stream.employers, len(day), p=size / size.sum())
    copies = 1 + rng.poisson(stream.burst, len(day))
    day, employer = np.repeat(day, copies), np.repeat(employer, copies)
    source = employer % stream.sources
    listed = (employer >= stream.entrants * stream.employers) | (day >= stream.days // 2)
    watched = np.ones((stream.sources, stream.days), dtype=np.bool_)
    for which, begin, end in stream.missing:
        watched[which, begin:end] = False
    seen = listed & watched[source, day]
    return _openings(day[seen], employer[seen], source[seen]), _captures(watched)


def draw_many(stream: Stream, seeds: range) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A stream drawn with each seed, as regions of one country that share their sources: us/0, us/1 ..."""
    drawn = []
    for seed in seeds:
        openings, captures = draw(stream, seed)
        drawn.append(
            openings.with_columns(
                pl.lit(f"us/{seed}").alias("region_id"),
                pl.format("{} of {}", "employer_key", pl.lit(seed)).alias("employer_key"),
                pl.col("opening_id") + seed * 10**9,
            )
        )
    return pl.concat(drawn), captures


def _openings(
    day: np.ndarray[tuple[int], np.dtype[np.int64]],
    employer: np.ndarray[tuple[int], np.dtype[np.int64]],
    source: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pl.DataFrame:
    on = pl.lit(FIRST) + pl.duration(days=pl.col("day"))
    return (
        pl.DataFrame({"day": day, "employer": employer, "source": source})
        .select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("opening_id"),
            on.alias("opened_on"),
            on.alias("first_captured_on"),
            pl.format("source {}", "source").alias("representative_source"),
            pl.format("employer {}", "employer").alias("employer_key"),
            pl.lit("US").alias("country"),
            pl.lit("us/ny").alias("region_id"),
            pl.lit(None).alias("occupation_major"),
            pl.lit(None).alias("occupation_detailed"),
        )
        .cast(dict(FLOW))  # type: ignore[arg-type]
    )


def _captures(watched: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> pl.DataFrame:
    source, day = np.nonzero(watched)
    rows = [(f"source {one}", FIRST + timedelta(int(when)), 10) for one, when in zip(source, day, strict=True)]
    return pl.DataFrame(rows, schema=CAPTURES, orient="row")
