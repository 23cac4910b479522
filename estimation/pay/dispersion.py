"""What a cell says for itself on the log scale: where its median lies, and how far that may be off.

A cell's weights, its ranges and the number of independent figures that it is worth are those of the direct estimate
(`estimation.pay.figures`). Three steps, each over all cells at once. The dispersion of three values says little, so a
cell's own is pooled with its kin's, each with the degrees of freedom that it is worth (Smyth 2004, on the mean absolute
deviation in place of the variance: a handful of wild values must not widen everything). The sampling variance of the
median follows from it and from how crowded pay is around the median (Woodruff 1952). And a robust mean tells more than
the median of few values though of another quantity: it counts as far as its offset from the median is known.
"""

from dataclasses import dataclass

import numpy as np

from estimation.pay.figures import Measured
from estimation.quantiles import Floats, Ints, Points, weighted_quantile

ROUNDING = 0.002  # pay is stated in round figures: no cell is known better than this, on the log scale
PRIOR_WITHIN, PRIOR_FREEDOM = 0.2**2, 4.0  # variance of log pay within a cell, and how many degrees it is worth
TIE = 1e-6  # on the log scale: the same figure
HALF_PI = np.pi / 2.0
ASYMPTOTIC = np.sqrt(2.0 / np.pi)  # E|x| of a standard normal
SCALE_EFFICIENCY = 0.876  # of the mean absolute deviation against the standard deviation, normal values
HUBER = 1.5  # standard deviations beyond which a value counts in the robust mean as if it stood there
HUBER_LOSS = 1.04  # variance of that mean against the plain one's, normal values
CROWDED_FROM = 8  # values from which the spacing around the median is looked at


@dataclass(frozen=True)
class Own:
    """What each cell says for itself: log median, its sampling variance, the variance within, degrees of freedom."""

    median: Floats
    variance: Floats
    within: Floats
    freedom: Floats


@dataclass(frozen=True)
class LogPoints:
    """The points of cells one after another, ascending within each: logs of pay, shares of the cell's weight.

    `through` is the running share within the cell.
    """

    logs: Floats
    share: Floats
    through: Floats
    cell: Ints
    starts: Ints
    sizes: Ints

    @classmethod
    def of(cls, drawn: Points) -> "LogPoints":
        """The same on the log scale, in currency units in place of cents."""
        cell = np.repeat(np.arange(len(drawn.starts)), drawn.sizes)
        total = drawn.total[cell]
        share, through = np.diff(drawn.through, prepend=0) / total, (drawn.through - drawn.before[cell]) / total
        return cls(np.log(drawn.values / 100.0), share, through, cell, drawn.starts, drawn.sizes)

    def total(self, values: Floats) -> Floats:
        """The sum of the points' values in each cell, by their shares."""
        return np.add.reduceat(self.share * values, self.starts) if len(self.starts) else np.zeros(0)

    def tied(self) -> Floats:
        """The share of each cell that stands at figures which another of its points has as well."""
        same = (np.diff(self.logs) < TIE) & (self.cell[1:] == self.cell[:-1])
        return self.total((np.r_[False, same] | np.r_[same, False]).astype(np.float64))


def own_statistics(measured: Measured, drawn: LogPoints, pool: Ints, kin: Ints) -> Own:
    """The statistics of each cell, `drawn` being its points.

    `kin` codes the cells that share a parent and `pool` those whose variances are estimated together; each kin is of
    one pool.
    """
    n = measured.weight.n_effective
    # A spread range places the median of many better than a single figure does; the one of a few it does not.
    size = np.minimum(measured.size_at_median, n)
    median = log_quantile(measured.points, np.full(len(n), 0.5))
    away = drawn.logs - median[drawn.cell]
    scale = drawn.total(np.abs(away)) / _expected_deviation(n)
    freedom = np.maximum(size - 1.0, 0.0) * SCALE_EFFICIENCY
    # The scale is without bias; of its square that takes away what it varies by.
    squared = scale**2 / (1.0 + 0.5 / (np.maximum(n - 1.0, 1.0) * SCALE_EFFICIENCY))
    within, worth = pooled(np.where(freedom > 0, squared, 0.0), freedom, pool, kin, PRIOR_WITHIN)
    within = np.maximum(within, ROUNDING**2)
    smooth = within * HALF_PI / (size + HALF_PI - 1.0)  # exact for one and two normal values, and for many
    doubt = 1.0 - _settled(away, drawn, size)
    crowding, crowding_worth = _crowding(measured.points, n, size, smooth, pool, kin)
    of_median = np.maximum(doubt * smooth * crowding, ROUNDING**2)
    of_mean = HUBER_LOSS * within / size
    edge = (HUBER * np.sqrt(within))[drawn.cell]
    offset = drawn.total(np.clip(away, -edge, edge))
    gain = np.maximum(of_median - of_mean, 0.0)
    expected, unknown = _offsets(offset, gain, freedom, pool)
    trust = np.divide(gain, gain + unknown, out=np.zeros(len(gain)), where=gain > 0)
    return Own(
        median + trust * (offset - expected),
        of_median - trust * gain,
        within,
        1.0 / (1.0 / worth + 1.0 / crowding_worth),
    )


def log_quantile(drawn: Points, p: Floats) -> Floats:
    """The log of the quantile of each cell at its own `p`, in currency units."""
    # Of a cell with wild values a quantile is rounded as they are: by that it must not fall below the lowest value.
    return np.log(np.maximum(weighted_quantile(drawn, p), drawn.values[drawn.starts]) / 100.0)


