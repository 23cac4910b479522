"""The ladder that thin cells climb: kinds of cells from the whole down, each shrunk towards the one above it.

A rung is a kind of cell: the columns that cells differ in, those of the kinds above it (the first that a cell has), and
those that it shares with the cells beside it. Rungs are worked off in their order; a parent stands before its children.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from estimation.design import design_effect
from estimation.dispersion import Own, own_statistics
from estimation.quantiles import Floats, Ints
from estimation.shrinkage import Estimates, Stage, shrink

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
    parent: Ints  # the cell of `parent_rung` above each; -1 at the top
    parent_rung: Ints  # index in the ladder; -1 at the top


@dataclass(frozen=True)
class Sample:
    """Observations with pay, ascending by it: log pay, the codes of each column (-1: not known), who contributed."""

    logs: Floats
    codes: Mapping[str, Ints]
    contributor: Ints | None = None


def climb(sample: Sample, rungs: Sequence[Rung]) -> list[Shrunk]:
    """Every rung's cells, shrunk; rows that lack one of a rung's keys are in none of its cells."""
    done: list[Shrunk] = []
    cell_of_row: dict[Keys, Ints] = {}
    where = {rung.keys: index for index, rung in enumerate(rungs)}
    for rung in rungs:
        cells, rows, starts, counts = group(sample, rung.keys)
        cell_of_row[rung.keys] = cells
        first = rows[starts]
        parent_rung, parent = _parents(rung, rows, starts, cell_of_row, where)
        pool = _codes(sample, rung.pool, first)
        kin = np.unique(parent_rung * (parent.max(initial=0) + 2) + parent, return_inverse=True)[1]
        kin = np.unique(pool * (kin.max(initial=0) + 1) + kin, return_inverse=True)[1]
        who = None if sample.contributor is None else sample.contributor[rows]
        design = design_effect(sample.logs[rows], starts, counts, who, pool)
        own = own_statistics(sample.logs[rows], starts, counts, design, pool, kin)
        beside = _codes(sample, rung.beside, first) if rung.beside else np.full(len(counts), -1)
        estimates = _shrunk(own, counts, done, parent_rung, parent, beside, pool)
        done.append(
            Shrunk([sample.codes[key][first] for key in rung.keys], counts, own, estimates, parent, parent_rung)
        )
    return done


def group(sample: Sample, keys: Keys) -> tuple[Ints, Ints, Ints, Ints]:
    """The cell of each row (-1: none), the rows cell by cell, ascending by pay in each, and starts and counts."""
    present = np.ones(len(sample.logs), dtype=bool)
    for key in keys:
        present &= sample.codes[key] >= 0
    rows = np.flatnonzero(present)
    code = _combined(sample, keys, rows)
    order = np.argsort(code, kind="stable")
    rows, code = rows[order], code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.zeros(0, dtype=np.int64)
    counts = np.diff(np.r_[starts, len(code)])
    cells = np.full(len(sample.logs), -1, dtype=np.int64)
    cells[rows] = np.repeat(np.arange(len(counts)), counts)
    return cells, rows, starts, counts


def _combined(sample: Sample, keys: Keys, rows: Ints) -> Ints:
    code = np.zeros(len(rows), dtype=np.int64)
    for key in keys:
        column = sample.codes[key]
        code = code * (int(column.max(initial=0)) + 1) + column[rows]
    return code


def _codes(sample: Sample, keys: Keys, rows: Ints) -> Ints:
    """Small codes of the rows' combinations of the keys, from 0 on."""
    return np.asarray(np.unique(_combined(sample, keys, rows), return_inverse=True)[1], dtype=np.int64)


def _parents(
    rung: Rung, rows: Ints, starts: Ints, cell_of_row: Mapping[Keys, Ints], where: Mapping[Keys, int]
) -> tuple[Ints, Ints]:
    """Of each cell the rung above it and the cell there, in the first rung that has one."""
    of_rung, cell = np.full(len(starts), -1, dtype=np.int64), np.full(len(starts), -1, dtype=np.int64)
    for keys in reversed(rung.parents):
        found = cell_of_row[keys][rows]
        above = _most_frequent(found, starts) if rung.spans else found[starts]
        of_rung[above >= 0], cell[above >= 0] = where[keys], above[above >= 0]
    return of_rung, cell


def _most_frequent(found: Ints, starts: Ints) -> Ints:
    """The most frequent value of each group, the lowest of several; -1 only where there is no other."""
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(found)]))
    base = int(found.max(initial=0)) + 2
    pairs, counts = np.unique(group * base + found + 1, return_counts=True)
    counts = np.where(pairs % base == 0, 0, counts)
    order = np.lexsort((pairs, -counts, pairs // base))
    first = np.unique((pairs // base)[order], return_index=True)[1]
    return np.asarray((pairs % base)[order][first] - 1)


def _shrunk(
    own: Own, counts: Ints, done: Sequence[Shrunk], parent_rung: Ints, parent: Ints, beside: Ints, pool: Ints
) -> Estimates:
    if (parent_rung < 0).any():
        return Estimates(own.median, own.variance, np.ones(len(counts)), own.median, own.freedom)
    above, above_variance, shared = np.zeros(len(counts)), np.zeros(len(counts)), np.zeros(len(counts))
    for index in np.unique(parent_rung):
        here, cells = parent_rung == index, parent[parent_rung == index]
        upper = done[index]
        above[here], above_variance[here] = upper.estimates.mean[cells], upper.estimates.variance[cells]
        shared[here] = upper.estimates.own[cells] * counts[here] / upper.counts[cells]
    return shrink(Stage(own.median, own.variance, above, above_variance, shared, beside, pool, own.freedom))
