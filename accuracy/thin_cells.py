"""Thin cells, on held-out draws of real cells and in markets whose medians are known.

Protocol: of a fifth of the big cells at a time all but n observations are hidden; those n are what the cell has, its
raw median is set beside the shrunk one, and both beside the median of the whole cell. The other cells stay as they
are, so that a thin cell stands in a market as it does in a release. A cell takes part at n when it has 4 n observations
and 40 or more: else the n would be most of what they are judged by.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from accuracy.scores import Goal, Plot, Score, Scored, at_most, not_scored, within
from accuracy.sets import Sets
from accuracy.thin_markets import RUNGS, Market, market
from accuracy.thin_sets import SETS, ThinSet, sample_of
from estimation.dispersion import quantile_at
from estimation.ladder import Keys, Rung, Sample, climb, group
from estimation.quantiles import Floats, Ints
from estimation.shrinkage import interval

Flags = npt.NDArray[np.bool_]
SIZES = (3, 5, 10, 20, 50)
GOALS = {3: 9.0, 5: 7.5, 10: 6.3, 20: 4.8}  # median absolute error, per cent
FOLDS, DRAWS = 5, 4
ENOUGH, TIMES = 40, 4
LEVEL = 0.95
SEED = 20260601


class Draws:
    """Absolute relative errors of raw and shrunk medians, and whether intervals covered, size by size."""

    def __init__(self) -> None:
        self.raw: dict[int, list[Floats]] = {}
        self.shrunk: dict[int, list[Floats]] = {}
        self.covered: dict[int, list[Floats]] = {}

    def take(self, size: int, raw: Floats, shrunk: Floats, covered: Floats) -> None:
        for store, values in ((self.raw, raw), (self.shrunk, shrunk), (self.covered, covered)):
            store.setdefault(size, []).append(values)

    def error(self, which: str, size: int) -> tuple[float, int, float]:
        """Median absolute error in per cent, cases, and the standard error of that median."""
        values = 100.0 * np.concatenate(getattr(self, which).get(size, [np.zeros(0)]))
        if not len(values):
            return float("nan"), 0, 0.0
        low, high = np.quantile(values, [0.5 - 0.5 / len(values) ** 0.5, min(0.5 + 0.5 / len(values) ** 0.5, 1.0)])
        return float(np.median(values)), len(values), float(high - low) / 2.0


def score(sets: Sets) -> Scored:
    """Errors of raw and shrunk medians at each n, set by set, and in simulated markets with coverage."""
    scores: list[Score] = []
    lines = {}
    for thin_set in SETS:
        draws = _held_out(sets, thin_set)
        if draws is None:
            scores.append(not_scored(f"{thin_set.name}_n3", at_most(GOALS[3]), sets.missing(thin_set.path)))
            continue
        scores += _errors(thin_set.name, draws)
        for which in ("raw", "shrunk"):
            lines[f"{thin_set.name}, {which}"] = _line(draws, which)
    simulated = _simulated(sets.markets)
    scores += _errors("simulated", simulated) + _coverage(simulated)
    lines |= {f"simulated, {which}": _line(simulated, which) for which in ("raw", "shrunk")}
    plot = Plot("thin_cells", "Error of a cell's median", "observations", "median absolute error, %", lines)
    return Scored(scores, [plot])


def _line(draws: Draws, which: str) -> tuple[list[float], list[float]]:
    sizes = sorted(draws.raw)
    return [float(n) for n in sizes], [draws.error(which, n)[0] for n in sizes]


def _errors(name: str, draws: Draws) -> list[Score]:
    """The shrunk medians' error at each size with a goal, and at how many sizes it is above the raw ones'.

    Above means by more than two standard errors of the difference, raw and shrunk taken as independent.
    """
    scores, worse, told = [], 0, []
    for size in sorted(draws.raw):
        raw, cases, raw_error = draws.error("raw", size)
        shrunk, _, error = draws.error("shrunk", size)
        if size in GOALS:
            scores.append(Score(f"{name}_n{size}", shrunk, at_most(GOALS[size]), cases, error, note=f"raw {raw:.2f}"))
        worse += shrunk - raw > 2.0 * (raw_error**2 + error**2) ** 0.5
        told.append(f"n = {size}: {shrunk:.2f} for {raw:.2f}")
    scores.append(Score(f"{name}_worse_than_raw", float(worse), at_most(0.0), len(told), note="; ".join(told)))
    return scores


def _coverage(draws: Draws) -> list[Score]:
    goal, scores = within(0.94, 0.97), []
    for size in sorted(draws.covered):
        covered = np.concatenate(draws.covered[size])
        share = float(covered.mean())
        scores.append(_told(f"simulated_coverage_n{size}", share, goal, len(covered)))
    return scores


def _told(name: str, share: float, goal: Goal, cases: int) -> Score:
    return Score(name, share, goal, cases, (share * (1.0 - share) / cases) ** 0.5)


def _held_out(sets: Sets, thin_set: ThinSet) -> Draws | None:
    path = sets.find(thin_set.path)
    if path is None:
        return None
    draws = Draws()
    sample = sample_of(thin_set, path)
    for rungs in thin_set.ladders:
        _draw(draws, sample, rungs)
    return draws


def _draw(draws: Draws, sample: Sample, rungs: tuple[Rung, ...]) -> None:
    """Every fold of the last rung's cells, thinned a few times to each size."""
    rng = np.random.default_rng(SEED)
    keys = rungs[-1].keys
    _, rows, starts, counts = group(sample, keys)
    whole = _medians(sample.logs[rows], starts, counts)
    fold = rng.permutation(len(counts)) % FOLDS
    cell = np.repeat(np.arange(len(counts)), counts)
    for size in SIZES:
        big = counts >= max(TIMES * size, ENOUGH)
        for chosen in _folds(big, fold):
            for _ in range(DRAWS):
                rank = np.argsort(np.lexsort((rng.random(len(rows)), cell))) - starts[cell]
                kept = np.ones(len(sample.logs), dtype=bool)
                kept[rows[chosen[cell] & (rank >= size)]] = False
                draws.take(size, *_judged(_only(sample, kept), rungs, keys, chosen, whole))


