"""Thin cells, on held-out draws of real cells and in markets whose medians are known.

Protocol: of a fifth of the big cells at a time all but n observations are hidden; those n are what the cell has, its
raw median is set beside the shrunk one, and both beside the median of the whole cell. The other cells stay as they
are, so that a thin cell stands in a market as it does in a release. A cell takes part at n when it has 4 n observations
and 40 or more: else the n would be most of what they are judged by. Each cell is drawn as often as makes a thousand
cases of a set's cells at that n, four to sixty times, since a few draws of a handful of cells would be mostly luck; but
no more than a million rows are read again for more than four draws.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accuracy.scores import Plot, Score, Scored, at_least, at_most, not_scored, within
from accuracy.sets import Sets
from accuracy.thin_draws import Draws, Judged
from accuracy.thin_markets import RUNGS, Market, market
from accuracy.thin_sets import SETS, ThinSet, observations_of
from estimation.pay.dispersion import log_quantile
from estimation.pay.ladder import Observations, Rung, climb, group, weighed_cells
from estimation.quantiles import Floats, Ints, Points

Flags = npt.NDArray[np.bool_]
SIZES = (3, 5, 10, 20, 50)
FEWEST = (1, 2)  # most cells of a release have so few: simulated ones, since a real cell's truth is not known so well
GOALS = {3: 9.0, 5: 7.5, 10: 6.3, 20: 4.8}  # median absolute error, per cent
FOLDS = 5
CASES, LEAST_DRAWS, MOST_DRAWS, ROWS = 1000, 4, 60, 1_000_000
ENOUGH, TIMES = 40, 4
SEED = 20260601


def score(sets: Sets) -> Scored:
    """Errors of raw and shrunk medians at each n, set by set, and in simulated markets with coverage."""
    scores: list[Score] = []
    lines = {}
    for thin_set in SETS:
        draws = _held_out(sets, thin_set)
        if draws is None or not draws.sizes:
            reason = sets.missing(thin_set.path) if draws is None else f"no cell has {ENOUGH} observations"
            scores.append(not_scored(f"{thin_set.name}_n3", at_most(GOALS[3]), reason))
            continue
        scores += _errors(thin_set.name, draws, "cells")
        for which in ("raw", "shrunk"):
            lines[f"{thin_set.name}, {which}"] = _line(draws, which)
    by_kind = _simulated(sets.markets)
    simulated = Draws.of(by_kind.values())
    scores += [*_errors("simulated", simulated, "markets"), *_coverage(simulated), _lowest(by_kind)]
    lines |= {f"simulated, {which}": _line(simulated, which) for which in ("raw", "shrunk")}
    plot = Plot("thin_cells", "Error of a cell's median", "observations", "median absolute error, %", lines)
    return Scored(scores, [plot])


def _line(draws: Draws, which: str) -> tuple[list[float], list[float]]:
    return [float(n) for n in draws.sizes], [draws.median(n, which) for n in draws.sizes]


def _errors(name: str, draws: Draws, clusters: str) -> list[Score]:
    """The shrunk medians' error at each size with a goal, and at how many sizes it is above the raw ones'."""
    scores, worse, told = [], 0, []
    for size in draws.sizes:
        found = draws.compared(size)
        if size in GOALS:
            note = f"raw {found.raw:.2f}, floor {found.floor:.2f}, {found.clusters} {clusters}"
            goal = at_most(GOALS[size])
            scores.append(Score(f"{name}_n{size}", found.shrunk, goal, found.cases, found.error, note=note))
        worse += found.worse
        told.append(f"n = {size}: {found.shrunk:.2f} for {found.raw:.2f}")
    scores.append(Score(f"{name}_worse_than_raw", float(worse), at_most(0.0), len(told), note="; ".join(told)))
    return scores


def _coverage(draws: Draws) -> list[Score]:
    scores = []
    for size in draws.sizes:
        share, cases, error = draws.covered([size])
        scores.append(Score(f"simulated_coverage_n{size}", share, within(0.94, 0.97), cases, error))
    return scores


def _lowest(by_kind: Mapping[Market, Draws]) -> Score:
    """The kind of markets whose intervals hold least; the goal allows two errors, as for the worst of several draws."""
    held = {kind.value: draws.covered(draws.sizes) for kind, draws in by_kind.items()}
    share, cases, error = min(held.values())
    note = ", ".join(f"{name} {one[0]:.3f}" for name, one in held.items())
    return Score("simulated_coverage_lowest", share, at_least(0.94 - 2 * error), cases, error, note=note)


def _held_out(sets: Sets, thin_set: ThinSet) -> Draws | None:
    path = sets.find(thin_set.path)
    if path is None:
        return None
    draws = Draws()
    observations, before = observations_of(thin_set, path), 0
    for rungs in thin_set.ladders:
        before += _draw(draws, observations, rungs, before, CASES // len(thin_set.ladders))
    return draws


def _draw(draws: Draws, observations: Observations, rungs: tuple[Rung, ...], before: int, cases: int) -> int:
    """Fifths of the last rung's cells, others each time, thinned to each size for about so many cases.

    Returns how many cells there are; they are numbered from `before` on.
    """
    rng = np.random.default_rng(SEED)
    cells = group(observations, rungs[-1].keys)
    whole = _whole(weighed_cells(observations, cells).measured.points, cells.counts, before)
    for size in SIZES:
        big = cells.counts >= max(TIMES * size, ENOUGH)
        for _ in range(_draws(int(big.sum()), cases, len(observations.low))):
            for chosen in _folds(big, rng.permutation(len(big)) % FOLDS):
                rank = np.argsort(np.lexsort((rng.random(len(cells.rows)), cells.cell))) - cells.starts[cells.cell]
                kept = np.ones(len(observations.low), dtype=bool)
                kept[cells.rows[chosen[cells.cell] & (rank >= size)]] = False
                draws.take(size, _judged(observations.only(kept), rungs, whole).of_cells(chosen))
    return len(cells.counts)


def _draws(cells: int, cases: int, rows: int) -> int:
    """How often each of so many cells is drawn to make so many cases."""
    most = min(MOST_DRAWS, ROWS // max(rows, 1))
    return max(min(cases // max(cells, 1), most), LEAST_DRAWS)


def _folds(big: Flags, fold: Ints) -> Iterator[Flags]:
    for number in range(FOLDS):
        chosen = big & (fold == number)
        if chosen.any():
            yield chosen


@dataclass(frozen=True)
class _Reference:
    """What cells are judged by: their log medians, and the standard errors of those."""

    cluster: Ints
    median: Floats
    error: Floats


def _whole(drawn: Points, counts: Ints, before: int) -> _Reference:
    """The whole cells: half a root of n places to either side of the middle lies a standard error away."""
    step = 0.5 / np.sqrt(counts)
    error = (log_quantile(drawn, 0.5 + step) - log_quantile(drawn, 0.5 - step)) / 2.0
    return _Reference(before + np.arange(len(counts)), _medians(drawn), error)


def _judged(observations: Observations, rungs: tuple[Rung, ...], reference: _Reference) -> Judged:
    """Raw and shrunk medians of the last rung's cells, and whether their intervals hold what they are judged by.

    No cell of the reference is without an observation that counts, so that cells keep their order.
    """
    shrunk, weighed = list(climb(observations, rungs))[-1]
    raw = _medians(weighed.measured.points)
    return Judged(
        cluster=reference.cluster,
        raw=_relative(raw - reference.median),
        shrunk=_relative(shrunk.estimates.mean - reference.median),
        covered=((shrunk.low <= reference.median) & (reference.median <= shrunk.high)).astype(np.float64),
        floor=reference.error,
    )


def _relative(difference: Floats) -> Floats:
    return np.abs(np.expm1(difference))


def _medians(drawn: Points) -> Floats:
    return log_quantile(drawn, np.full(len(drawn.starts), 0.5))


def _simulated(markets: int) -> dict[Market, Draws]:
    """Markets of each kind, drawn anew; one has two thousand cells, so that an eightieth of `markets` is enough."""
    by_kind, done = {kind: Draws() for kind in Market}, 0
    for number in range(max(markets // 80, 8)):
        for kind, draws in by_kind.items():
            made = market(kind, SEED + number)
            cells = group(made.observations, RUNGS[-1].keys)
            codes = [made.observations.codes[key][cells.first] for key in RUNGS[-1].keys]
            n = len(cells.counts)
            reference = _Reference(np.full(n, done), made.truth[made.cell_of(codes)], np.zeros(n))
            judged = _judged(made.observations, RUNGS, reference)
            for size in (*FEWEST, *SIZES):
                draws.take(size, judged.of_cells(cells.counts == size))
            done += 1
    return by_kind
