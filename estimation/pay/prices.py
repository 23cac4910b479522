"""Real terms: pay in the prices of one month or year, by consumer prices.

`prices.csv` holds an index a country and period, as published until May 2026:

- US: CPI-U, all items, U.S. city average, not seasonally adjusted, 1982-84 = 100 (Bureau of Labor Statistics, series
  CUUR0000SA0), monthly; October 2025 was never collected;
- others: consumer prices by year, 2010 = 100, chained from the World Bank's FP.CPI.TOTL.ZG (International Monetary
  Fund, CC BY 4.0). A month has its year's index.

The base is the newest period of the country. A month without an index has no real figure: none is carried forward.
"""

from functools import lru_cache
from pathlib import Path

import polars as pl

MONTHLY = "CPI-U CUUR0000SA0 (BLS), monthly"
YEARLY = "FP.CPI.TOTL.ZG (World Bank), yearly"


@lru_cache(1)
def prices() -> pl.DataFrame:
    """country, month (its first day), deflator, price_index, prices_of (first day of the base), price_base."""
    table = pl.read_csv(Path(__file__).with_name("prices.csv"), schema_overrides={"period": pl.String})
    yearly = pl.col("period").str.len_chars() == 4
    of_month = pl.concat_list(pl.col("period").str.slice(5, 2).cast(pl.Int64, strict=False))
    months = pl.when(yearly).then(pl.int_ranges(1, 13)).otherwise(of_month)
    last = pl.all().sort_by("period").last()
    newest = table.group_by("country").agg(last).rename({"price_index": "price_base", "period": "base"})
    deflator = pl.when(yearly).then(pl.lit(YEARLY)).otherwise(pl.lit(MONTHLY)).alias("deflator")
    base = pl.when(pl.col("base").str.len_chars() == 4).then(pl.col("base") + "-01").otherwise("base")
    return (
        table.with_columns(deflator, number=months)
        .explode("number")
        .join(newest, on="country")
        .select(
            "country",
            pl.date(pl.col("period").str.slice(0, 4).cast(pl.Int32), "number", 1).alias("month"),
            "deflator",
            "price_index",
            (base + "-01").str.to_date("%Y-%m-%d").alias("prices_of"),
            "price_base",
        )
    )


def in_real_terms(medians: pl.DataFrame) -> pl.DataFrame:
    """Add p50_real with its interval, what it was deflated by, and why it is null.

    `medians` has country, month, p50 with its interval, and the reason why it is null.
    """
    factor = pl.col("price_base") / pl.col("price_index")
    real = {f"p50_real{end}": (pl.col(f"p50{end}") * factor).round(2) for end in ("", "_low", "_high")}
    uncovered = pl.when(pl.col("price_index").is_null()).then(pl.lit("not_covered"))
    deflated = medians.join(prices(), on=["country", "month"], how="left")
    return deflated.with_columns(**real, real_reason=pl.coalesce("reason", uncovered))
