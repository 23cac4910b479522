"""The rows of each cell, and its paid ones as a sample."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from estimation.pay.encoding import Coded
from estimation.pay.weights import Sample, Weighing
from estimation.quantiles import Floats, Ints, starts_of


@dataclass(frozen=True)
class Groups:
    """Rows sorted by cell and, within a cell, as they are coded."""

    rows: Ints  # positions in the coded arrays
    starts: Ints  # of each cell, in `rows`
    sizes: Ints  # rows of each cell
    paid: Ints  # those of them with pay
    of_row: Ints  # the cell of each element of `rows`
    codes: list[Ints]  # the keys of each cell, as codes


def group(coded: Coded, names: list[str], paid_at_least: int = 0, holding: str | None = None) -> Groups:
    """Group the rows by the coded columns.

    Rows that lack one of them (code -1) are left out, and so are groups with pay in fewer than `paid_at_least` rows,
    and those without a row that has a value of `holding`, where that is given.
    """
    columns = [coded.codes[name] for name in names]
    present = np.flatnonzero(np.logical_and.reduce([column >= 0 for column in columns]))
    key = np.zeros(len(present), dtype=np.int64)
    for name, column in zip(names, columns, strict=True):
        key = key * max(len(coded.values[name]), 1) + column[present]
    order = np.argsort(key, kind="stable")
    key, rows = key[order], present[order]
    sizes = _runs(key)
    with_pay = coded.has_pay[rows].astype(np.int64)
    paid = np.add.reduceat(with_pay, starts_of(sizes)) if len(sizes) else sizes
    kept = paid >= paid_at_least
    if holding is not None and len(sizes):
        kept &= np.maximum.reduceat(coded.codes[holding][rows], starts_of(sizes)) >= 0
    rows, sizes, paid = rows[np.repeat(kept, sizes)], sizes[kept], paid[kept]
    starts = starts_of(sizes)
    of_row = np.repeat(np.arange(len(starts)), sizes)
    return Groups(rows, starts, sizes, paid, of_row, [column[rows[starts]] for column in columns])


def _runs(key: Ints) -> Ints:
    """The lengths of the runs of equal elements."""
    edges = np.flatnonzero(key[1:] != key[:-1]) + 1
    return np.diff(np.r_[0, edges, len(key)]) if len(key) else np.zeros(0, dtype=np.int64)


def sample_of(coded: Coded, groups: Groups) -> Sample:
    """The cells with pay and their paid observations."""
    paid = coded.has_pay[groups.rows]
    rows = groups.rows[paid]
    place = np.cumsum(groups.paid > 0) - 1
    employer = coded.codes["employer"][rows].astype(np.int64)
    cell, ends = place[groups.of_row[paid]], (coded.low[rows], coded.high[rows])
    return Sample(int((groups.paid > 0).sum()), cell, employer, *ends, frame=coded.frame, row=rows)


def known_employers(coded: Coded, weighing: Weighing) -> Ints:
    """The number of known employers of each cell of a sample."""
    known = weighing.pair_cell[coded.employer_known[weighing.pair_employer]]
    return np.bincount(known, minlength=len(weighing.concentration.counts))


def usd_rate(coded: Coded, sample: Sample, weighing: Weighing) -> Floats:
    """The weighted mean of the daily rates to the US dollar of each cell's observations, nan where none has one."""
    rate = coded.usd_rate[sample.row]
    weight = np.where(np.isnan(rate), 0.0, weighing.weight)
    total = np.bincount(sample.cell, weight, sample.n_cells)
    rated = np.bincount(sample.cell, weight * np.nan_to_num(rate), sample.n_cells)
    return np.divide(rated, total, out=np.full(sample.n_cells, np.nan), where=total > 0)


def spread(column: Floats, which: Ints, n_cells: int) -> pl.Series:
    """The figures of some cells among all; the others null."""
    full = np.full(n_cells, np.nan)
    full[which] = column
    return pl.Series(full, nan_to_null=True)


def sources(coded: Coded, groups: Groups) -> pl.Series:
    """For each cell the names of the sources in it, sorted, joined by commas."""
    base = max(len(coded.values["sources"]), 1)
    pairs = np.unique(groups.of_row * base + coded.codes["sources"][groups.rows])
    frame = pl.DataFrame({"cell": pairs // base, "name": coded.values["sources"].gather(pairs % base)})
    single = frame.with_columns(pl.col("name").str.split(",")).explode("name").unique()
    joined = single.sort("cell", "name").group_by("cell", maintain_order=True).agg(pl.col("name").str.join(","))
    return joined["name"]
