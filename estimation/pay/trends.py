"""Monthly medians of pay by occupation and place."""

import numpy as np
import polars as pl

from estimation.pay.cells import VERSION
from estimation.pay.encoding import Coded, encode
from estimation.pay.figures import Weighed, quantile_with_interval
from estimation.pay.grouping import group, known_employers, sample_of, spread
from estimation.pay.lattice import TREND_GROUPINGS, Grouping
from estimation.pay.prices import in_real_terms
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
    dated = cells.join(countries.select("country", "currency"), on="country", how="left").with_columns(
        pl.col("month").str.to_date("%Y-%m-%d"),
        pl.format("{}-pay@{}", pl.col("basis"), pl.lit(VERSION)).alias("method"),
    )
    return in_real_terms(dated).select(PAY_TRENDS.keys()).cast(dict(PAY_TRENDS)).sort(KEYS)  # type: ignore[arg-type]


def _months(dated: pl.LazyFrame) -> list[pl.LazyFrame]:
    known = dated.filter(pl.col("observed_on") <= pl.col("last_captured_on"))
    return [known.with_columns(pl.col("observed_on").dt.truncate("1mo").cast(pl.String).alias("period"))]


def _trend_cells(coded: Coded, grouping: Grouping) -> pl.DataFrame:
    names = ["period", "basis", "country", f"occupation_{grouping.occupation_level}", f"place_{grouping.place_level}"]
    groups = group(coded, names, paid_at_least=1)
    weighed = Weighed.of(sample_of(coded, groups))
    weighing, measured = weighed.weighing, weighed.measured
    weight = weighing.concentration
    publish = may_publish(weight.counts, weight.employer_counts, weighing.largest)
    which = np.flatnonzero(publish)
    found = quantile_with_interval(measured.of_cells(which), 0.5)
    reason = np.where(publish, None, "suppressed").astype(object)  # type: ignore[call-overload]
    reason[which[np.isnan(found.value)]] = "too_few"
    method = np.where(reason == None, measured.interval_method, None)  # type: ignore[call-overload]  # noqa: E711
    figures = {
        name: spread(np.round(column, 2), which, len(publish))
        for name, column in {"p50": found.value, "p50_low": found.low, "p50_high": found.high}.items()
    }
    figures["n_effective"] = pl.Series(weight.n_effective)
    figures["interval_method"] = pl.Series(method.tolist(), dtype=pl.String)
    month, basis, country, occupation, place = (
        coded.values[name].gather(codes) for name, codes in zip(names, groups.codes, strict=True)
    )
    keys = {"month": month, "basis": basis, "country": country, "occupation_code": occupation, "place_id": place}
    counts = {"n_observations": groups.paid, "n_employers": known_employers(coded, weighing)}
    return pl.DataFrame(keys | counts | figures | {"reason": pl.Series(reason.tolist(), dtype=pl.String)}).with_columns(
        pl.lit(grouping.occupation_level).alias("occupation_level"), pl.lit(grouping.place_level).alias("place_level")
    )
