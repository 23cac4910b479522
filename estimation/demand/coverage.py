"""When each source was watched, in whole weeks: what is compared over time must have been looked at throughout.

Weeks begin on Monday. A day counts as watched when the source was captured on it or soon after, with an earlier capture
behind it: within a week, or half as long again as the source is usually left between captures (a monthly file is
watched all month). A capture without any posting is no look, except at a source that never has more than a few: a
crawler that gets empty pages must not look like a hiring freeze.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]

LONGEST_GAP_DAYS = 7
USUAL_GAPS = 1.5
FEW_POSTINGS = 3  # a source whose captures usually show fewer may well be empty some day
EPOCH = -3  # 1969-12-29, the Monday from which weeks are counted, in days since 1970-01-01


def week_of(day: pl.Expr) -> pl.Expr:
    """The number of a day's week."""
    return (day.cast(pl.Date).to_physical() - EPOCH) // 7


def monday_of(week: pl.Expr) -> pl.Expr:
    """The first day of a numbered week."""
    return (week * 7 + EPOCH).cast(pl.Int32).cast(pl.Date)


def watched_spans(captures: pl.DataFrame) -> pl.DataFrame:
    """Spans of days through which a source was watched: source, after, until (days since 1970; `after` itself is not).

    `captures` as `schema_trends.CAPTURES`. Spans of one source do not touch each other.
    """
    day = pl.col("captured_on").to_physical()
    some = pl.col("n_postings") > 0
    usual = pl.col("n_postings").filter(some).median().over("source").fill_null(0)
    looks = (
        captures.filter(some | (usual < FEW_POSTINGS))
        .select("source", day.alias("until"))
        .unique()
        .sort("source", "until")
        .with_columns(pl.col("until").shift(1).over("source").alias("after"))
        .drop_nulls("after")
        .with_columns((pl.col("until") - pl.col("after")).alias("gap"))
    )
    allowed = pl.max_horizontal(pl.lit(LONGEST_GAP_DAYS), USUAL_GAPS * pl.col("gap").median().over("source"))
    kept = looks.filter(pl.col("gap") <= allowed)
    begins = (pl.col("after") != pl.col("until").shift(1).over("source")).fill_null(True)
    return (
        kept.with_columns(begins.cast(pl.Int32).cum_sum().over("source").alias("span"))
        .group_by("source", "span")
        .agg(pl.col("after").min(), pl.col("until").max())
        .sort("source", "after")
        .select("source", "after", "until")
    )


def watched_weeks(spans: pl.DataFrame, sources: list[str], first_week: int, weeks: int) -> Bools:
    """Which weeks from `first_week` on each source was watched through: sources x weeks."""
    found = np.zeros((len(sources), weeks), dtype=np.bool_)
    place = {source: number for number, source in enumerate(sources)}
    for source, after, until in spans.filter(pl.col("source").is_in(sources)).iter_rows():
        begin = -(-(after + 1 - EPOCH) // 7)  # the first Monday after `after`
        end = (until + 1 - EPOCH) // 7  # the week of the first day that is not watched
        found[place[source], max(begin - first_week, 0) : max(end - first_week, 0)] = True
    return found
