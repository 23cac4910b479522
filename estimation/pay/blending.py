"""A shrunk cell's figure: the median of what the cell shows and what is expected of it, as distributions.

With own weight w the cell's distribution is w times its own plus (1 - w) times the expected one, normal around the
expected log median: the posterior mean under a Dirichlet process prior (Ferguson 1973). Of its own, figures that repeat
stand where they are (pay is stated in round figures and bands: where a figure's share outweighs what lies to either
side of it, that is the median), and those that do not are draws of something smooth, normal around the cell's own log
median. With `tied`, the share of figures that repeat, that is tied * observed + (1 - tied) * normal.

Where own and expected are less than a standard deviation apart and nothing repeats, the median of that is the weighted
mean of the two medians. Where they are far apart it moves by no more than the expectation's weight in ranks: the
limited translation of Efron and Morris (1972).

An interval that is right for smooth pay ends between two of the figures that pay is stated in, and misses the next one.
Where figures repeat, its ends are therefore those quantiles of the blend that lie as far from the median in ranks as
the smooth interval's would (Woodruff 1952).
"""

from dataclasses import dataclass

import numpy as np

from estimation.pay.dispersion import LogPoints
from estimation.quantiles import Floats, Ints

STEPS = 12  # of Newton's, halving the bracket where one leaves it: a millionth off, but for cells far out of line
FURTHEST = 6.0  # standard deviations from a median: what is further has no rank
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

    def between(self, low: Floats, high: Floats, p: Floats, tied: Floats, observed: Floats) -> Floats:
        """Where the share `p` is below, no figure of the cells' own being between `low` and `high`."""
        x = np.clip(self.weight * self.own + (1.0 - self.weight) * self.expected, low, high)
        for _ in range(STEPS):
            miss, slope = self.below(x, tied, observed) - p, self.density(x, tied)
            low, high = np.where(miss < 0, x, low), np.where(miss < 0, high, x)
            step = x - np.divide(miss, slope, out=np.full(len(x), np.inf), where=slope > FLAT)
            x = np.where((low <= step) & (step <= high), step, (low + high) / 2.0)
        return x


def blended_median(blend: Blend, drawn: LogPoints) -> Floats:
    """The log median of each cell's blend; `drawn` are the cells' points."""
    tied = drawn.tied()
    median, smooth, rest = np.zeros(len(tied)), np.flatnonzero(tied == 0), np.flatnonzero(tied > 0)
    plain = blend.of_cells(smooth)
    ends = np.minimum(plain.own, plain.expected), np.maximum(plain.own, plain.expected)
    none = np.zeros(len(smooth))
    median[smooth] = plain.between(*ends, none + 0.5, none, none)
    median[rest] = _quantile(blend, drawn, tied, np.full(len(tied), 0.5))
    return median


def blended_interval(blend: Blend, drawn: LogPoints, median: Floats, half: Floats) -> tuple[Floats, Floats]:
    """The ends of an interval around each median, `half` being half the width of one for smooth pay."""
    from scipy.special import ndtr

    tied = drawn.tied()
    rest, share = np.flatnonzero(tied > 0), ndtr(np.minimum(half / np.sqrt(blend.within), FURTHEST))
    low, high = median - half, median + half
    low[rest] = np.minimum(low[rest], _quantile(blend, drawn, tied, 1.0 - share))
    high[rest] = np.maximum(high[rest], _quantile(blend, drawn, tied, share))
    return low, high


def _quantile(blend: Blend, drawn: LogPoints, tied: Floats, p: Floats) -> Floats:
    """The quantile at its own `p` of each cell in which figures repeat: a point, or somewhere between two."""
    from scipy.special import ndtri

    which = np.flatnonzero(tied > 0)
    cells, level, tied = blend.of_cells(which), p[which], tied[which]
    starts, last = drawn.starts[which], drawn.sizes[which] - 1
    at = _first_reached(cells, drawn, level, tied, starts, last)
    never = at > last
    point, earlier = starts + np.minimum(at, last), starts + np.maximum(at - 1, 0)
    before = np.where(at > 0, drawn.through[earlier], 0.0)
    away = ndtri(level) * np.sqrt(cells.within)
    least, most = np.minimum(cells.own, cells.expected) + away, np.maximum(cells.own, cells.expected) + away
    logs = drawn.logs[point]
    low = np.where(at > 0, drawn.logs[earlier], np.minimum(least, logs))
    high = np.where(never, np.maximum(most, logs), logs)
    jumps = ~never & (cells.below(logs, tied, before) <= level)
    return np.where(jumps, logs, cells.between(low, high, level, tied, before))


def _first_reached(cells: Blend, drawn: LogPoints, p: Floats, tied: Floats, starts: Ints, last: Ints) -> Ints:
    """The rank from 0 of the first point of each cell up to which its share `p` is; one beyond `last` where none is."""
    low, high = np.zeros(len(starts), dtype=np.int64), last + 1
    while (low < high).any():
        rank = np.minimum((low + high) // 2, last)
        point = starts + rank
        reached = cells.below(drawn.logs[point], tied, drawn.through[point]) >= p
        open_ = low < high
        high = np.where(open_ & reached, rank, high)
        low = np.where(open_ & ~reached, rank + 1, low)
    return low
