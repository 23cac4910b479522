"""A shrunk cell's figure: the median of what the cell shows and what is expected of it, as distributions.

With own weight w the cell's distribution is w times its own plus (1 - w) times the expected one, normal around the
expected log median: the posterior mean under a Dirichlet process prior (Ferguson 1973). Of its own, figures that repeat
stand where they are (pay is stated in round figures and bands: where over half of a cell is at one figure, that is its
median), and those that do not are draws of something smooth, normal around the cell's own log median. With `tied`, the
share of figures that repeat, that is tied * observed + (1 - tied) * normal.

Where own and expected are less than a standard deviation apart and nothing repeats, the median of that is the weighted
mean of the two medians. Where they are far apart it moves by no more than the expectation's weight in ranks: the
limited translation of Efron and Morris (1972).
"""

from dataclasses import dataclass

import numpy as np

from estimation.dispersion import LogPoints
from estimation.quantiles import Floats, Ints

STEPS = 12  # of Newton's, halving the bracket where one leaves it: a millionth off, but for cells far out of line
FLAT = 1e-12  # a slope below which there is no use in a step


@dataclass(frozen=True)
class Blend:
    """Cells with their own and their expected log medians, the weight of the former and the variance within."""

    weight: Floats
    own: Floats
    expected: Floats
    within: Floats

    def of_cells(self, which: Ints) -> "Blend":
        """Some of the cells, or one for each of many points."""
        return Blend(self.weight[which], self.own[which], self.expected[which], self.within[which])

    def below(self, x: Floats, tied: Floats, observed: Floats) -> Floats:
        """The share of each blend below `x`, where the share `observed` of the cell's own figures is."""
        from scipy.special import ndtr

        deviation = np.sqrt(self.within)
        own = tied * observed + (1.0 - tied) * ndtr((x - self.own) / deviation)
        return np.asarray(self.weight * own + (1.0 - self.weight) * ndtr((x - self.expected) / deviation))

    def density(self, x: Floats, tied: Floats) -> Floats:
        """The slope of `below`."""
        own, expected = (np.exp(-((x - centre) ** 2) / (2.0 * self.within)) for centre in (self.own, self.expected))
        both = self.weight * (1.0 - tied) * own + (1.0 - self.weight) * expected
        return np.asarray(both / np.sqrt(2.0 * np.pi * self.within))

    def median_between(self, low: Floats, high: Floats, tied: Floats, observed: Floats) -> Floats:
        """Where half is below, no figure of the cells' own being between `low` and `high`."""
        x = np.clip(self.weight * self.own + (1.0 - self.weight) * self.expected, low, high)
        for _ in range(STEPS):
            miss, slope = self.below(x, tied, observed) - 0.5, self.density(x, tied)
            low, high = np.where(miss < 0, x, low), np.where(miss < 0, high, x)
            step = x - np.divide(miss, slope, out=np.full(len(x), np.inf), where=slope > FLAT)
            x = np.where((low <= step) & (step <= high), step, (low + high) / 2.0)
        return x


def blended_median(blend: Blend, drawn: LogPoints) -> Floats:
    """The log median of each cell's blend; `drawn` are the cells' points."""
    tied = drawn.tied()
    low, high = np.minimum(blend.own, blend.expected), np.maximum(blend.own, blend.expected)
    observed, found = np.zeros(len(tied)), np.full(len(tied), np.nan)
    which = np.flatnonzero(tied > 0)
    if len(which):
        low[which], high[which], observed[which], found[which] = _between_points(blend, drawn, tied, which)
    rest = np.flatnonzero(np.isnan(found))
    found[rest] = blend.of_cells(rest).median_between(low[rest], high[rest], tied[rest], observed[rest])
    return found


def _between_points(blend: Blend, drawn: LogPoints, tied: Floats, which: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Of the cells `which`: between which points the median lies, the share of points below it there, or the point."""
    kept = np.flatnonzero((tied > 0)[drawn.cell])
    cell, logs = drawn.cell[kept], drawn.logs[kept]
    sizes = np.bincount(cell, minlength=len(tied))[which]
    starts = np.cumsum(sizes) - sizes
    through = np.cumsum(drawn.share[kept])
    through = through - np.repeat(through[starts] - drawn.share[kept][starts], sizes)
    at_points = blend.of_cells(cell)
    reached = at_points.below(logs, tied[cell], through) >= 0.5
    first = np.minimum(np.add.reduceat(~reached, starts, dtype=np.int64), sizes - 1) + starts
    never = ~reached[starts + sizes - 1]
    before = np.where(never, 1.0, np.where(first > starts, through[first - 1], 0.0))
    jumps = at_points.of_cells(first).below(logs[first], tied[which], before) <= 0.5
    ends = np.minimum(blend.own, blend.expected)[which], np.maximum(blend.own, blend.expected)[which]
    low = np.where(never, logs[first], np.where(first > starts, logs[first - 1], np.minimum(ends[0], logs[first])))
    high = np.where(never, np.maximum(ends[1], logs[first]), logs[first])
    return low, high, before, np.where(jumps & ~never, logs[first], np.nan)
