"""Intervals: exact ones for quantiles, Student's for means.

A quantile's interval runs between two order statistics. Its coverage follows from the binomial distribution
alone, so it holds for any continuous distribution of independent observations and is never below the stated
level. Each tail gets half of what is left: that interval exists from n = 6 for the median, 13 for the
quartiles, 36 for P10 and P90, 72 for P5 and P95.

A mean's interval is Student's t over the observations, skew corrected (Johnson 1978): pay is skewed to the
right, and the plain interval then lies too low.
"""

import numpy as np
from scipy import stats

from estimation.quantiles import Floats, Ints

LEVEL = 0.95


def order_ranks(counts: Ints, p: float, level: float = LEVEL) -> tuple[Ints, Ints]:
    """Ranks (from 1) of the order statistics that bound the quantile at `p`, for each sample size.

    Returns (lower, upper), both 0 where no such interval exists at that size.
    """
    tail = (1.0 - level) / 2.0
    sizes, where = np.unique(counts, return_inverse=True)
    lower = stats.binom.ppf(tail, sizes, p).astype(np.int64)
    upper = stats.binom.ppf(1.0 - tail, sizes, p).astype(np.int64) + 1
    exists = (lower >= 1) & (upper <= sizes)
    return np.where(exists, lower, 0)[where], np.where(exists, upper, 0)[where]


def smallest_sample(p: float, level: float = LEVEL) -> int:
    """The smallest sample size at which the quantile at `p` has an interval."""
    sizes = np.arange(1, 10_000, dtype=np.int64)
    return int(sizes[order_ranks(sizes, p, level)[0] > 0][0])


def mean_interval(
    mean: Floats, variance: Floats, third: Floats, counts: Ints, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The skew-corrected Student interval of each mean.

    `variance` is the sample variance (n - 1), `third` the third central moment; groups of fewer than two
    values get nan. Returns (low, high) in the unit of `mean`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stats.t.ppf(0.5 + level / 2.0, counts - 1) * np.sqrt(variance / counts)
        shift = np.where(variance > 0, third / (6.0 * variance * counts), 0.0)
    centre = mean + shift
    # The correction moves the interval; it must not push the estimate itself out of it.
    return np.minimum(centre - half, mean), np.maximum(centre + half, mean)
