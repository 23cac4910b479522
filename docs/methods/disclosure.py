"""Check the two rules on a release: `python docs/methods/disclosure.py RELEASE_FOLDER`.

Reads tables/mart_pay_bands.parquet and tables/mart_sources.parquet of a release and nothing else. Cells that answer for
themselves are counted as published and again by the quality rule's own figures; no cell may name a confidential source.
Exits with 1 where the counts differ or a confidential source is named.
"""

import sys
from pathlib import Path

import polars as pl

MIN_OBSERVATIONS = 10
MAX_SHARE = 0.5


def named(bands: pl.DataFrame, sources: pl.DataFrame) -> int:
    """The cells in which a confidential source is named."""
    confidential = sources.filter(pl.col("confidential"))["source"]
    each = bands.select(pl.col("sources").str.split(",")).explode("sources")
    return each.filter(pl.col("sources").is_in(confidential.implode())).height


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/disclosure.py RELEASE_FOLDER\n")
        return 2
    tables = Path(sys.argv[1]) / "tables"
    bands, sources = (pl.read_parquet(tables / f"{name}.parquet") for name in ("mart_pay_bands", "mart_sources"))
    asked = bands.filter(pl.col("level") == "asked")
    enough = (pl.col("n_observations") >= MIN_OBSERVATIONS) & (pl.col("top_employer_share") <= MAX_SHARE)
    passing, given_away = asked.filter(enough).height, named(bands, sources)
    sys.stdout.write(
        f"cells that answer for themselves: published {asked.height}, by the rule {passing}\n"
        f"cells that name a confidential source: published {given_away}, allowed 0\n"
    )
    return 1 if passing != asked.height or given_away else 0


if __name__ == "__main__":
    sys.exit(main())