def _folds(big: Flags, fold: Ints) -> Iterator[Flags]:
    for number in range(FOLDS):
        chosen = big & (fold == number)
        if chosen.any():
            yield chosen


def _only(sample: Sample, kept: Flags) -> Sample:
    who = sample.contributor
    codes = {name: column[kept] for name, column in sample.codes.items()}
    return Sample(sample.logs[kept], codes, None if who is None else who[kept])


def _judged(
    sample: Sample, rungs: tuple[Rung, ...], keys: Keys, chosen: Flags, whole: Floats
) -> tuple[Floats, Floats, Floats]:
    """Errors of raw and shrunk medians of the chosen cells, and whether their intervals hold the whole cells' medians.

    No cell goes, so that cells keep their order.
    """
    estimates = climb(sample, rungs)[-1].estimates
    _, rows, starts, counts = group(sample, keys)
    raw = _medians(sample.logs[rows], starts, counts)
    low, high = interval(estimates, LEVEL)
    covered = (low <= whole) & (whole <= high)
    return _relative(raw - whole)[chosen], _relative(estimates.mean - whole)[chosen], covered[chosen].astype(np.float64)


def _relative(difference: Floats) -> Floats:
    return np.abs(np.expm1(difference))


def _medians(logs: Floats, starts: Ints, counts: Ints) -> Floats:
    return quantile_at(logs, starts, counts, np.full(len(counts), 0.5))


def _simulated(markets: int) -> Draws:
    """Markets of each kind, drawn anew; one market has two thousand cells, so a tenth of `markets` is enough."""
    draws = Draws()
    for number in range(max(markets // 40, 5)):
        for kind in Market:
            made = market(kind, SEED + number)
            shrunk = climb(made.sample, RUNGS)[-1]
            _, rows, starts, counts = group(made.sample, RUNGS[-1].keys)
            raw = _medians(made.sample.logs[rows], starts, counts)
            truth = made.truth[made.cell_of(shrunk.codes)]
            low, high = interval(shrunk.estimates, LEVEL)
            for size in SIZES:
                here = counts == size
                covered = ((low <= truth) & (truth <= high))[here].astype(np.float64)
                draws.take(size, _relative(raw - truth)[here], _relative(shrunk.estimates.mean - truth)[here], covered)
    return draws
