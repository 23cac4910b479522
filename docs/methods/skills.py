"""Recompute the skill demand of a release from its counts: `python docs/methods/skills.py RELEASE_FOLDER`.

Reads tables/mart_skill_demand.parquet of a release and nothing else. For the market and skill that most openings ask
for, it prints the published share, its interval and its rank beside those recomputed here; every other row is compared
too. Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

Z = 1.959964  # 95 per cent, two-sided
MARKET = ["period", "occupation_level", "occupation_code", "place_level", "place_id"]
FIGURES = ("share", "share_low", "share_high", "skill_rank")
TOLERANCE = 1e-6  # the published interval is computed from constants of six digits


def recomputed(demand: pl.DataFrame) -> pl.DataFrame:
    """The published rows that have a share, with `again_` columns made from their counts alone."""
    whole, part = pl.col("n_openings").cast(pl.Float64), pl.col("n_openings_asking").cast(pl.Float64)
    share = part / whole
    middle = (share + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
    half = Z / (1 + Z**2 / whole) * (share * (1 - share) / whole + Z**2 / (4 * whole**2)).sqrt()
    stated = demand.filter(pl.col("reason").is_null()).sort(
        [*MARKET, "n_openings_asking", "skill_id"], descending=[*[False] * len(MARKET), True, False]
    )
    return stated.with_columns(
        again_share=share,
        again_share_low=pl.min_horizontal(share, middle - half),
        again_share_high=pl.max_horizontal(share, middle + half),
        again_skill_rank=pl.int_range(1, pl.len() + 1).over(MARKET).cast(pl.Float64),
    )


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/skills.py RELEASE_FOLDER\n")
        return 2
    rows = recomputed(pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_skill_demand.parquet"))
    if rows.is_empty():
        sys.stdout.write("the release states no share of a skill\n")
        return 0
    shown = rows.sort("n_openings_asking", "skill_id", descending=[True, False]).row(0, named=True)
    sys.stdout.write(f"{shown['skill_name']}, {shown['occupation_title']}, {shown['place_name']}, {shown['period']}\n")
    differing = 0
    for figure in FIGURES:
        wrong = rows.filter((pl.col(figure) - pl.col(f"again_{figure}")).abs() > TOLERANCE).height
        differing += wrong
        published, again = shown[figure], shown[f"again_{figure}"]
        sys.stdout.write(
            f"{figure}: published {published:.6f}, recomputed {again:.6f}; {wrong} of {len(rows)} rows differ\n"
        )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
