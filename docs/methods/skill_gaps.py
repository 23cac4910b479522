"""Recompute skill gaps: `python docs/methods/skill_gaps.py RELEASE_FOLDER`.

Reads tables/mart_skill_gaps.parquet of a release and nothing else: every gap is the logarithm of two shares of counts.
Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/skill_gaps.py RELEASE_FOLDER\n")
        return 2
    gaps = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_skill_gaps.parquet").filter(pl.col("gap").is_not_null())
    demand, supply = pl.col("n_openings_asking") / pl.col("n_openings"), pl.col("n_supply_asking") / pl.col("n_supply")
    found = gaps.with_columns(again=(demand / supply).log())
    apart = found.select((pl.col("again") - pl.col("gap")).abs().max()).item() or 0.0
    for row in found.sort("gap", "skill_id", descending=[True, False]).head(1).iter_rows(named=True):
        where = f"{row['skill_name']}, {row['occupation_title']}, {row['country']}, against {row['supply']}"
        sys.stdout.write(f"{where}: published {row['gap']:.6f}, recomputed {row['again']:.6f}\n")
    sys.stdout.write(f"{found.height} gaps: at most {apart:.2g} apart\n")
    return 1 if apart > 1e-9 else 0


if __name__ == "__main__":
    sys.exit(main())
