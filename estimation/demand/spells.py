"""From when to when an opening was open, as far as its sources show: exact, or only that it was still open.

A source lists what is open when most of its postings are there again at a later capture; what disappears from such a
list has closed between two captures, and the middle of them is taken. What is last seen before a gap in the captures,
or at the last capture, was still open then: it is censored. A source that shows what is new, once, says nothing of
closing: its openings can be followed only to a stated closing date.

An opening enters at the age at which it was first captured (delayed entry): openings that closed unseen before the
first capture are missing from what was found open then, and must not make durations look long.
"""

import polars as pl

from estimation.demand.coverage import FEW_POSTINGS, watched_spans

OLDEST_DAYS = 730  # an opening that is older when first captured is misdated or evergreen: it is not followed
LISTS = 0.5  # of a source's postings, seen at a later capture too


def followed(spells: pl.DataFrame, captures: pl.DataFrame) -> pl.DataFrame:
    """One row per opening of `spells` (SPELLS): entry and exit in whole days of age, and how it ended.

    Columns: opening_id, entry, exit (at least entry + 1), closed, stated (by a stated closing date), open_at_end (at
    the last capture of its source); all null where it could not be followed.
    """
    ends = _ends(spells, captures)
    first = ends.group_by("opening_id").agg(
        pl.col("opened_on").min().alias("start"),
        pl.col("first_captured_on").filter("usable").min().alias("seen"),
        pl.col("end").filter("usable").max().alias("end"),
    )
    last = (
        ends.join(first.select("opening_id", pl.col("end").alias("latest")), on="opening_id")
        .filter("usable", pl.col("end") == pl.col("latest"))
        .group_by("opening_id")
        .agg(pl.col("closed").all(), pl.col("stated").all(), pl.col("open_at_end").any())
    )
    entry = (pl.col("seen") - pl.col("start")).dt.total_days()
    exit_ = (pl.col("end") - pl.col("start")).dt.total_days()
    known = entry.is_between(0, OLDEST_DAYS)
    return (
        first.join(last, on="opening_id", how="left")
        .with_columns(entry.alias("entry"), exit_.alias("exit"))
        .with_columns(
            pl.when(known).then("entry").alias("entry"),
            pl.when(known).then(pl.max_horizontal("exit", pl.col("entry") + 1)).alias("exit"),
        )
        .select("opening_id", "entry", "exit", "closed", "stated", "open_at_end")
        .sort("opening_id")
    )


def _ends(spells: pl.DataFrame, captures: pl.DataFrame) -> pl.DataFrame:
    """Each posting with the day on which it ended or was last known to be open, and whether that can be used."""
    looks = captures.filter(
        (pl.col("n_postings") > 0)
        | (pl.col("n_postings").filter(pl.col("n_postings") > 0).median().over("source").fill_null(0) < FEW_POSTINGS)
    )
    following = looks.select("source", pl.col("captured_on").alias("next_on")).sort("next_on")
    last = looks.group_by("source").agg(pl.col("captured_on").max().alias("source_last"))
    again = pl.col("last_captured_on") > pl.col("first_captured_on")
    listing = (
        spells.join(last, on="source")
        .filter(pl.col("first_captured_on") < pl.col("source_last"))
        .group_by("source")
        .agg((again.mean() >= LISTS).alias("lists"))
    )
    spans = watched_spans(captures).select(
        "source",
        pl.col("after").cast(pl.Int32).cast(pl.Date).alias("span_from"),
        pl.col("until").cast(pl.Int32).cast(pl.Date).alias("span_to"),
    )
    day = pl.col("last_captured_on")
    joined = (
        spells.join(last, on="source")
        .join(listing, on="source", how="left")
        .with_columns((day + pl.duration(days=1)).alias("from_on"))
        .sort("from_on")
        .join_asof(
            following, left_on="from_on", right_on="next_on", by="source", strategy="forward", check_sortedness=False
        )
        .sort("last_captured_on")
        .join_asof(
            spans.sort("span_from"),
            left_on="last_captured_on",
            right_on="span_from",
            by="source",
            strategy="backward",
            check_sortedness=False,
        )
    )
    return _judged(joined)


def _judged(joined: pl.DataFrame) -> pl.DataFrame:
    last, following, closing = pl.col("last_captured_on"), pl.col("next_on"), pl.col("closes_on")
    lists = pl.col("lists").fill_null(False)
    watched = (following <= pl.col("span_to")).fill_null(False)
    middle = last + pl.duration(days=(following - last).dt.total_days() // 2)
    stated_there = closing.is_between(last, following).fill_null(False)
    plausible = (closing >= pl.col("first_captured_on")).fill_null(False)
    passed = (closing <= pl.col("source_last")).fill_null(False)
    listed_end = pl.when(watched).then(pl.when(stated_there).then(closing).otherwise(middle)).otherwise(last)
    stated_end = pl.when(passed).then(closing).otherwise(pl.col("source_last"))
    return joined.with_columns(
        (lists | plausible).alias("usable"),
        pl.when(lists).then(listed_end).otherwise(stated_end).alias("end"),
        pl.when(lists).then(watched).otherwise(passed).alias("closed"),
        pl.when(lists).then(watched & stated_there).otherwise(passed).alias("stated"),
        pl.when(lists).then(last == pl.col("source_last")).otherwise(~passed).alias("open_at_end"),
    )