def _expected_deviation(n: Floats) -> Floats:
    """Mean absolute deviation about the sample median expected of that many standard normal values.

    It is the same at an even size and the next odd one; exact order scores give 0.564, 0.663, 0.703 for 2, 4, 6, which
    this approximates to 0.3 per cent. Weighted values are taken for as many as they are worth, rounded.
    """
    whole = np.rint(n)
    even = whole - whole % 2
    return np.asarray(ASYMPTOTIC * (1.0 - 0.77 / (np.maximum(even, 2) + 0.6)))


def _settled(away: Floats, drawn: LogPoints, size: Floats) -> Floats:
    """The probability that the median of what a cell is drawn from is the very figure at which its own stands.

    Pay is stated in round figures and bands, so that a figure has a share of its own. Of k equal values the first says
    nothing; that less than half is paid below the figure, and less than half above it, is judged by Jeffreys' rule.
    """
    from scipy.special import betainc

    below = size * drawn.total((away < -TIE).astype(np.float64))
    above = size * drawn.total((away > TIE).astype(np.float64))
    equal = size - below - above - 1.0
    settled = np.zeros(len(size))
    tied = np.flatnonzero(equal > 1e-9)
    for one, other in ((above, below), (below, above)):
        settled[tied] += betainc(equal[tied] + one[tied] + 0.5, other[tied] + 0.5, 0.5)
    settled[tied] = np.maximum(1.0 - settled[tied], 0.0)
    return settled


def _crowding(drawn: Points, n: Floats, size: Floats, smooth: Floats, pool: Ints, kin: Ints) -> tuple[Floats, Floats]:
    """How the variance that the spacing around each median shows compares with the smooth one, pooled like a variance.

    The order statistics half a root of n to either side of the median are a standard error away from it.
    """
    looked = n >= CROWDED_FROM
    step = np.where(looked, np.minimum(0.5 / np.sqrt(size), 0.4), 0.0)
    half = (log_quantile(drawn, 0.5 + step) - log_quantile(drawn, 0.5 - step)) / 2.0
    shown = np.where(looked, half**2 / np.where(smooth > 0, smooth, 1.0), 0.0)
    ratio, freedom = pooled(np.minimum(shown, 4.0), np.where(looked, np.sqrt(size), 0.0), pool, kin)
    return np.where(ratio > 0, ratio, 1.0), freedom


def _offsets(offset: Floats, gain: Floats, freedom: Floats, pool: Ints) -> tuple[Floats, Floats]:
    """The offset of the robust mean from the median that is expected of each cell, and the variance of the true one.

    An observed offset is off by the difference of the two sampling variances, the mean being the efficient one.
    """
    weight = np.where(freedom > 0, freedom, 0.0)
    total = sums(pool, weight)
    expected = _ratio(sums(pool, weight * offset), total, 0.0)[pool]
    excess = sums(pool, weight * ((offset - expected) ** 2 - gain))
    return expected, np.maximum(_ratio(excess, total, 0.0), 0.0)[pool] + ROUNDING**2


def pooled(
    squared: Floats, freedom: Floats, pool: Ints, kin: Ints, prior: float | None = None
) -> tuple[Floats, Floats]:
    """Variances shrunk towards their kin's, and those towards their pool's, with the degrees of freedom behind each.

    A cell is left out of what it is shrunk towards. The pools' lean on `prior`, where there is one: a few cells of
    equal pay must not make a single observation beside them look certain. Else 0 where a pool has no freedom at all.
    """
    lent = 0.0 if prior is None else PRIOR_FREEDOM
    of_pool = _ratio(sums(pool, freedom * squared) + lent * (prior or 0.0), sums(pool, freedom) + lent, 0.0)
    pool_of_kin = np.zeros(kin.max(initial=-1) + 1, dtype=np.int64)
    pool_of_kin[kin] = pool
    kin_freedom, kin_sum = sums(kin, freedom), sums(kin, freedom * squared)
    above = of_pool[pool_of_kin]
    kin_worth = _worth(_ratio(kin_sum, kin_freedom, 0.0), kin_freedom, above, pool_of_kin)
    rest_freedom = np.maximum(kin_freedom[kin] - freedom, 0.0) + kin_worth[kin]
    rest_sum = np.maximum(kin_sum[kin] - freedom * squared, 0.0) + kin_worth[kin] * of_pool[pool]
    rest = rest_sum / rest_freedom
    worth = _worth(squared, freedom, rest, pool)
    return (freedom * squared + worth * rest) / (freedom + worth), freedom + worth


def sums(code: Ints, values: Floats, size: int = 0) -> Floats:
    """The sum of the values of each code, from 0 on; `size` codes at least."""
    return np.bincount(code, values, size).astype(np.float64)


def _ratio(part: Floats, whole: Floats, otherwise: float) -> Floats:
    return np.divide(part, whole, out=np.full(len(part), otherwise), where=whole > 0)


def _worth(squared: Floats, freedom: Floats, expected: Floats, pool: Ints) -> Floats:
    """How many degrees of freedom the expected variance is worth, by moments, pool by pool, given for each element.

    Of a scaled chi-square with f degrees of freedom about a variance that itself varies by 2 / d around what is
    expected, (squared / expected - 1)**2 is 2 / f + 2 / d. Wild ratios are cut: they would make the expectation
    worthless for all.
    """
    usable = (freedom >= 1.0) & (expected > 0)
    ratio = np.minimum(np.divide(squared, expected, out=np.ones(len(squared)), where=usable), 4.0)
    weight = np.where(usable, freedom, 0.0)
    excess = np.where(usable, (ratio - 1.0) ** 2 - 2.0 / np.maximum(freedom, 1.0), 0.0)
    spread = _ratio(sums(pool, weight * excess), sums(pool, weight), 0.5)
    return np.asarray(2.0 / np.clip(spread, 0.02, 2.0))[pool]
