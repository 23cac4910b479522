"""Derive the kind of every career move: `python docs/methods/career_moves.py RELEASE_FOLDER`.

Reads tables/mart_career_moves.parquet of a release and nothing else. The kind follows from the interval of the pay
change and the families of both occupations. Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

LATERAL = 0.10


def kind() -> pl.Expr:
    """advancement, lateral or similar."""
    family = pl.col("occupation_code").str.head(2) == pl.col("to_occupation_code").str.head(2)
    low, high = pl.col("pay_change_low"), pl.col("pay_change_high")
    upwards = (low > 0) & (family | (pl.col("to_occupation_code").str.head(2) == "11"))
    return (
        pl.when((pl.col("evidence") == "next_level") | upwards)
        .then(pl.lit("advancement"))
        .when(family & (low > -LATERAL) & (high < LATERAL))
        .then(pl.lit("lateral"))
        .otherwise(pl.lit("similar"))
    )


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/career_moves.py RELEASE_FOLDER\n")
        return 2
    moves = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_career_moves.parquet").with_columns(again=kind())
    for name in ("advancement", "lateral", "similar"):
        published, again = (moves.filter(pl.col(column) == name).height for column in ("move", "again"))
        sys.stdout.write(f"{name}: published {published}, recomputed {again}\n")
    return 1 if moves.filter(pl.col("move") != pl.col("again")).height else 0


if __name__ == "__main__":
    sys.exit(main())
