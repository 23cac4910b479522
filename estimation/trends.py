"""Monthly medians of pay by occupation and place."""

import numpy as np
import polars as pl

from estimation.cells import VERSION, employers, gathered, group, with_interval
from estimation.encoding import Coded, encode
from estimation.lattice import TREND_GROUPINGS, Grouping
from estimation.quality import may_publish
from estimation.schema import PAY_TRENDS

KEYS = ("month", "basis", "occupation_level", "occupation_code", "place_level", "place_id", "country")


def pay_trends(observations: pl.DataFrame | pl.LazyFrame, countries: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The median of each month in which a cell has pay, as `estimation.schema.PAY_TRENDS`, in order of its keys.

    Takes what `pay_cells` takes. A month counts by the day on which the opening was posted or the pay observed; the
    quality rule decides as for any cell. These medians follow the mix of what was posted: they are no index.
    """
    countries = countries.lazy().select("country", "currency", "last_captured_on").collect()
    coded = encode(observations.lazy().filter(pl.col("pay_annual").is_not_null()), countries.lazy(), _months)
    cells = pl.concat([_trend_cells(coded, grouping) for grouping in TREND_GROUPINGS])
    return (
        cells.join(countries.select("country", "currency"), on="country", how="left")
        .with_columns(
            pl.col("month").str.to_date("%Y-%m-%d"),
            pl.format("{}-pay@{}", pl.col("basis"), pl.lit(VERSION)).alias("method"),
        )
        .select(PAY_TRENDS.keys())
        .cast(dict(PAY_TRENDS))  # type: ignore[arg-type]
        .sort(KEYS)
    )


def _months(dated: pl.LazyFrame) -> list[pl.LazyFrame]:
    known = dated.filter(pl.col("observed_on") <= pl.col("last_captured_on"))
    return [known.with_columns(pl.col("observed_on").dt.truncate("1mo").cast(pl.String).alias("period"))]


def _trend_cells(coded: Coded, grouping: Grouping) -> pl.DataFrame:
    names = ["period", "basis", "country", f"occupation_{grouping.occupation_level}", f"place_{grouping.place_level}"]
    groups = group(coded, names)
    known, counted, largest = employers(coded, groups)
    publish = may_publish(groups.paid, counted, largest)
    which = np.flatnonzero(publish)
    estimate, low, high, thin = with_interval(*gathered(coded, groups, which), 0.5)
    reason = np.where(publish, None, "suppressed").astype(object)  # type: ignore[call-overload]
    reason[which[thin]] = "too_few"
    figures = {}
    for name, column in {"p50": estimate, "p50_low": low, "p50_high": high}.items():
        full = np.full(len(groups.starts), np.nan)
        full[which] = np.round(column, 2)
        figures[name] = pl.Series(full, nan_to_null=True)
    month, basis, country, occupation, place = (
        coded.values[name].gather(codes) for name, codes in zip(names, groups.codes, strict=True)
    )
    keys = {"month": month, "basis": basis, "country": country, "occupation_code": occupation, "place_id": place}
    counts = {"n_observations": groups.paid, "n_employers": known}
    return pl.DataFrame(keys | counts | figures | {"reason": pl.Series(reason.tolist(), dtype=pl.String)}).with_columns(
        pl.lit(grouping.occupation_level).alias("occupation_level"), pl.lit(grouping.place_level).alias("place_level")
    )
