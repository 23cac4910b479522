"""Thin cells borrow from the cells above and beside them: empirical Bayes on log pay (Fay and Herriot 1979).

A cell's log median y is its own with sampling variance v, known cell by cell. What it is expected to be is its parent's
median without the cell's share in it, moved by what the cells beside it (the same place in other occupations, say) show
against their own parents. The cell's figure is own * y + (1 - own) * expected with own = t / (t + v), where t is the
variance of cells around what is expected of them, estimated by maximum likelihood, pool by pool. The interval counts
the uncertainty of y, of the parent, of the cells beside, and of t (Prasad and Rao 1990).
"""

from dataclasses import dataclass

import numpy as np

from estimation.pay.dispersion import sums
from estimation.quantiles import Floats, Ints

ROUNDS = 25  # of the fixed point for a variance, at most
SETTLED = 1e-3  # relative change of every variance of a round after which there is no other: far below its error
CUT = 3.0  # standard deviations at which a residual counts no further when a variance is estimated
CUT_SHARE = 0.9953  # of the variance of a normal that is left after that cut
TINY = 1e-9
FEW = 8.0  # cells of all pools' variance that a pool's own estimate is mixed with
MOST_SHARED = 0.95  # of a parent's figure that a cell may be taken out of: the rest would be noise


@dataclass(frozen=True)
class Estimates:
    """Cells after shrinkage, on the log scale; one element a cell."""

    mean: Floats
    variance: Floats
    own: Floats  # weight of the cell's own median, 0 to 1
    expected: Floats  # what the rest of the weight lies on
    freedom: Floats  # degrees of freedom of the interval


@dataclass(frozen=True)
class Stage:
    """Cells of one kind with their parents of another.

    `median`, `variance`: of the cell's own log median (variance inf: it has none). `above`, `above_variance`: its
    parent's figure; `shared`: the weight of this cell's own data in that figure, 0 to 1. `beside` codes the cells
    that share what the parent does not know, -1 for none; `pool` those whose variances are estimated together.
    """

    median: Floats
    variance: Floats
    above: Floats
    above_variance: Floats
    shared: Floats
    beside: Ints
    pool: Ints
    freedom: Floats  # of `variance`


def shrink(stage: Stage) -> Estimates:
    """Shrink every cell of a stage towards its parent."""
    seen = np.isfinite(stage.variance)
    median, sampling = np.where(seen, stage.median, stage.above), np.where(seen, stage.variance, 0.0)
    left = 1.0 - np.minimum(stage.shared, MOST_SHARED)
    above = (stage.above - (1.0 - left) * median) / left  # the parent without the cell itself
    above_variance = stage.above_variance / left**2
    residual = np.where(seen, median - above, 0.0)
    noise = np.where(seen, sampling + above_variance, np.inf)
    spread, _ = between_variance(residual, noise, stage.pool)
    common = np.minimum(_common_variance(residual, spread + noise, stage.beside, stage.pool), spread)
    moved, moved_variance = _beside(residual, spread - common + noise, common, stage.beside)
    single, error = between_variance(residual - moved, noise + moved_variance, stage.pool)
    prior = single + moved_variance + above_variance
    expected = above + moved
    own = np.where(seen, prior / (prior + np.where(seen, sampling, 1.0)), 0.0)
    unsure = 2.0 * sampling**2 / np.where(seen, prior + sampling, 1.0) ** 3 * error
    variance = np.where(seen, own * sampling + unsure, prior) + (1.0 - own) ** 2 * _above_zero(single, error)
    # Satterthwaite: own * sampling follows the sampling variance as far as own goes, and the prior one for the rest.
    doubt = own**2 / stage.freedom + (1.0 - own) ** 2 * error / (2.0 * np.maximum(prior, TINY) ** 2)
    return Estimates(own * median + (1.0 - own) * expected, variance, own, expected, 1.0 / np.maximum(doubt, TINY))


