"""Simulated markets of pay whose true percentiles are known.

Log pay is normal with a standard deviation of 0.35. Each design is drawn for many markets of one size at once:

- iid: every opening of another employer, one figure stated;
- weighted: the same with weights from 1 to a quarter, as copies have;
- clustered: one employer has 30 to 50 per cent of the openings, the others one to three each; every employer pays at a
  level of its own, which makes up 35 per cent of the variance. Truth is that of the whole market of employers, of
  which each simulated market is a draw;
- ranges: every opening of another employer states a range as boards do (its top over its bottom is 1.37 in the
  median), and pays somewhere in it, each place alike. Truth is what is paid.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from estimation.pay.weights import UNIT, Sample
from estimation.quantiles import Floats, Ints, quantile

SPREAD = 0.35  # standard deviation of log pay
CENTRE = 60_000.0
EMPLOYERS_SHARE = 0.35  # of its variance
GIANT = (0.3, 0.5)
RANGE_LOG = (0.32, 0.2)  # mean and deviation of log(top / bottom), folded
_LARGE = 4_000_000  # draws that stand for a whole market


@dataclass(frozen=True)
class Drawn:
    """Markets of one design and size, each a cell of the sample."""

    sample: Sample
    middles: Sample  # the same with every range as its midpoint


Design = Callable[[np.random.Generator, int, int], Drawn]


def _sample(low: Floats, high: Floats, employer: Ints | None = None, weight: Ints | None = None) -> Sample:
    markets, size = low.shape
    cell = np.repeat(np.arange(markets), size)
    of = np.tile(np.arange(size), markets) if employer is None else employer.ravel()
    bottom, top = np.rint(low.ravel() * 100).astype(np.int64), np.rint(high.ravel() * 100).astype(np.int64)
    return Sample(markets, cell, of, bottom, top, None if weight is None else weight.ravel())


def _single(pay: Floats, employer: Ints | None = None, weight: Ints | None = None) -> Drawn:
    sample = _sample(pay, pay, employer, weight)
    return Drawn(sample, sample)


def _pay(deviation: Floats) -> Floats:
    return np.asarray(CENTRE * np.exp(deviation))


def iid(rng: np.random.Generator, markets: int, size: int) -> Drawn:
    """Independent openings."""
    return _single(_pay(rng.normal(0.0, SPREAD, (markets, size))))


def weighted(rng: np.random.Generator, markets: int, size: int) -> Drawn:
    """Independent openings with weights of 1 / 1 to 1 / 4."""
    weight = UNIT // rng.integers(1, 5, (markets, size))
    return _single(_pay(rng.normal(0.0, SPREAD, (markets, size))), weight=weight)


def clustered(rng: np.random.Generator, markets: int, size: int) -> Drawn:
    """A giant and others, each at a level of its own."""
    giant = np.rint(rng.uniform(*GIANT, (markets, 1)) * size).astype(np.int64)
    others = 1 + np.cumsum(rng.random((markets, size)) < 0.5, axis=1)  # runs of one, two, three and so on
    run = np.arange(size)[None, :] - _first_of_run(others)
    others = others * size + run // 3  # no other employer has more than three
    _names, employer = np.unique(np.where(np.arange(size)[None, :] < giant, 0, others), return_inverse=True)
    employer = employer.reshape(markets, size)
    level = rng.normal(0.0, SPREAD * EMPLOYERS_SHARE**0.5, (markets, employer.max() + 1))
    own = rng.normal(0.0, SPREAD * (1.0 - EMPLOYERS_SHARE) ** 0.5, (markets, size))
    return _single(_pay(np.take_along_axis(level, employer, 1) + own), employer)


def _first_of_run(codes: Ints) -> Ints:
    """For each element of each row the position at which its run of equal elements begins."""
    edge = np.ones(codes.shape, dtype=bool)
    edge[:, 1:] = codes[:, 1:] != codes[:, :-1]
    return np.maximum.accumulate(np.where(edge, np.arange(codes.shape[1])[None, :], 0), axis=1)


def ranges(rng: np.random.Generator, markets: int, size: int) -> Drawn:
    """Openings that state a range."""
    middle = _pay(rng.normal(0.0, SPREAD, (markets, size)))
    half = _half_widths(rng, (markets, size))
    return Drawn(_sample(middle * (1.0 - half), middle * (1.0 + half)), _sample(middle, middle))


def _half_widths(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    ratio = np.exp(np.abs(rng.normal(*RANGE_LOG, shape)))
    return np.asarray((ratio - 1.0) / (ratio + 1.0))


DESIGNS: dict[str, Design] = {"iid": iid, "weighted": weighted, "clustered": clustered, "ranges": ranges}


def truth(design: str, levels: tuple[float, ...]) -> dict[float, float]:
    """The true percentiles of a design's market."""
    if design != "ranges":
        return {level: CENTRE * float(np.exp(SPREAD * ndtri(level))) for level in levels}
    rng = np.random.default_rng(91)
    pay = _pay(rng.normal(0.0, SPREAD, _LARGE))
    paid = pay * (1.0 + _half_widths(rng, pay.shape) * rng.uniform(-1.0, 1.0, pay.shape))
    return {level: quantile(paid, level) for level in levels}
