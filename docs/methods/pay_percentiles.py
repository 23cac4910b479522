"""Recompute figures of pay from a release's own files: `python docs/methods/pay_percentiles.py RELEASE_FOLDER`.

Reads tables/mart_pay_bands, mart_pay_trends, mart_wage_statistics and mart_pay_vs_official of a release and nothing
else: the median in dollars from the median and its rate, the real median from the index of its month, and the
difference from the official statistic from both medians. One of each is printed; all are compared. Exits with 1 where
one differs.
"""

import sys
from pathlib import Path

import polars as pl

CENT = 0.0101
BANDS = ["period", "basis", "occupation_level", "occupation_code", "place_level", "place_id"]


def in_dollars(tables: Path) -> pl.DataFrame:
    """The published and the recomputed median in US dollars of every cell that has one."""
    bands = pl.read_parquet(tables / "mart_pay_bands.parquet").filter(pl.col("p50_usd").is_not_null())
    return bands.select(name="occupation_title", published="p50_usd", again=pl.col("p50") * pl.col("usd_rate"))


def in_real_terms(tables: Path) -> pl.DataFrame:
    """The same of the real median of every month."""
    months = pl.read_parquet(tables / "mart_pay_trends.parquet").filter(pl.col("p50_real").is_not_null())
    again = pl.col("p50") * pl.col("price_base") / pl.col("price_index")
    return months.select(name="occupation_title", published="p50_real", again=again)


def beside_the_official(tables: Path) -> pl.DataFrame:
    """The same of the difference from the official statistic, in currency: from the two marts that it is made of."""
    ours = pl.read_parquet(tables / "mart_pay_bands.parquet").filter(dimension="all").select(*BANDS, "p50")
    official = pl.read_parquet(tables / "mart_wage_statistics.parquet").select(
        official_source="source",
        official_year="statistic_year",
        occupation_code=pl.col("occupation_code").str.strip_prefix("soc2018:"),
        official_p50="annual_median",
    )
    keys = ["official_source", "official_year", "occupation_code", "official_p50"]
    pairs = pl.read_parquet(tables / "mart_pay_vs_official.parquet").filter(pl.col("difference").is_not_null())
    joined = pairs.drop("p50").join(ours, on=BANDS).join(official.unique(), on=keys)
    published = pl.col("difference") * pl.col("official_p50")
    return joined.select(name="occupation_title", published=published, again=pl.col("p50") - pl.col("official_p50"))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/pay_percentiles.py RELEASE_FOLDER\n")
        return 2
    tables = Path(sys.argv[1]) / "tables"
    differing = 0
    for what, recomputed in {
        "median in dollars": in_dollars,
        "real median": in_real_terms,
        "above the official median": beside_the_official,
    }.items():
        rows = recomputed(tables).sort("name", "published")
        if rows.is_empty():
            sys.stdout.write(f"{what}: the release states none\n")
            continue
        wrong = rows.filter((pl.col("published") - pl.col("again")).abs() > CENT).height
        differing += wrong
        shown = rows.row(0, named=True)
        sys.stdout.write(
            f"{what}, {shown['name']}: published {shown['published']:.2f}, recomputed {shown['again']:.2f};"
            f" {wrong} of {len(rows)} differ\n"
        )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
