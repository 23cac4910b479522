"""The pay of every cell of the lattice: counts, employers, mean and percentiles with their intervals."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from estimation.encoding import Coded, encode
from estimation.intervals import LEVEL, mean_interval, order_ranks
from estimation.lattice import GROUPINGS, Grouping
from estimation.quality import MIN_OBSERVATIONS, may_publish, share
from estimation.quantiles import Floats, Ints, grouped_quantile
from estimation.schema import CELL_KEYS, PAY_CELLS, PERCENTILES

VERSION = 1
TRAILING_DAYS = 365


def pay_cells(observations: pl.DataFrame | pl.LazyFrame, countries: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Every cell with an observation, as `estimation.schema.PAY_CELLS`, in order of its keys.

    `observations` has the columns of PAY_OBSERVATIONS, `countries` those of COUNTRIES; other columns are ignored.
    Observations of a country that `countries` lacks, or without a currency, have no cell. The trailing window is the
    365 days to the country's last capture; what is dated later is in no window. The result does not depend on the
    order of the rows.
    """
    countries = countries.lazy().select("country", "currency", "last_captured_on").collect()
    coded = encode(observations.lazy(), countries.lazy(), _periods)
    parts = [_grouping_cells(coded, grouping) for grouping in GROUPINGS]
    windows = _windows(pl.concat(parts), countries)
    return windows.select(PAY_CELLS.keys()).cast(dict(PAY_CELLS)).sort(CELL_KEYS.keys())  # type: ignore[arg-type]


def _periods(dated: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Each observation once for its calendar year, and once more when it is in the trailing window."""
    known = dated.filter(pl.col("observed_on") <= pl.col("last_captured_on"))
    trailing = known.filter(pl.col("observed_on") >= _trailing_from())
    return [
        known.with_columns(pl.col("observed_on").dt.year().cast(pl.String).alias("period")),
        trailing.with_columns(pl.lit("trailing").alias("period")),
    ]


def _trailing_from() -> pl.Expr:
    return pl.col("last_captured_on").dt.offset_by(f"-{TRAILING_DAYS - 1}d")


def _windows(cells: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Add currency, window and method."""
    last = pl.col("last_captured_on")
    trailing = pl.col("period") == "trailing"
    year = pl.col("period").cast(pl.Int32, strict=False)
    return cells.join(countries, on="country", how="left").with_columns(
        pl.when(trailing).then(_trailing_from()).otherwise(pl.date(year, 1, 1)).alias("window_from"),
        pl.when(trailing).then(last).otherwise(pl.min_horizontal(pl.date(year, 12, 31), last)).alias("window_to"),
        pl.format("{}-pay@{}", pl.col("basis"), pl.lit(VERSION)).alias("method"),
        pl.lit(LEVEL).alias("interval_level"),
    )


@dataclass(frozen=True)
class Groups:
    """Rows sorted by cell and, within a cell, by pay with those without pay last."""

    rows: Ints  # positions in the coded arrays
    starts: Ints  # of each cell, in `rows`
    sizes: Ints  # rows of each cell
    paid: Ints  # those of them with pay
    of_row: Ints  # the cell of each element of `rows`
    codes: list[Ints]  # the keys of each cell, as codes


def group(coded: Coded, names: list[str], paid_at_least: int = 0) -> Groups:
    """Group the rows by the coded columns.

    Rows that lack one of them (code -1) are left out, and so are groups with pay in fewer than `paid_at_least` rows.
    """
    columns = [coded.codes[name] for name in names]
    present = np.flatnonzero(np.logical_and.reduce([column >= 0 for column in columns]))
    key = np.zeros(len(present), dtype=np.int64)
    for name, column in zip(names, columns, strict=True):
        key = key * max(len(coded.values[name]), 1) + column[present]
    # Coded rows are sorted by pay already, so that a stable sort by cell leaves each cell sorted by pay.
    order = np.argsort(key, kind="stable")
    key, rows = key[order], present[order]
    sizes = _runs(key)
    with_pay = coded.has_pay[rows].astype(np.int64)
    paid = np.add.reduceat(with_pay, _starts(sizes)) if len(sizes) else sizes
    kept = paid >= paid_at_least
    rows, sizes, paid = rows[np.repeat(kept, sizes)], sizes[kept], paid[kept]
    starts = _starts(sizes)
    of_row = np.repeat(np.arange(len(starts)), sizes)
    return Groups(rows, starts, sizes, paid, of_row, [column[rows[starts]] for column in columns])


def _runs(key: Ints) -> Ints:
    """The lengths of the runs of equal elements."""
    edges = np.flatnonzero(key[1:] != key[:-1]) + 1
    return np.diff(np.r_[0, edges, len(key)]) if len(key) else np.zeros(0, dtype=np.int64)


def _starts(sizes: Ints) -> Ints:
    """Where groups of these sizes begin when they stand one after another."""
    return np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int64) if len(sizes) else np.zeros(0, dtype=np.int64)


def employers(coded: Coded, groups: Groups) -> tuple[Ints, Ints, Ints]:
    """For each cell: known employers, employers with each source's unknown as one, observations of the largest."""
    with_pay = coded.has_pay[groups.rows]
    cell, employer = groups.of_row[with_pay], coded.codes["employer"][groups.rows[with_pay]]
    n_cells, base = len(groups.starts), max(len(coded.values["employer"]), 1)
    pairs, counts = np.unique(cell * base + employer, return_counts=True)
    of_pair = pairs // base
    largest = np.zeros(n_cells, dtype=np.int64)
    np.maximum.at(largest, of_pair, counts)
    counted = np.bincount(of_pair, minlength=n_cells).astype(np.int64)
    known = np.bincount(of_pair[coded.employer_known[pairs % base]], minlength=n_cells).astype(np.int64)
    return known, counted, largest


