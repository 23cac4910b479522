"""The pay of every cell of the lattice: counts, employers, mean and percentiles with their intervals."""

import numpy as np
import polars as pl

from estimation.pay.encoding import Coded, encode
from estimation.pay.figures import (
    Weighed,
    log_median,
    mean_with_interval,
    quantile_with_interval,
    share_of_ranges,
    stated_medians,
)
from estimation.pay.grouping import Groups, group, known_employers, sources, spread, usd_rate
from estimation.pay.intervals import LEVEL
from estimation.pay.lattice import Grouping
from estimation.pay.pooling import METHOD, Pooling, keys_of
from estimation.quality import MIN_OBSERVATIONS, may_publish, share
from estimation.quantiles import Ints
from estimation.schema import CELL_KEYS, PAY_CELLS, PERCENTILES
from estimation.windows import periods, trailing_from

VERSION = 2


def pay_cells(observations: pl.DataFrame | pl.LazyFrame, countries: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Every cell with an observation, as `estimation.schema.PAY_CELLS`, in order of its keys.

    `observations` has the columns of PAY_OBSERVATIONS, `countries` those of COUNTRIES; other columns are ignored.
    Observations of a country that `countries` lacks, or without a currency, have no cell. The trailing window is the
    365 days to the country's last capture; what is dated later is in no window. The result does not depend on the
    order of the rows.
    """
    countries = countries.lazy().select("country", "currency", "last_captured_on").collect()
    coded = encode(observations.lazy(), countries.lazy(), periods)
    pooling = Pooling(coded)
    parts = [_grouping_cells(coded, grouping, weighed, pooling) for grouping, weighed in pooling.climb()]
    return finished(pl.concat(parts), countries)


def finished(cells: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Cells as PAY_CELLS, with currency, window and method."""
    last = pl.col("last_captured_on")
    trailing = pl.col("period") == "trailing"
    year = pl.col("period").cast(pl.Int32, strict=False)
    windows = (
        cells.drop("currency", strict=False)
        .join(countries, on="country", how="left")
        .with_columns(
            pl.when(trailing).then(trailing_from()).otherwise(pl.date(year, 1, 1)).alias("window_from"),
            pl.when(trailing).then(last).otherwise(pl.min_horizontal(pl.date(year, 12, 31), last)).alias("window_to"),
            pl.when(pl.col("level") == "pooled")
            .then(pl.lit(METHOD))
            .otherwise(pl.format("{}-pay@{}", pl.col("basis"), pl.lit(VERSION)))
            .alias("method"),
            pl.lit(LEVEL).alias("interval_level"),
            *(pl.col(f"n_{what}").alias(f"n_public_{what}") for what in ("openings", "observations", "employers")),
            (pl.col("p50") * pl.col("usd_rate")).round(2).alias("p50_usd"),
        )
    )
    return windows.select(PAY_CELLS.keys()).cast(dict(PAY_CELLS)).sort(CELL_KEYS.keys())  # type: ignore[arg-type]


def _grouping_cells(coded: Coded, grouping: Grouping, weighed: Weighed, pooling: Pooling) -> pl.DataFrame:
    """The cells of one combination, thin ones answered by what they are pooled with."""
    paid_at_least = 0 if grouping.dimension == "all" else MIN_OBSERVATIONS
    groups = group(coded, list(keys_of(grouping)), paid_at_least)
    counts = weighed.measured.weight.counts
    shown = weighed.of_cells(np.flatnonzero(counts >= paid_at_least))
    direct = named(coded, grouping, groups).hstack(pl.DataFrame(direct_figures(coded, groups, shown)))
    return pooling.answer(grouping, direct, paid_at_least)


def named(coded: Coded, grouping: Grouping, groups: Groups) -> pl.DataFrame:
    """The keys of the groups, their counts and the names of their sources."""
    names = keys_of(grouping)
    period, basis, country, occupation, place, value = (
        coded.values[name].gather(codes) for name, codes in zip(names, groups.codes, strict=True)
    )
    return pl.DataFrame(
        {
            "period": period,
            "basis": basis,
            "country": country,
            "occupation_code": occupation,
            "place_id": place,
            "dimension_value": value,
            "n_openings": groups.sizes,
            "n_observations": groups.paid,
            "sources": sources(coded, groups),
        }
    ).with_columns(
        pl.lit(grouping.occupation_level).alias("occupation_level"),
        pl.lit(grouping.place_level).alias("place_level"),
        pl.lit(grouping.dimension).alias("dimension"),
    )


def direct_figures(coded: Coded, groups: Groups, weighed: Weighed) -> dict[str, pl.Series]:
    """What follows from the paid observations of each cell, those without any included.

    `weighed` are the cells with pay among the groups, in their order.
    """
    n_cells, paid = len(groups.starts), np.flatnonzero(groups.paid)
    sample, weighing, measured = weighed.sample, weighed.weighing, weighed.measured
    weight = weighing.concentration
    largest = weighing.largest
    publish = may_publish(weight.counts, weight.employer_counts, largest)
    reason = np.full(n_cells, "no_data", dtype=object)
    reason[paid] = np.where(publish, None, "suppressed")  # type: ignore[call-overload]
    employers = np.zeros(n_cells, dtype=np.int64)
    employers[paid] = known_employers(coded, weighing)
    log_value, log_variance = log_median(measured)
    columns = {
        "top_employer_share": share(largest, weight.counts),
        "n_effective": weight.n_effective,
        "n_employers_effective": weight.employers_effective,
        "log_median": log_value,
        "log_median_variance": log_variance,
    }
    method = np.full(n_cells, None, dtype=object)
    method[paid[publish]] = measured.interval_method[publish]
    return {
        "n_employers": pl.Series(employers),
        "reason": pl.Series(reason.tolist(), dtype=pl.String),
        "interval_method": pl.Series(method.tolist(), dtype=pl.String),
        **{name: spread(column, paid, n_cells) for name, column in columns.items()},
        **_published(weighed, np.flatnonzero(publish), paid, n_cells),
        "usd_rate": spread(usd_rate(coded, sample, weighing), paid, n_cells),
    }


def _published(weighed: Weighed, which: Ints, paid: Ints, n_cells: int) -> dict[str, pl.Series]:
    """Mean, percentiles and stated medians of the cells `which` of the sample, in whole cents; null for the others."""
    sample, weighing, measured = weighed.sample, weighed.weighing, weighed.measured
    mean = mean_with_interval(sample, weighing, measured)
    columns = {"mean": mean.value[which], "mean_low": mean.low[which], "mean_high": mean.high[which]}
    columns |= stated_medians(sample, weighing, which)
    columns["share_ranges"] = share_of_ranges(sample, weighing)[which]
    shown, reasons, here = measured.of_cells(which), {}, paid[which]
    for level in PERCENTILES:
        found = quantile_with_interval(shown, level / 100)
        columns |= {f"p{level}": found.value, f"p{level}_low": found.low, f"p{level}_high": found.high}
        reason = np.full(n_cells, None, dtype=object)
        reason[here[np.isnan(found.value)]] = "too_few"
        reasons[f"p{level}_reason"] = pl.Series(reason.tolist(), dtype=pl.String)
    return {name: spread(np.round(column, 2), here, n_cells) for name, column in columns.items()} | reasons
