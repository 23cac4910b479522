"""How much less than independent values those of a cell say, because some come from one contributor."""

import numpy as np
import numpy.typing as npt

from estimation.dispersion import sums
from estimation.quantiles import Floats, Ints

FROM = 8  # observations from which a cell tells how alike one contributor's values are
CUT = 4.0  # mean absolute deviations


def design_effect(logs: Floats, starts: Ints, counts: Ints, contributor: Ints | None, pool: Ints) -> Floats:
    """Kish's design effect of each group: how many of its values say as much as one independent value.

    `logs` holds the groups one after another, ascending within each, `contributor` whose each value is (None: all
    different). The likeness of one contributor's values within groups is estimated for each of `pool`.
    """
    if contributor is None or not len(counts):
        return np.ones(len(counts))
    cell = np.repeat(np.arange(len(counts)), counts)
    order = np.argsort(cell * (int(contributor.max(initial=0)) + 1) + contributor, kind="stable")
    sorted_cell, sorted_who = cell[order], contributor[order]
    edges = np.r_[True, (sorted_cell[1:] != sorted_cell[:-1]) | (sorted_who[1:] != sorted_who[:-1])]
    blocks = np.flatnonzero(edges)
    size = np.diff(np.r_[blocks, len(order)]).astype(np.float64)
    of_block = sorted_cell[blocks]
    away = _standardised(logs, starts, counts)[order]
    likeness = _likeness(away, blocks, size, counts[of_block] >= FROM, pool[of_block])
    return np.asarray(1.0 + likeness[pool] * (sums(of_block, size**2, len(counts)) / counts - 1.0))


def _standardised(logs: Floats, starts: Ints, counts: Ints) -> Floats:
    """Deviations from each group's median in mean absolute deviations, cut so that no wild value decides."""
    middle = (logs[starts + (counts - 1) // 2] + logs[starts + counts // 2]) / 2.0
    away = logs - np.repeat(middle, counts)
    scale = np.add.reduceat(np.abs(away), starts) / counts
    return np.asarray(np.clip(away / np.repeat(np.where(scale > 0, scale, 1.0), counts), -CUT, CUT))


def _likeness(away: Floats, blocks: Ints, size: Floats, told: npt.NDArray[np.bool_], pool: Ints) -> Floats:
    """The correlation of one contributor's values, pool by pool: mean product of pairs over mean square, 0 to 1."""
    total, squares = np.add.reduceat(away, blocks), np.add.reduceat(away**2, blocks)
    size = np.where(told, size, 0.0)
    products = sums(pool, np.where(told, total**2 - squares, 0.0))
    pairs, number = sums(pool, size * (size - 1.0)), sums(pool, size)
    square = np.divide(sums(pool, np.where(told, squares, 0.0)), number, out=np.ones(len(number)), where=number > 0)
    product = np.divide(products, pairs, out=np.zeros(len(pairs)), where=pairs > 0)
    return np.clip(np.divide(product, square, out=np.zeros(len(pairs)), where=square > 0), 0.0, 1.0)
