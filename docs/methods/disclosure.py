"""Check the rules on a release: `python docs/methods/disclosure.py RELEASE_FOLDER`.

Reads tables/mart_pay_bands.parquet and tables/mart_sources.parquet of a release and nothing else. Prints one answer of
a parent and the parent's own figure, which must be the same, counts included, with own weight 0; every other such cell
is compared too. Cells that name a confidential source must be their own answer with ten observations or more, rounded,
or their parent's. Exits with 1 where one is not so.
"""

import sys
from pathlib import Path

import polars as pl

SHARED = ["period", "basis"]
CELL = ["occupation_level", "occupation_code", "place_level", "place_id", "dimension", "dimension_value"]
SAME = ["p50", "p50_low", "p50_high", "mean", "n_openings", "n_observations", "n_employers", "sources", "method"]
MIN_OBSERVATIONS = 10
ROUNDED_TO = 5
MAX_SHARE = 0.5


def answered_by_parents(bands: pl.DataFrame) -> pl.DataFrame:
    """The cells that their parents answer for, with `again_<name>` as the parent's own row has it."""
    above = bands.filter(pl.col("level") != "parent").select(
        *SHARED,
        *(pl.col(name).alias(f"parent_{name}") for name in CELL),
        *(pl.col(name).alias(f"again_{name}") for name in SAME),
    )
    told = bands.filter(pl.col("level") == "parent")
    return told.join(above, on=[*SHARED, *(f"parent_{name}" for name in CELL)], how="left")


def breaking(bands: pl.DataFrame, sources: pl.DataFrame) -> int:
    """How many cells that answer for themselves break a rule: the one for confidential sources, or that for others."""
    confidential = sources.filter(pl.col("confidential"))["source"].implode()
    asked = bands.filter(pl.col("level") == "asked").with_columns(
        secret=pl.col("sources").str.split(",").list.set_intersection(confidential).list.len() > 0
    )
    enough = pl.col("n_observations") >= MIN_OBSERVATIONS
    rounded = (pl.col("n_observations") % ROUNDED_TO == 0) & pl.col("top_employer_share").is_null()
    holds = pl.when("secret").then(enough & rounded).otherwise(enough & (pl.col("top_employer_share") <= MAX_SHARE))
    return asked.filter(~holds.fill_null(False)).height


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/disclosure.py RELEASE_FOLDER\n")
        return 2
    tables = Path(sys.argv[1]) / "tables"
    bands, sources = (pl.read_parquet(tables / f"{name}.parquet") for name in ("mart_pay_bands", "mart_sources"))
    pairs = answered_by_parents(bands)
    agrees = [pl.col(name).eq_missing(pl.col(f"again_{name}")) for name in SAME]
    differing = pairs.height - pairs.filter(pl.all_horizontal(*agrees, pl.col("own_weight") == 0.0)).height
    if pairs.is_empty():
        sys.stdout.write("no cell holds confidential pay that may not answer\n")
    else:
        shown = pairs.sort(*SHARED, *CELL).row(0, named=True)
        sys.stdout.write(
            f"{shown['occupation_title']}, {shown['place_name']}, {shown['period']}: answered by its parent\n"
            f"p50: published {shown['p50']}, of the parent {shown['again_p50']}; {differing} of {len(pairs)} differ\n"
        )
    wrong = breaking(bands, sources)
    sys.stdout.write(f"cells that answer for themselves and break a rule: published {wrong}, allowed 0\n")
    return 1 if differing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
