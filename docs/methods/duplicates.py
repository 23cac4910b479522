"""Recompute daily openings of markets from a release: `python docs/methods/duplicates.py RELEASE_FOLDER`.

Reads mart_posting_trends and mart_sources of a release and nothing else. Every market's trailing mean of seven days
follows from its daily counts of unique openings, and no source has more openings than postings. Prints the largest
market's last mean beside the one recomputed here; exits with 1 where any differs.
"""

import sys
from pathlib import Path

import polars as pl

MARKET = ["occupation_level", "occupation_code", "place_level", "place_id"]
DAYS = 7
TOLERANCE = 1e-6


def recomputed(trends: pl.DataFrame) -> pl.DataFrame:
    """The published rows with `again_mean_7d`, made from n_openings alone."""
    mean = pl.col("n_openings").cast(pl.Float64).rolling_mean(DAYS).over(MARKET)
    return trends.sort([*MARKET, "day"]).with_columns(again_mean_7d=mean)


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/duplicates.py RELEASE_FOLDER\n")
        return 2
    tables = Path(sys.argv[1]) / "tables"
    rows = recomputed(pl.read_parquet(tables / "mart_posting_trends.parquet"))
    sources = pl.read_parquet(tables / "mart_sources.parquet")
    impossible = sources.filter(pl.col("n_openings") > pl.col("n_postings")).height
    sys.stdout.write(f"{impossible} of {sources.height} sources have more openings than postings\n")
    published = rows.filter(pl.col("mean_7d").is_not_null())
    if published.is_empty():
        sys.stdout.write("the release holds fewer than seven days: no mean is published\n")
        return 1 if impossible else 0
    largest = published.group_by(MARKET).agg(pl.col("n_openings").sum()).sort("n_openings", *MARKET).row(-1, named=True)
    last = (
        published.filter(*(pl.col(name) == largest[name] for name in MARKET))
        .drop_nulls("mean_7d")
        .sort("day")
        .row(-1, named=True)
    )
    sys.stdout.write(f"{last['occupation_title']}, {last['place_name']}, {last['day']}\n")
    wrong = published.filter(((pl.col("mean_7d") - pl.col("again_mean_7d")).abs() > TOLERANCE).fill_null(True)).height
    sys.stdout.write(f"mean of openings a day over seven days: published {last['mean_7d']:.6f}, ")
    sys.stdout.write(f"recomputed {last['again_mean_7d']:.6f}; {wrong} of {published.height} rows differ\n")
    return 1 if wrong or impossible else 0


if __name__ == "__main__":
    sys.exit(main())
