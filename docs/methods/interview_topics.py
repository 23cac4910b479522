"""Recompute the shares of interview topics: `python docs/methods/interview_topics.py RELEASE_FOLDER`.

Reads tables/mart_interview_topics.parquet of a release and nothing else: shares of counts with Wilson's intervals.
Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

Z = 1.959964


def recomputed(topics: pl.DataFrame) -> pl.DataFrame:
    """The rows with `p`, `low` and `high`."""
    n, p = pl.col("n_openings"), pl.col("n_openings_asking") / pl.col("n_openings")
    half = Z * (p * (1 - p) / n + Z**2 / (4 * n**2)).sqrt()
    middle, wider = p + Z**2 / (2 * n), 1 + Z**2 / n
    low, high = pl.min_horizontal(p, (middle - half) / wider), pl.max_horizontal(p, (middle + half) / wider)
    return topics.with_columns(p=p, low=low, high=high)


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/interview_topics.py RELEASE_FOLDER\n")
        return 2
    found = recomputed(pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_interview_topics.parquet"))
    pairs = (("p", "share"), ("low", "share_low"), ("high", "share_high"))
    apart = max((found.select((pl.col(a) - pl.col(b)).abs().max()).item() or 0.0) for a, b in pairs)
    for row in found.sort("n_openings_asking", "topic", descending=[True, False]).head(1).iter_rows(named=True):
        named = f"{row['topic_name']}, {row['occupation_title']}, {row['country']}"
        sys.stdout.write(f"{named}: published {row['share']:.6f}, recomputed {row['p']:.6f}\n")
    sys.stdout.write(f"{found.height} topics: at most {apart:.2g} apart\n")
    return 1 if apart > 1e-6 else 0


if __name__ == "__main__":
    sys.exit(main())