def half_width(estimates: Estimates, level: float) -> Floats:
    """Half the width of Student's interval of each cell on the log scale."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.maximum(estimates.freedom, 3.0), 0.5 + level / 2.0) * np.sqrt(estimates.variance))


def between_variance(residual: Floats, noise: Floats, pool: Ints) -> tuple[Floats, Floats]:
    """The variance of cells beyond their noise, by maximum likelihood, and the variance of that estimate.

    Both are given for each cell and equal within a pool. Residuals are cut at three standard deviations, so that a few
    cells that are out of line do not loosen all the others. Never below 0. A pool of few cells leans on all of them.
    """
    everything, _ = _maximum(residual, noise, np.zeros(len(pool), dtype=np.int64), np.zeros(1))
    value, information = _maximum(residual, noise, pool, np.full(pool.max(initial=-1) + 1, everything.max(initial=0.0)))
    error = np.divide(2.0, information, out=np.zeros(len(value)), where=information > 0)
    return value[pool], error[pool]


def _maximum(residual: Floats, noise: Floats, pool: Ints, towards: Floats) -> tuple[Floats, Floats]:
    """Fisher's scoring in every pool at once, each with some cells' worth of `towards`: variances, information."""
    size = len(towards)
    usable = np.isfinite(noise)
    noise = np.where(usable, noise, 0.0)
    squared = np.where(usable, residual**2, 0.0)
    number = sums(pool, usable.astype(np.float64), size)
    value = sums(pool, squared, size) / np.maximum(number, 1.0)
    borrowed = FEW if towards.any() else 0.0
    information = np.zeros(size)
    for _ in range(ROUNDS):
        total = value[pool] + noise
        weight = np.where(usable, 1.0 / np.where(total > 0, total, 1.0) ** 2, 0.0)
        gain = sums(pool, weight * (np.minimum(squared, CUT**2 * total) / CUT_SHARE - noise), size)
        information = sums(pool, weight, size)
        each = np.divide(information, number, out=np.zeros(size), where=number > 0) * borrowed
        whole = information + each
        before = value
        value = np.maximum(np.divide(gain + each * towards, whole, out=towards.copy(), where=whole > 0), 0.0)
        if (np.abs(value - before) <= SETTLED * before).all():
            break
    return value, information


def _above_zero(value: Floats, error: Floats) -> Floats:
    """How far the mean of what a variance may be, none of it below 0, lies above its most likely value."""
    from scipy import stats

    deviation = np.sqrt(error)
    z = np.divide(value, deviation, out=np.full(len(value), 9.0), where=deviation > 0)
    return np.asarray(deviation * stats.norm.pdf(z) / stats.norm.cdf(z))


def _common_variance(residual: Floats, total: Floats, beside: Ints, pool: Ints) -> Floats:
    """The part of the variance that cells beside one another share, by the products of their residuals.

    Given for each cell, equal within a pool; codes of `beside` belong to one pool each.
    """
    weight, code = _weights(total, beside)
    edge = CUT * np.sqrt(np.where(weight > 0, total, 0.0))
    share = weight * np.clip(residual, -edge, edge)
    n_codes, n_pools = code.max(initial=-1) + 1, pool.max(initial=-1) + 1
    of_code = np.zeros(n_codes, dtype=np.int64)
    of_code[code[beside >= 0]] = pool[beside >= 0]
    products = sums(code, share, n_codes) ** 2 - sums(code, share**2, n_codes)
    weights = sums(code, weight, n_codes) ** 2 - sums(code, weight**2, n_codes)
    found, over = sums(of_code, products, n_pools), sums(of_code, weights, n_pools)
    return np.maximum(np.divide(found, over, out=np.zeros(n_pools), where=over > 0), 0.0)[pool]


def _weights(total: Floats, beside: Ints) -> tuple[Floats, Ints]:
    """1 / total of the cells that have others beside them, else 0, and codes without -1."""
    within = (beside >= 0) & np.isfinite(total) & (total > 0)
    return np.divide(1.0, total, out=np.zeros(len(total)), where=within), np.where(beside >= 0, beside, 0)


def _beside(residual: Floats, total: Floats, common: Floats, beside: Ints) -> tuple[Floats, Floats]:
    """What the other cells beside each cell show against their parents, shrunk by `common`, and its variance."""
    weight, code = _weights(total, beside)
    size = code.max(initial=-1) + 1
    others = np.maximum(sums(code, weight, size)[code] - weight, 0.0)
    shown = sums(code, weight * residual, size)[code] - weight * residual
    within = (beside >= 0) & (common > 0)
    precision = others + np.divide(1.0, common, out=np.ones(len(common)), where=within)
    return np.where(within, shown / precision, 0.0), np.where(within, 1.0 / precision, 0.0)
