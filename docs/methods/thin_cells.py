"""Recompute the percentiles of pooled cells of a release: `python docs/methods/thin_cells.py RELEASE_FOLDER`.

Reads tables/mart_pay_bands.parquet of a release and nothing else. The 75th percentile of a pooled cell is its median
times its parent's ratio of the two, raised to the cell's spread ratio. For the pooled cell with the most observations
both are printed; every other one is compared too. Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

SHARED = ["period", "basis"]
CELL = ["occupation_level", "occupation_code", "place_level", "place_id", "dimension", "dimension_value"]
TOLERANCE = 1e-5  # relative: amounts are published in whole cents


def recomputed(bands: pl.DataFrame) -> pl.DataFrame:
    """The pooled cells whose parents publish both percentiles, with `again_p75` made from the parent's."""
    # A pooled cell leans on the public pay of its parent: where the parent shows confidential pay too, the release has
    # no row of what it leans on.
    public = bands.filter(~pl.col("method").str.contains("-confidential-"))
    above = public.select(
        *SHARED, *(pl.col(name).alias(f"parent_{name}") for name in CELL), above_p50="p50", above_p75="p75"
    )
    pooled = bands.filter(pl.col("level") == "pooled")
    joined = pooled.join(above, on=[*SHARED, *(f"parent_{name}" for name in CELL)], how="inner")
    stretched = (pl.col("above_p75") / pl.col("above_p50")) ** pl.col("spread_ratio")
    return joined.with_columns(again_p75=pl.col("p50") * stretched).drop_nulls(["p75", "again_p75"])


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/thin_cells.py RELEASE_FOLDER\n")
        return 2
    rows = recomputed(pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_pay_bands.parquet"))
    if rows.is_empty():
        sys.stdout.write("the release has no pooled cell\n")
        return 0
    shown = rows.sort("n_observations", *SHARED, *CELL, descending=[True, *[False] * 8]).row(0, named=True)
    apart = (pl.col("p75") / pl.col("again_p75") - 1.0).abs() > TOLERANCE
    differing = rows.filter(apart).height
    sys.stdout.write(
        f"{shown['occupation_title']}, {shown['place_name']}, {shown['period']}, own weight {shown['own_weight']:.3f}\n"
        f"p75: published {shown['p75']:.2f}, recomputed {shown['again_p75']:.2f}; "
        f"{differing} of {len(rows)} rows differ\n"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