def sources(coded: Coded, groups: Groups) -> pl.Series:
    """For each cell the names of the sources in it, sorted, joined by commas."""
    base = max(len(coded.values["sources"]), 1)
    pairs = np.unique(groups.of_row * base + coded.codes["sources"][groups.rows])
    frame = pl.DataFrame({"cell": pairs // base, "name": coded.values["sources"].gather(pairs % base)})
    single = frame.with_columns(pl.col("name").str.split(",")).explode("name").unique()
    joined = single.sort("cell", "name").group_by("cell", maintain_order=True).agg(pl.col("name").str.join(","))
    return joined["name"]


def _grouping_cells(coded: Coded, grouping: Grouping) -> pl.DataFrame:
    """The cells of one combination."""
    names = ["period", "basis", "country", f"occupation_{grouping.occupation_level}", f"place_{grouping.place_level}"]
    names.append(f"dimension_{grouping.dimension}")
    groups = group(coded, names, paid_at_least=0 if grouping.dimension == "all" else MIN_OBSERVATIONS)
    known, counted, largest = employers(coded, groups)
    decoded = [coded.values[name].gather(codes) for name, codes in zip(names, groups.codes, strict=True)]
    publish = may_publish(groups.paid, counted, largest)
    reason = np.where(groups.paid == 0, "no_data", np.where(publish, None, "suppressed"))  # type: ignore[call-overload]
    figures = _figures(coded, groups, np.flatnonzero(publish))
    return pl.DataFrame(
        {
            "period": decoded[0],
            "basis": decoded[1],
            "country": decoded[2],
            "occupation_level": pl.repeat(grouping.occupation_level, len(publish), eager=True),
            "occupation_code": decoded[3],
            "place_level": pl.repeat(grouping.place_level, len(publish), eager=True),
            "place_id": decoded[4],
            "dimension": pl.repeat(grouping.dimension, len(publish), eager=True),
            "dimension_value": decoded[5],
            "n_openings": groups.sizes,
            "n_observations": groups.paid,
            "n_employers": known,
            "top_employer_share": pl.Series(share(largest, groups.paid), nan_to_null=True),
            "sources": sources(coded, groups),
            "reason": pl.Series(reason.tolist(), dtype=pl.String),
        }
        | figures
    )


def _figures(coded: Coded, groups: Groups, which: Ints) -> dict[str, pl.Series]:
    """Mean and percentiles of the cells `which`; null for the others."""
    n_cells = len(groups.starts)
    values, starts, counts = gathered(coded, groups, which)
    columns = dict(zip(("mean", "mean_low", "mean_high"), _means(values, starts, counts), strict=True))
    reasons = {}
    for level in PERCENTILES:
        estimate, low, high, thin = with_interval(values, starts, counts, level / 100)
        columns |= {f"p{level}": estimate, f"p{level}_low": low, f"p{level}_high": high}
        reason = np.full(n_cells, None, dtype=object)
        reason[which[thin]] = "too_few"
        reasons[f"p{level}_reason"] = pl.Series(reason.tolist(), dtype=pl.String)
    spread = {name: _spread(column, which, n_cells) for name, column in columns.items()}
    return spread | reasons


def _spread(column: Floats, which: Ints, n_cells: int) -> pl.Series:
    """The figures of some cells among all, in whole cents."""
    full = np.full(n_cells, np.nan)
    full[which] = np.round(column, 2)
    return pl.Series(full, nan_to_null=True)


def gathered(coded: Coded, groups: Groups, which: Ints) -> tuple[Ints, Ints, Ints]:
    """The pay, in cents, of the cells `which` one after another, with their starts and counts."""
    counts = groups.paid[which]
    starts = _starts(counts)
    within = np.arange(counts.sum()) - np.repeat(starts, counts)
    return coded.cents[groups.rows[np.repeat(groups.starts[which], counts) + within]], starts, counts


def with_interval(cents: Ints, starts: Ints, counts: Ints, p: float) -> tuple[Floats, Floats, Floats, Ints]:
    """The quantile at `p` of each group with its exact interval, and the groups too small to have one (all nan)."""
    if not len(counts):
        empty = np.zeros(0)
        return empty, empty, empty, np.zeros(0, dtype=np.int64)
    values = cents / 100.0
    lower, upper = order_ranks(counts, p)
    thin = lower == 0
    estimate = np.where(thin, np.nan, grouped_quantile(values, starts, counts, p))
    low = np.where(thin, np.nan, values[starts + np.maximum(lower, 1) - 1])
    high = np.where(thin, np.nan, values[starts + np.maximum(upper, 1) - 1])
    return estimate, low, high, np.flatnonzero(thin)


def _means(cents: Ints, starts: Ints, counts: Ints) -> tuple[Floats, Floats, Floats]:
    """The mean of each group with its interval. Sums of cents are whole numbers, hence exact."""
    if not len(counts):
        empty = np.zeros(0)
        return empty, empty, empty
    mean = np.add.reduceat(cents, starts) / counts
    deviation = cents - np.repeat(mean, counts)
    variance = np.add.reduceat(deviation**2, starts) / np.maximum(counts - 1, 1)
    third = np.add.reduceat(deviation**3, starts) / counts
    low, high = mean_interval(mean, variance, third, counts)
    return mean / 100.0, low / 100.0, high / 100.0
