"""Recompute how often pay is stated: `python docs/methods/pay_from_text.py RELEASE_FOLDER`.

Reads mart_coverage of a release and nothing else. The share of openings with usable base pay follows from the two
counts that stand beside it. Prints the largest market's share beside the one recomputed here; exits with 1 where any
differs.
"""

import sys
from pathlib import Path

import polars as pl

TOLERANCE = 1e-6


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/pay_from_text.py RELEASE_FOLDER\n")
        return 2
    coverage = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_coverage.parquet")
    rows = coverage.filter(pl.col("share_with_pay").is_not_null()).with_columns(
        again=pl.col("n_observations").cast(pl.Float64) / pl.col("n_openings").cast(pl.Float64)
    )
    if rows.is_empty():
        sys.stdout.write("the release covers no market\n")
        return 0
    wrong = rows.filter(((pl.col("share_with_pay") - pl.col("again")).abs() > TOLERANCE).fill_null(True))
    order = ["n_openings", "period", "basis", "occupation_code", "place_id"]
    first = rows.sort(order, descending=[True, *[False] * 4]).row(0, named=True)
    sys.stdout.write(f"{first['occupation_title']}, {first['place_name']}, {first['period']}, {first['basis']}\n")
    sys.stdout.write(f"share with pay: published {first['share_with_pay']:.6f}, recomputed {first['again']:.6f}; ")
    sys.stdout.write(f"{wrong.height} of {rows.height} rows differ\n")
    return 1 if wrong.height else 0


if __name__ == "__main__":
    sys.exit(main())
