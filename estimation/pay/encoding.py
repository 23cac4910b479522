"""Observations as arrays of small whole numbers, so that a grouping is one sort."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from estimation.pay.lattice import EXPERIENCE_BANDS
from estimation.pay.weights import Frame
from estimation.quantiles import Floats, Ints

UNKNOWN = "?"  # before the source's name: an employer that is not known; no employer key begins so


@dataclass(frozen=True)
class Coded:
    """One row per observation and period, in an order that their values decide, those without pay last.

    `codes[name]` points into `values[name]`, sorted text; -1 where the observation has no value.
    """

    codes: dict[str, Ints]
    values: dict[str, pl.Series]
    low: Ints  # the ends of a year's pay in cents, alike where one figure is stated; 0 without pay
    high: Ints
    usd_rate: Floats  # US dollars for one unit of the currency on its day; nan where that is not known
    frame: Frame  # the same ranked
    has_pay: npt.NDArray[np.bool_]
    employer_known: npt.NDArray[np.bool_]  # by employer code


def encode(
    observations: pl.LazyFrame,
    countries: pl.LazyFrame,
    periods: Callable[[pl.LazyFrame], list[pl.LazyFrame]],
    more: tuple[str, ...] = (),
) -> Coded:
    """Code the observations of the countries with a currency, once for each of their periods.

    `periods` adds a text column `period` to a frame of observed_on, last_captured_on and row, and may leave rows out.
    `more` names columns that are coded as they are.
    """
    placed = observations.join(countries.filter(pl.col("currency").is_not_null()), on="country", how="inner")
    ends = [
        (pl.coalesce(name, "pay_annual") * 100).round().cast(pl.Int64).alias(name)
        for name in ("pay_annual_min", "pay_annual_max")
    ]
    ends.append((pl.col("pay_annual_usd") / pl.col("pay_annual")).fill_null(float("nan")).alias("usd_rate"))
    known = [*ends, *map(pl.col, ("observed_on", "last_captured_on")), pl.col("observation_id").alias("identity")]
    kept = placed.select(*cell_columns(), *(pl.col(name).cast(pl.String) for name in more), *known)
    # Sums of fractions take the rows in this order, so that they do not depend on the order in which they came.
    base = kept.sort(
        "pay_annual_min", "pay_annual_max", "employer", "usd_rate", nulls_last=True, maintain_order=False
    ).collect()
    dated = base.lazy().select("observed_on", "last_captured_on").with_row_index("row")
    when = pl.concat([part.select("row", "period") for part in periods(dated)]).sort("row", "period").collect()
    rows = when["row"].to_numpy()
    codes, values = {}, {}
    for name in base.columns[: -len(known)]:
        column, values[name] = code(base[name])
        codes[name] = column[rows]
    codes["period"], values["period"] = code(when["period"])
    low, high = (base[name].fill_null(0).to_numpy()[rows] for name in ("pay_annual_min", "pay_annual_max"))
    return Coded(
        codes=codes,
        values=values,
        low=low,
        high=high,
        usd_rate=base["usd_rate"].to_numpy()[rows],
        frame=Frame.of(low, high, base["identity"].to_numpy()[rows]),
        has_pay=low > 0,  # pay of nothing, or less, is no pay
        employer_known=~values["employer"].str.starts_with(UNKNOWN).to_numpy(),
    )


def code(column: pl.Series) -> tuple[Ints, pl.Series]:
    """Codes from 0 on (-1 where null) into the column's values, sorted."""
    values = column.drop_nulls().unique().sort()
    coded = column.cast(pl.Enum(values)).to_physical().cast(pl.Int32)
    return coded.fill_null(-1).to_numpy(), values


def cell_columns() -> list[pl.Expr]:
    """Every column that some grouping needs, as text."""
    occupation, place, country = pl.col("occupation_code"), pl.col("place_id"), pl.col("country").str.to_lowercase()
    bands = pl.coalesce(
        pl.when(
            (pl.col("experience_years") >= start) & (pl.lit(True) if end is None else pl.col("experience_years") < end)
        ).then(pl.lit(name))
        for name, start, end in EXPERIENCE_BANDS
    )
    everything = pl.lit("all")
    return [
        pl.col("basis"),
        pl.col("country"),
        pl.when(pl.col("occupation_level") == "detailed").then(occupation).alias("occupation_detailed"),
        pl.col("occupation_broad"),
        pl.col("occupation_minor"),
        pl.col("occupation_major"),
        everything.alias("occupation_all"),
        pl.when(pl.col("place_level") == "city").then(place).alias("place_city"),
        pl.format("{}/metro/{}", country, pl.col("metro")).alias("place_metro"),
        pl.col("region_id").alias("place_region"),
        country.alias("place_country"),
        everything.alias("dimension_all"),
        pl.col("seniority").alias("dimension_seniority"),
        bands.alias("dimension_experience"),
        pl.col("company_size").alias("dimension_company_size"),
        pl.col("industry").alias("dimension_industry"),
        pl.coalesce(
            "employer_key",
            pl.format("{}{}/{}", pl.lit(UNKNOWN), _first_source(), "contributor_id"),
            pl.format("{}{}", pl.lit(UNKNOWN), _first_source()),
        ).alias("employer"),
        pl.col("sources"),
    ]


def _first_source() -> pl.Expr:
    return pl.col("sources").str.split(",").list.first()
