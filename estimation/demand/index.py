"""Weekly indices of openings: raw, and of a panel of the same sources and the same employers.

The raw index follows whatever was seen. The panel index links each block of four weeks to the one before, counting only
sources that were watched through both and employers that these sources had already shown before the earlier one, and
chains the links. A source that starts, stops or is not captured for a while, or adds employers, therefore moves the
raw index and not the panel. An employer counts from the second link after its first opening on; one that stops hiring
stays in, as it should.

Its interval is that of a ratio of overdispersed counts. Employers post in bursts, so they are dealt into GROUPS, each
employer whole, openings of unknown employers one by one; what each group adds to the logarithm of the index, summed
over the links, is taken as independent of the others (the linearised, clustered variance of a ratio). No week's
variance is less than what the series' own dispersion, at least one, makes of independent openings (quasi-Poisson).
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from estimation.demand.calendar import BLOCK_WEEKS, Calendar, calendar
from estimation.demand.chaining import Counts
from estimation.demand.coverage import EPOCH, watched_spans, week_of
from estimation.demand.index_frame import index_frame
from estimation.markets import MARKETS, in_market
from estimation.quantiles import Floats
from estimation.schema_trends import MARKET, POSTING_INDEX

GROUPS = 100
LEAST_OPENINGS = 30  # of a market in the window; with fewer it has no series
CHUNK = 128  # markets computed at a time, for memory


def posting_index(openings: pl.DataFrame, captures: pl.DataFrame) -> pl.DataFrame:
    """Every market's weekly series as `schema_trends.POSTING_INDEX`, in order of week and market.

    `openings` as FLOW, `captures` as CAPTURES, rows in any order.
    """
    spans = watched_spans(captures)
    began = captures.group_by("source").agg(pl.col("captured_on").min().alias("watched_from"))
    seen = openings.filter(pl.col("country").is_not_null()).join(
        began, left_on="representative_source", right_on="source", how="inner"
    )
    frames = [pl.DataFrame(schema=POSTING_INDEX)]
    for country in sorted(seen["country"].unique()):
        mine = seen.filter(pl.col("country") == country)
        days = calendar(spans, sorted(mine["representative_source"].unique()))
        if days is not None:
            frames.extend(_country(mine, days))
    keys = ["week", *MARKET]
    return pl.concat(frames).sort(keys)


def _country(openings: pl.DataFrame, days: Calendar) -> Iterator[pl.DataFrame]:
    flow = _flow(openings, days)
    for kind in MARKETS:
        market = in_market(flow, kind)
        cells = (
            market.group_by("occupation_code", "place_id")
            .agg(pl.len(), pl.col("occupation_level", "place_level", "country").first())
            .filter(pl.col("len") >= LEAST_OPENINGS)
            .sort("occupation_code", "place_id")
            .select(MARKET.keys())
        )
        for start in range(0, cells.height, CHUNK):
            chunk = cells[start : start + CHUNK].with_row_index("cell")
            rows = market.join(chunk.select("cell", "occupation_code", "place_id"), on=["occupation_code", "place_id"])
            yield index_frame(chunk.drop("cell"), _counts(rows, chunk.height, days), days)


def _flow(openings: pl.DataFrame, days: Calendar) -> pl.DataFrame:
    """Openings that were seen to appear in these weeks, with what decides in which links they count.

    What was open already when its source was first watched is stock, not flow.
    """
    numbered = {source: number for number, source in enumerate(days.sources)}
    known = openings.group_by("representative_source", "employer_key").agg(
        pl.col("first_captured_on").min().alias("known_on")
    )
    employers = openings["employer_key"].drop_nulls().unique().sort()
    groups = pl.DataFrame({"employer_key": employers, "group": np.arange(len(employers)) % GROUPS})
    return (
        openings.filter(pl.col("opened_on") > pl.col("watched_from"))
        .with_columns(
            (week_of(pl.col("opened_on")) - days.first_week).alias("week"),
            pl.col("representative_source").replace_strict(numbered, return_dtype=pl.Int64).alias("source"),
        )
        .filter(pl.col("week").is_between(0, days.weeks - 1))
        .join(known, on=["representative_source", "employer_key"], how="left")
        .join(groups, on="employer_key", how="left")
        .with_columns(
            pl.col("group").fill_null(pl.col("opening_id").abs() % GROUPS),
            # The day of Calendar's first Monday is 0; employers that nobody knows are the source's own.
            (pl.col("known_on").to_physical() - (days.first_week * 7 + EPOCH)).fill_null(-(10**6)).alias("known_day"),
        )
    )


def _counts(rows: pl.DataFrame, cells: int, days: Calendar) -> Counts:
    """Openings of each market, week and group that count raw, as the later and as the earlier side of a link."""
    cell, week, source, group, known = (
        rows[name].to_numpy().astype(np.int64) for name in ("cell", "week", "source", "group", "known_day")
    )
    block = days.block_of(week)
    linked = np.pad(days.linked, ((0, 0), (0, 1)))  # nothing comes after the newest block
    later = linked[source, block] & (known < (block - 1) * BLOCK_WEEKS * 7)
    earlier = linked[source, block + 1] & (known < block * BLOCK_WEEKS * 7)
    place = (cell * days.weeks + week) * GROUPS + group
    size = cells * days.weeks * GROUPS

    def grouped(which: Floats) -> Floats:
        counted = np.bincount(place, weights=which, minlength=size).astype(np.float64)
        return counted.reshape(cells, days.weeks, GROUPS)

    raw = np.bincount(cell * days.weeks + week, minlength=cells * days.weeks).reshape(cells, days.weeks)
    return Counts(raw.astype(np.float64), grouped(later.astype(np.float64)), grouped(earlier.astype(np.float64)))
