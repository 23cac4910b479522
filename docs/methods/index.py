"""Recompute the raw weekly indices of a release: `python docs/methods/index.py RELEASE_FOLDER`.

Reads tables/mart_posting_index.parquet and nothing else: every market's openings over the mean of its base weeks, times
100. Prints the largest market's last index beside the one recomputed here; exits with 1 where any differs.
"""

import sys
from pathlib import Path

import polars as pl

MARKET = ["occupation_level", "occupation_code", "place_level", "place_id"]
TOLERANCE = 1e-6


def recomputed(index: pl.DataFrame) -> pl.DataFrame:
    """The rows with the index that their counts and base weeks give."""
    in_base = pl.col("week").is_between("base_from", "base_to")
    base = pl.col("n_openings").filter(in_base).mean().over(MARKET)
    return index.with_columns((100 * pl.col("n_openings") / base).alias("again"))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/index.py RELEASE_FOLDER\n")
        return 2
    index = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_posting_index.parquet")
    found = recomputed(index.filter(pl.col("index_nsa").is_not_null()))
    if found.is_empty():
        sys.stdout.write("this release has no series: a market needs three blocks of four watched weeks\n")
        return 0
    worst = (found["again"] - found["index_nsa"]).abs().max()
    largest = found.sort("week", "n_openings").row(-1, named=True)
    sys.stdout.write(
        f"{largest['occupation_title']} in {largest['place_name']}, week of {largest['week']}: "
        f"published {largest['index_nsa']:.6f}, recomputed {largest['again']:.6f}\n"
        f"{found.height} weeks of markets, largest difference {worst:.2g}\n"
    )
    return 0 if worst is not None and float(worst) <= TOLERANCE else 1  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
