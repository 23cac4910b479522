"""The periods that pay is published for: calendar years, and the trailing year to the country's last capture."""

import polars as pl

TRAILING_DAYS = 365


def periods(dated: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Each observation once for its calendar year, and once more when it is in the trailing window.

    What is dated after its country's last capture is in no period.
    """
    known = dated.filter(pl.col("observed_on") <= pl.col("last_captured_on"))
    trailing = known.filter(pl.col("observed_on") >= trailing_from())
    return [
        known.with_columns(pl.col("observed_on").dt.year().cast(pl.String).alias("period")),
        trailing.with_columns(pl.lit("trailing").alias("period")),
    ]


def trailing_from() -> pl.Expr:
    """The first day of the trailing window, by `last_captured_on`."""
    return pl.col("last_captured_on").dt.offset_by(f"-{TRAILING_DAYS - 1}d")
