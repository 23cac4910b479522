"""The ladder that thin cells climb: kinds of cells from the whole down, each shrunk towards the one above it.

A rung is a kind of cell: the columns that cells differ in, those of the kinds above it (the first that a cell has), and
those that it shares with the cells beside it. Rungs are worked off in their order; a parent stands before its children.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from estimation.pay.blending import Blend, blended_interval, blended_median
from estimation.pay.dispersion import LogPoints, Own, own_statistics, sums
from estimation.pay.figures import Weighed
from estimation.pay.intervals import LEVEL
from estimation.pay.shrinkage import Estimates, Stage, half_width, shrink
from estimation.pay.weights import Frame, Sample
from estimation.quantiles import Floats, Ints

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Rung:
    """One kind of cell. `parents` empty: the top, which stands for itself. `pool`: variances are estimated for each."""

    keys: Keys
    parents: tuple[Keys, ...] = ()
    beside: Keys = ()
    pool: Keys = ()
    spans: bool = False  # a cell may have rows under several cells of the rung above: the one with most of them counts


@dataclass(frozen=True)
class Shrunk:
    """The cells of a rung, in order of their codes."""

    codes: list[Ints]  # of each key, by cell
    counts: Ints
    own: Own
    estimates: Estimates
    low: Floats  # ends of the interval of the mean, on the log scale
    high: Floats
    parent: Ints  # the cell of `parent_rung` above each; -1 at the top
    parent_rung: Ints  # index in the ladder; -1 at the top


@dataclass(frozen=True)
class Observations:
    """What was stated, in an order that its values decide: one element an observation.

    The ends of its pay in cents (alike where one figure is stated), its employer's code, the code of each column (-1:
    not known), and whether it counts; `frame` ranks the same pay.
    """

    low: Ints
    high: Ints
    employer: Ints
    codes: Mapping[str, Ints]
    counted: npt.NDArray[np.bool_]
    frame: Frame

    @classmethod
    def ranges(
        cls, low: Floats, high: Floats, codes: Mapping[str, Ints], employer: Ints | None = None
    ) -> "Observations":
        """Pay from `low` to `high` in currency units, of as many employers where none are told."""
        ends = np.rint(low * 100.0).astype(np.int64), np.rint(high * 100.0).astype(np.int64)
        who = np.arange(len(low)) if employer is None else employer
        return cls(*ends, who, codes, ends[0] > 0, Frame.of(*ends))

    def only(self, counted: npt.NDArray[np.bool_]) -> "Observations":
        """The same, of which only some count."""
        return replace(self, counted=self.counted & counted)


@dataclass(frozen=True)
class Cells:
    """The cells of a rung that have an observation: `rows` cell by cell."""

    rows: Ints
    starts: Ints
    counts: Ints

    @property
    def cell(self) -> Ints:
        """The cell of each of `rows`."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def first(self) -> Ints:
        """A row of each cell."""
        return self.rows[self.starts]


@dataclass(frozen=True)
class _Above:
    """A rung as those below it need it: of each observation its cell (-1: none) and its share of that cell's weight."""

    cell: npt.NDArray[np.int32]
    share: Floats


def climb(observations: Observations, rungs: Sequence[Rung]) -> Iterator[tuple[Shrunk, Weighed]]:
    """Every rung's cells, shrunk, and as they were weighed; rows that lack one of its keys are in none."""
    done: list[Shrunk] = []
    above: dict[Keys, _Above] = {}
    where = {rung.keys: index for index, rung in enumerate(rungs)}
    last = {keys: index for index, rung in enumerate(rungs) for keys in rung.parents}
    for index, rung in enumerate(rungs):
        cells = group(observations, rung.keys)
        weighed = weighed_cells(observations, cells)
        done.append(_shrunk(observations, rung, cells, weighed, _Family(above, where, done)))
        if last.get(rung.keys, -1) > index:
            above[rung.keys] = _as_above(len(observations.low), cells, weighed)
        for keys in [keys for keys in above if last[keys] <= index]:
            del above[keys]
        yield done[-1], weighed


def group(observations: Observations, keys: Keys) -> Cells:
    """The cells of a rung, in order of their codes."""
    present = observations.counted.copy()
    for key in keys:
        present &= observations.codes[key] >= 0
    rows = np.flatnonzero(present)
    code = _combined(observations, keys, rows)
    order = np.argsort(code, kind="stable")
    rows, code = rows[order], code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.zeros(0, dtype=np.int64)
    return Cells(rows, starts, np.diff(np.r_[starts, len(code)]))


