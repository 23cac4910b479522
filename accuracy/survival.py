"""Durations of vacancies with planted medians, seen through captures with gaps, a stop and a start amid the stock."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from accuracy.scores import Score, Scored, at_least, at_most, share
from accuracy.sets import Sets
from estimation.demand.duration import followed_openings, vacancy_duration
from estimation.schema_trends import CAPTURES, SPELLS

FIRST = date(2025, 1, 6)
MOST_MARKETS = 200
OPENINGS = 400  # of a market, over DAYS days
DAYS = 200
MEDIAN = 30.0  # days, of a Weibull distribution with this shape
SHAPE = 1.2
EVERY = (1, 3, 7)  # days between captures
GAP = (80, 110)  # days without any


def score(sets: Sets) -> Scored:
    """Bias and coverage of the median, for sources that are captured daily, twice a week and weekly."""
    markets = min(MOST_MARKETS, max(20, sets.markets // 10))
    return Scored([score for every in EVERY for score in _scored(markets, every)])


def _scored(markets: int, every: int) -> list[Score]:
    spells, closed = _spells(markets, every)
    told = vacancy_duration(followed_openings(spells, _captures(every))).filter(
        pl.col("place_level") == "region", pl.col("occupation_level") == "all"
    )
    median, low, high = (told[f"days_p50{end}"].to_numpy() for end in ("", "_low", "_high"))
    # Days are whole: a duration of 30 days and an hour is read as 31.
    covered = int(((low <= MEDIAN + 1) & (high >= MEDIAN)).sum())
    bias, error = abs(float(median.mean()) / MEDIAN - 1), float(median.std(ddof=1) / MEDIAN / len(median) ** 0.5)
    note = f"planted {MEDIAN:g} days; of those seen to close the median is {float(np.median(closed)):g}"
    return [
        Score(f"median_bias_every_{every}_days", bias, at_most(0.05), markets, error, note=note),
        share(f"median_in_interval_every_{every}_days", covered, markets, at_least(0.93), note="whole days"),
    ]


def _looks(every: int) -> list[int]:
    return [day for day in range(0, DAYS, every) if not GAP[0] <= day < GAP[1]]


def _captures(every: int) -> pl.DataFrame:
    rows = [("board", FIRST + timedelta(day), 100) for day in _looks(every)]
    return pl.DataFrame(rows, schema=CAPTURES, orient="row")


def _spells(markets: int, every: int) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """What the captures show of openings born from 60 days before the first on; and the ages of the closed."""
    rng = np.random.default_rng([markets, every, 29])
    size = markets * OPENINGS
    born = rng.integers(-60, DAYS, size)
    life = MEDIAN / np.log(2) ** (1 / SHAPE) * rng.weibull(SHAPE, size)
    looks = np.array(_looks(every))
    first = np.searchsorted(looks, born)
    last = np.searchsorted(looks, born + life) - 1
    seen = (first <= last) & (first < len(looks))
    market = np.arange(size) % markets
    frame = pl.DataFrame(
        {"market": market, "born": born, "first": looks[np.minimum(first, len(looks) - 1)], "last": looks[last]}
    ).filter(pl.Series(seen))

    def on(name: str) -> pl.Expr:
        return (pl.lit(FIRST) + pl.duration(days=pl.col(name))).alias(name)

    spells = frame.with_row_index("number").select(
        pl.col("number").alias("opening_id"),
        pl.col("number").alias("posting_id"),
        pl.lit("board").alias("source"),
        on("born").alias("opened_on"),
        on("first").alias("first_captured_on"),
        on("last").alias("last_captured_on"),
        pl.lit(None).alias("closes_on"),
        pl.lit(500).alias("text_length"),
        pl.format("firm {}", pl.col("number") % 97).alias("employer_key"),
        pl.lit(None).alias("company_size"),
        pl.lit("US").alias("country"),
        pl.format("us/{}", "market").alias("region_id"),
        pl.lit(None).alias("occupation_major"),
        pl.lit(None).alias("occupation_detailed"),
    )
    closed = seen & (last < len(looks) - 1)
    return spells.cast(dict(SPELLS)), (looks[last] - born)[closed]  # type: ignore[arg-type]
