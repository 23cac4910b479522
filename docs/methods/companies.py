"""Recompute who is hot: `python docs/methods/companies.py RELEASE_FOLDER`.

Reads tables/mart_hot_companies.parquet of a release and nothing else: q-values from p-values, hot ones from these and
the lower ends of growth, ranks from the lower ends. Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

CONTROLLED, LEAST = 0.05, 0.10


def recomputed(companies: pl.DataFrame) -> pl.DataFrame:
    """The rows with `q`, `hot` and `place`."""
    order = companies.sort("country", "p_value")
    rank = pl.int_range(1, pl.len() + 1).over("country")
    raised = order.with_columns(q=pl.col("p_value") * pl.len().over("country") / rank)
    raised = raised.with_columns(pl.col("q").reverse().cum_min().reverse().over("country").clip(0, 1))
    judged = raised.with_columns(hot=(pl.col("q") <= CONTROLLED) & (pl.col("growth_low") > LEAST))
    ordered = judged.sort("growth_low", "employer_key", descending=[True, False])
    return ordered.with_columns(place=pl.when("hot").then(pl.int_range(1, pl.len() + 1).over("country", "hot")))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/companies.py RELEASE_FOLDER\n")
        return 2
    found = recomputed(pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_hot_companies.parquet"))
    published, again = found.filter("is_hot").height, found.filter("hot").height
    apart = found.select((pl.col("q") - pl.col("q_value")).abs().max()).item() or 0.0
    misplaced = found.filter(pl.col("place").ne_missing(pl.col("hot_rank"))).height
    sys.stdout.write(f"hot companies: published {published}, recomputed {again}, misplaced {misplaced}\n")
    sys.stdout.write(f"q-values of {found.height} companies: at most {apart:.2g} apart\n")
    return 1 if published != again or misplaced or apart > 1e-9 else 0


if __name__ == "__main__":
    sys.exit(main())