def weighed_cells(observations: Observations, cells: Cells) -> Weighed:
    """The cells weighed and spread as for a direct estimate."""
    employer = observations.employer[cells.rows].astype(np.int64)
    ends = observations.low[cells.rows], observations.high[cells.rows]
    frame = observations.frame
    return Weighed.of(Sample(len(cells.counts), cells.cell, employer, *ends, frame=frame, row=cells.rows))


def _as_above(size: int, cells: Cells, weighed: Weighed) -> _Above:
    cell, shares = np.full(size, -1, dtype=np.int32), np.zeros(size)
    weight = weighed.weighing.weight.astype(np.float64)
    cell[cells.rows] = cells.cell
    shares[cells.rows] = weight / sums(cells.cell, weight, len(cells.counts))[cells.cell]
    return _Above(cell, shares)


def _combined(observations: Observations, keys: Keys, rows: Ints) -> Ints:
    code = np.zeros(len(rows), dtype=np.int64)
    for key in keys:
        column = observations.codes[key]
        code = code * (int(column.max(initial=0)) + 1) + column[rows]
    return code


def _codes(observations: Observations, keys: Keys, rows: Ints) -> Ints:
    """Small codes of the rows' combinations of the keys, from 0 on."""
    return np.asarray(np.unique(_combined(observations, keys, rows), return_inverse=True)[1], dtype=np.int64)


@dataclass(frozen=True)
class _Family:
    """The rungs that are done."""

    above: Mapping[Keys, _Above]
    where: Mapping[Keys, int]
    done: Sequence[Shrunk]

    def parents(self, rung: Rung, cells: Cells) -> tuple[Ints, Ints, Floats]:
        """Of each cell the rung above it, the first that has one, the cell there, and its share of that cell."""
        n, cell = len(cells.counts), cells.cell
        of_rung, parent = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        shared = np.zeros(n)
        for keys in reversed(rung.parents):
            found = self.above[keys].cell[cells.rows].astype(np.int64)
            upper = _most_frequent(found, cells) if rung.spans else found[cells.starts]
            share = np.where(found == upper[cell], self.above[keys].share[cells.rows], 0.0)
            has = upper >= 0
            of_rung[has], parent[has], shared[has] = self.where[keys], upper[has], sums(cell, share, n)[has]
        return of_rung, parent, shared


def _most_frequent(found: Ints, cells: Cells) -> Ints:
    """The most frequent value of each cell, the lowest of several; -1 only where there is no other."""
    base = int(found.max(initial=0)) + 2
    pairs, counts = np.unique(cells.cell * base + found + 1, return_counts=True)
    counts = np.where(pairs % base == 0, 0, counts)
    order = np.lexsort((pairs, -counts, pairs // base))
    first = np.unique((pairs // base)[order], return_index=True)[1]
    return np.asarray((pairs % base)[order][first] - 1)


def _shrunk(observations: Observations, rung: Rung, cells: Cells, weighed: Weighed, family: _Family) -> Shrunk:
    of_rung, parent, shared = family.parents(rung, cells)
    pool = _codes(observations, rung.pool, cells.first)
    kin = np.unique(of_rung * (parent.max(initial=0) + 2) + parent, return_inverse=True)[1]
    kin = np.unique(pool * (kin.max(initial=0) + 1) + kin, return_inverse=True)[1]
    drawn = LogPoints.of(weighed.measured.points)
    own = own_statistics(weighed.measured, drawn, pool, kin)
    beside = _codes(observations, rung.beside, cells.first) if rung.beside else np.full(len(cells.counts), -1)
    estimates = _estimates(own, family.done, (of_rung, parent, shared), beside, pool)
    blend = Blend(estimates.own, own.median, estimates.expected, own.within)
    estimates = replace(estimates, mean=blended_median(blend, drawn))
    low, high = blended_interval(blend, drawn, estimates.mean, half_width(estimates, LEVEL))
    codes = [observations.codes[key][cells.first] for key in rung.keys]
    return Shrunk(codes, cells.counts, own, estimates, low, high, parent, of_rung)


def _estimates(
    own: Own, done: Sequence[Shrunk], parents: tuple[Ints, Ints, Floats], beside: Ints, pool: Ints
) -> Estimates:
    of_rung, parent, shared = parents
    n = len(of_rung)
    if (of_rung < 0).any():
        return Estimates(own.median, own.variance, np.ones(n), own.median, own.freedom)
    above, above_variance, weight = np.zeros(n), np.zeros(n), np.zeros(n)
    for index in np.unique(of_rung):
        here, cells = of_rung == index, parent[of_rung == index]
        upper = done[index].estimates
        above[here], above_variance[here] = upper.mean[cells], upper.variance[cells]
        weight[here] = upper.own[cells] * shared[here]
    return shrink(Stage(own.median, own.variance, above, above_variance, weight, beside, pool, own.freedom))
