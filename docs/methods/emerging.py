"""Recompute what emerges in a release: `python docs/methods/emerging.py RELEASE_FOLDER`.

Reads tables/mart_emerging_roles.parquet and nothing else: growth from the counts, q values from the p values
(Benjamini-Hochberg within a country and kind), and what emerges from both. Exits with 1 where any differs.
"""

import sys
from pathlib import Path

import polars as pl

TOLERANCE = 1e-9


def recomputed(tested: pl.DataFrame) -> pl.DataFrame:
    """The rows with growth, q value and verdict made again."""
    family = ["country", "kind"]
    share = pl.col("n_openings_with") / pl.col("n_openings")
    before = (pl.col("n_openings_with_before") + 0.5) / (pl.col("n_openings_before") + 0.5)
    scaled = pl.col("p_value") * pl.len().over(family) / pl.int_range(1, pl.len() + 1).over(family)
    ordered = tested.sort("p_value").with_columns(scaled.alias("scaled"))
    q_value = pl.col("scaled").reverse().cum_min().reverse().over(family).clip(upper_bound=1.0)
    return ordered.with_columns((share / before - 1).alias("growth_again"), q_value.alias("q_again")).with_columns(
        ((pl.col("q_again") <= 0.05) & (pl.col("growth_low") > pl.col("threshold"))).alias("emerges_again")
    )


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/emerging.py RELEASE_FOLDER\n")
        return 2
    tested = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_emerging_roles.parquet")
    if tested.is_empty():
        sys.stdout.write("nothing was tested in this release: it needs two watched windows of 13 weeks\n")
        return 0
    found = recomputed(tested)
    worst = max(
        float((found["growth_again"] - found["growth"]).abs().max()),  # type: ignore[arg-type]
        float((found["q_again"] - found["q_value"]).abs().max()),  # type: ignore[arg-type]
    )
    published, again = int(found["is_emerging"].sum()), int(found["emerges_again"].sum())
    sys.stdout.write(
        f"{found.height} tested; emerging: published {published}, recomputed {again}\n"
        f"largest difference of a growth or q value {worst:.2g}\n"
    )
    return 0 if worst <= TOLERANCE and found["is_emerging"].equals(found["emerges_again"]) else 1


if __name__ == "__main__":
    sys.exit(main())
