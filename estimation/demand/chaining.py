"""The panel's chain: from counts on both sides of each link to an index with its interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from estimation.demand.calendar import BLOCK_WEEKS
from estimation.quantiles import Floats

LEAST_LINK = 10  # openings on either side of a link
LEAST_WEEK = 3  # openings of the panel in a week


@dataclass(frozen=True)
class Counts:
    """Markets x weeks (x groups): all openings; those that count in the link to the block before; to the one after."""

    raw: Floats
    later: Floats
    earlier: Floats


@dataclass(frozen=True)
class Chained:
    """Markets x weeks; nan where the panel is too thin, has no history yet, or its chain broke before."""

    value: Floats
    low: Floats
    high: Floats


def chained(counts: Counts, base: int, level: float) -> Chained:
    """The panel index, 100 over the block `base`, and its interval at `level`.

    A week's value is the level of its link's earlier block times its count over that block's weekly mean, both of the
    same panel.
    """
    markets, weeks, groups = counts.later.shape
    starts = np.arange(0, weeks, BLOCK_WEEKS)
    later, earlier = (np.add.reduceat(side, starts, axis=1) for side in (counts.later, counts.earlier))
    log_level, influence = _levels(later, earlier, base)
    value, clustered, alone = (np.full((markets, weeks), np.nan) for _ in range(3))
    with np.errstate(invalid="ignore", divide="ignore"):
        for week in range(base * BLOCK_WEEKS, weeks):
            block = week // BLOCK_WEEKS
            before = max(block - 1, base)  # the base block is held against itself
            now = counts.earlier[:, week] if block == base else counts.later[:, week]
            here, there = now.sum(axis=1), earlier[:, before].sum(axis=1)
            enough = (here >= LEAST_WEEK) & (there >= LEAST_LINK)
            value[:, week] = np.where(enough, np.exp(log_level[:, before]) * here * BLOCK_WEEKS / there, np.nan)
            added = influence[:, before] + now / here[:, None] - earlier[:, before] / there[:, None]
            clustered[:, week] = (added**2).sum(axis=1) * groups / (groups - 1)
            alone[:, week] = 1 / here + np.where(block == base, -1, 1) / earlier[:, base].sum(axis=1)
    half = stats.norm.ppf(0.5 + level / 2) * np.sqrt(_variance(clustered, alone, ~np.isnan(value)))
    return Chained(value, value * np.exp(-half), value * np.exp(half))


def _variance(clustered: Floats, alone: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """The variance of each week's logarithm: its own, and no less than the whole series' dispersion leads to expect.

    `alone` is what independent openings would give. One week's few bursts tell little of how bursty a market is, all
    its weeks together tell it well: the dispersion is the mean of one over the mean of the other, at least 1.
    """
    sums = [np.where(known, part, 0.0).sum(axis=1, keepdims=True) for part in (clustered, alone)]
    dispersion = np.maximum(1.0, np.divide(sums[0], sums[1], out=np.ones_like(sums[0]), where=sums[1] > 0))
    found: Floats = np.where(known, np.maximum(clustered, dispersion * alone), np.nan)
    return found


def _levels(later: Floats, earlier: Floats, base: int) -> tuple[Floats, Floats]:
    """The logarithm of each block's level, and what each group added to it: markets x blocks (x groups)."""
    markets, blocks, groups = later.shape
    log_level, influence = np.full((markets, blocks), np.nan), np.zeros((markets, blocks, groups))
    log_level[:, base] = np.log(100.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        for block in range(base + 1, blocks):
            here, there = later[:, block].sum(axis=1), earlier[:, block - 1].sum(axis=1)
            enough = (here >= LEAST_LINK) & (there >= LEAST_LINK)
            log_level[:, block] = np.where(enough, log_level[:, block - 1] + np.log(here / there), np.nan)
            step = later[:, block] / here[:, None] - earlier[:, block - 1] / there[:, None]
            influence[:, block] = influence[:, block - 1] + np.where(enough[:, None], step, 0.0)
    return log_level, influence
