"""Intervals: order statistics for quantiles, exact where that is possible; Student's for means.

Exact: where every opening states one figure, all weigh alike and each is of another employer, a quantile's interval
runs between two order statistics. Its coverage follows from the binomial distribution alone, so it holds for any
continuous distribution of independent observations and is never below the stated level. Each tail gets half of what
is left: that interval exists from n = 6 for the median, 13 for the quartiles, 36 for P10 and P90, 72 for P5 and P95.

Else (Woodruff 1952, with the effective size of Korn and Graubard 1998): the same binomial argument with the number n*
of independent single figures that the cell is worth (`components`). The ranks are then fractions (P[Beta(l,
n* + 1 - l) <= p] = 0.975 for the lower one), their places l / (n* + 1) are read off the weighted distribution, and the
interval exists where an exact one would with n* observations.

A mean's interval is Student's t over n* observations, skew corrected (Johnson 1978): pay is skewed to the
right, and the plain interval then lies too low.
"""

from functools import lru_cache

import numpy as np
from scipy import special, stats

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


@lru_cache(64)
def smallest_sample(p: float, level: float = LEVEL) -> int:
    """The smallest sample size at which the quantile at `p` has an interval."""
    sizes = np.arange(1, 10_000, dtype=np.int64)
    return int(sizes[order_ranks(sizes, p, level)[0] > 0][0])


def order_places(sizes: Floats, p: float, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Where the bounds of the quantile at `p` stand in the distribution, l / (n + 1), for sizes that may be fractions.

    nan where no such interval exists at that size.
    """
    lower = _lower_ranks(sizes, p, level)
    upper = sizes + 1.0 - _lower_ranks(sizes, 1.0 - p, level)
    exists = (lower >= 1.0) & (upper <= sizes) & (sizes >= smallest_sample(p, level))
    return np.where(exists, lower / (sizes + 1.0), np.nan), np.where(exists, upper / (sizes + 1.0), np.nan)


def _lower_ranks(sizes: Floats, p: float, level: float) -> Floats:
    logs, deviations = _rank_table(p, level)
    wanted = np.clip(sizes, np.exp(logs[0]), np.exp(logs[-1]))
    return np.asarray((wanted + 1.0) * p - np.interp(np.log(wanted), logs, deviations) * np.sqrt(wanted))


@lru_cache(64)
def _rank_table(p: float, level: float) -> tuple[Floats, Floats]:
    """On a grid of log n: ((n + 1) p - l) / sqrt(n), where P[Beta(l, n + 1 - l) <= p] = (1 + level) / 2."""
    logs = np.linspace(0.0, np.log(1e8), 4000)
    n = np.exp(logs)
    low, high = np.full(len(n), 1e-9), (n + 1.0) * (1.0 - 1e-12)
    for _ in range(80):
        middle = (low + high) / 2.0
        above = special.betainc(middle, n + 1.0 - middle, p) > (1.0 + level) / 2.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return logs, ((n + 1.0) * p - (low + high) / 2.0) / np.sqrt(n)


def mean_interval(
    mean: Floats, variance: Floats, third: Floats, counts: Floats, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The skew-corrected Student interval of each mean.

    `variance` is the sample variance (n - 1), `third` the third central moment, `counts` the effective number of
    observations; groups of fewer than two get nan. Returns (low, high) in the unit of `mean`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stats.t.ppf(0.5 + level / 2.0, counts - 1) * np.sqrt(variance / counts)
        shift = np.where(variance > 0, third / (6.0 * variance * counts), 0.0)
    centre = mean + shift
    # The correction moves the interval; it must not push the estimate itself out of it.
    return np.minimum(centre - half, mean), np.maximum(centre + half, mean)
