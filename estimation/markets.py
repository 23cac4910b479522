"""The markets that series and growth are published for: an occupation, wide or narrow, in a country or a region."""

from typing import NamedTuple

import polars as pl


class Market(NamedTuple):
    """One kind of market; `occupation_level` is all, major or detailed, `place_level` country or region."""

    occupation_level: str
    place_level: str


MARKETS = (
    Market("all", "country"),
    Market("major", "country"),
    Market("detailed", "country"),
    Market("all", "region"),
    Market("major", "region"),
)


def in_market(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    """The rows that lie in a market of this kind, with the columns of `schema_trends.MARKET`.

    `rows` has country, region_id, and occupation_<level> of every level but all.
    """
    occupation, place = market.occupation_level, market.place_level
    return rows.with_columns(
        pl.lit(occupation).alias("occupation_level"),
        (pl.lit("all") if occupation == "all" else pl.col(f"occupation_{occupation}")).alias("occupation_code"),
        pl.lit(place).alias("place_level"),
        (pl.col("country").str.to_lowercase() if place == "country" else pl.col("region_id")).alias("place_id"),
    ).drop_nulls(["occupation_code", "place_id"])
