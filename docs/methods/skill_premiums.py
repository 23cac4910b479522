"""Recompute the q-values of skill premiums: `python docs/methods/skill_premiums.py RELEASE_FOLDER`.

Reads tables/mart_skill_premiums.parquet of a release and nothing else. Benjamini and Hochberg's q is computed from the
p-values of each country and occupation level, and the verdicts from it. Exits with 1 where they differ.
"""

import sys
from pathlib import Path

import polars as pl

FAMILY = ("country", "occupation_level")
CONTROLLED = 0.04


def recomputed(tested: pl.DataFrame) -> pl.DataFrame:
    """The rows with `q`: the least p times number over rank, of this and every larger p."""
    order = tested.sort(*FAMILY, "p_value")
    rank = pl.int_range(1, pl.len() + 1).over(FAMILY)
    raised = order.with_columns(q=pl.col("p_value") * pl.len().over(FAMILY) / rank)
    return raised.with_columns(pl.col("q").reverse().cum_min().reverse().over(FAMILY).clip(0, 1))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/skill_premiums.py RELEASE_FOLDER\n")
        return 2
    premiums = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_skill_premiums.parquet")
    found = recomputed(premiums.filter(pl.col("p_value").is_not_null()))
    paying = found.filter((pl.col("q") <= CONTROLLED) & (pl.col("premium") > 0)).height
    published = premiums.filter(pl.col("verdict") == "pays_more").height
    apart = found.select((pl.col("q") - pl.col("q_value")).abs().max()).item() or 0.0
    sys.stdout.write(f"skills that pay more: published {published}, recomputed {paying}\n")
    sys.stdout.write(f"q-values of {found.height} premiums: at most {apart:.2g} apart\n")
    return 1 if published != paying or apart > 1e-9 else 0


if __name__ == "__main__":
    sys.exit(main())
