"""Whether the intervals of pay percentiles hold what they should, in simulated markets with fixed seeds.

For each design of `accuracy.pay_markets` and each size the markets go through the very functions that make the
published figures; a market whose figure is withheld does not count. The average over the sizes is held to the goal
itself, the lowest of them, as the worst of several draws, to the goal less two standard errors of the simulation.
"""

from dataclasses import dataclass

import numpy as np

from accuracy.pay_markets import DESIGNS, SPREAD, truth
from accuracy.scores import Goal, Plot, Score, Scored, at_least, at_most, within
from accuracy.sets import Sets
from estimation.pay.figures import Weighed, quantile_with_interval
from estimation.pay.weights import Sample

SIZES = (10, 14, 20, 40, 80, 160, 400)
GROUPS = {"median": (0.5,), "quartiles": (0.25, 0.75), "P10_P90": (0.1, 0.9)}
LEVELS = tuple(level for levels in GROUPS.values() for level in levels)
EXACT = ("iid",)
PUBLISHED = 0.05  # of the markets of a size: with fewer nothing is said of it
SEED = 20_260


@dataclass(frozen=True)
class Covered:
    """Of markets of one design, size and percentile: how many showed a figure, how many intervals held the truth.

    The biases are mean log errors of the estimate, and of the same with midpoints in place of ranges.
    """

    shown: int
    held: int
    bias: float
    bias_of_middles: float

    @property
    def share(self) -> float:
        return self.held / self.shown


def simulate(design: str, markets: int) -> dict[tuple[int, float], Covered]:
    """Coverage by size and level, of the sizes at which figures are shown."""
    true, found = truth(design, LEVELS), {}
    for size in SIZES:
        drawn = DESIGNS[design](np.random.default_rng([SEED, size, list(DESIGNS).index(design)]), markets, size)
        for level in LEVELS:
            covered = _covered(drawn.sample, drawn.middles, level, true[level])
            if covered is not None and covered.shown >= PUBLISHED * markets:
                found[size, level] = covered
    return found


def _covered(sample: Sample, middles: Sample, level: float, true: float) -> Covered | None:
    figure = quantile_with_interval(Weighed.of(sample).measured, level)
    shown = ~np.isnan(figure.value)
    if not shown.any():
        return None
    held = (figure.low[shown] <= true) & (true <= figure.high[shown])
    bias = float(np.mean(np.log(figure.value[shown] / true)))
    if middles is sample:
        return Covered(int(shown.sum()), int(held.sum()), bias, bias)
    plain = quantile_with_interval(Weighed.of(middles).measured, level).value
    return Covered(int(shown.sum()), int(held.sum()), bias, float(np.nanmean(np.log(plain / true))))


def score(sets: Sets) -> Scored:
    """Coverage of every design, and the bias that ranges leave."""
    scores, plots = [], []
    for design in DESIGNS:
        found = simulate(design, sets.markets)
        for name, levels in GROUPS.items():
            scores += _held(f"{design}_{name}", [found[key] for key in found if key[1] in levels], design in EXACT)
        if design == "ranges":
            scores += _biases(found)
        plots.append(_plot(design, found))
    return Scored(scores, plots)


def _held(name: str, found: list[Covered], exact: bool) -> list[Score]:
    shown = sum(covered.shown for covered in found)
    mean = sum(covered.held for covered in found) / shown
    worst = min(found, key=lambda covered: covered.share)
    error = float(np.sqrt(0.95 * 0.05 / worst.shown))
    goal = at_least(0.94) if exact else within(0.94, 0.97)
    return [
        Score(f"{name}_covered", mean, goal, shown, float(np.sqrt(mean * (1 - mean) / shown))),
        Score(f"{name}_lowest", worst.share, at_least(0.94 - 2 * error), worst.shown, error),
    ]


def _biases(found: dict[tuple[int, float], Covered]) -> list[Score]:
    """The absolute bias of P10, the median and P90 at the largest size, and what midpoints would have."""
    scores = []
    for name, level in (("P10", 0.1), ("median", 0.5), ("P90", 0.9)):
        covered = found[SIZES[-1], level]
        note = f"midpoints in place of ranges: {covered.bias_of_middles:+.4f}"
        error = 2 * SPREAD / float(np.sqrt(SIZES[-1] * covered.shown))  # a tail percentile's, twice a mean's at most
        scores.append(Score(f"ranges_{name}_bias", abs(covered.bias), at_most(0.01), covered.shown, error, note=note))
    return scores


def _plot(design: str, found: dict[tuple[int, float], Covered]) -> Plot:
    lines = {
        f"P{round(100 * level)}": (
            [float(size) for size, other in found if other == level],
            [covered.share for (_size, other), covered in found.items() if other == level],
        )
        for level in LEVELS
    }
    goal = Goal(low=0.94, high=None if design in EXACT else 0.97)
    return Plot(f"coverage_{design}", f"Coverage of 95 % intervals: {design}", "openings", "coverage", lines, goal)
