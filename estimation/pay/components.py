"""Where the spread of a cell's log pay comes from, and what it does to the precision of a quantile.

Three parts: between employers, between the openings of one employer, and within the stated range of an opening. The
openings of an employer resemble one another, so that they say less than as many of different employers; an opening
with a wide range says where pay may lie, not that it is its midpoint.

The employers' part is the moment estimator from unweighted means (each employer's mean counts once, so that a giant
does not decide it), drawn towards RHO_PRIOR, a share that employers commonly have, as if PRIOR_EMPLOYERS
employers had been seen to have it: a few employers say little about it themselves.

For a quantile what counts is how the indicators "pays no more than q" are correlated. For normal log pay that is the
bivariate normal distribution at the threshold (`correlation`): 2 / pi * arcsin(rho) at the median, less in the tails.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from estimation.pay.weights import Concentration, Sample, Weighing
from estimation.quantiles import Floats, Ints

RHO_PRIOR = 0.3
PRIOR_EMPLOYERS = 3.0
RHO_TO_PUBLISH = 0.6  # a share that is rarely exceeded: by it a cell must be large enough, whatever its own looks like
COARSE = 0.15  # of what a range adds to precision is lost with three points in its place (by simulation)
_LARGEST_CV = 0.7
_LEAST = 0.5  # share of the spread between openings below which ranges are not taken to add precision


@dataclass(frozen=True)
class Components:
    """Of each cell: the variance of log pay, and the shares of that variance."""

    variance: Floats  # between openings, n - 1 in the denominator; nan for one
    employer: Floats  # the employers' share of the whole spread, ranges included
    employer_error: Floats  # standard error of that share
    opening: Floats  # the share of employers and openings together: 1 where single figures are stated

    def of_cells(self, which: Ints) -> "Components":
        """Some of the cells."""
        return Components(self.variance[which], self.employer[which], self.employer_error[which], self.opening[which])


def components(sample: Sample, weighing: Weighing) -> Components:
    """Split the variance of log pay in each cell."""
    middle = np.log((sample.low + sample.high) / 200.0)
    width = np.log(sample.high / sample.low)
    n, counts = sample.n_cells, weighing.concentration.counts
    mean = np.bincount(sample.cell, middle, n) / counts
    total = np.bincount(sample.cell, (middle - mean[sample.cell]) ** 2, n)
    within_range = np.bincount(sample.cell, width**2, n) / counts / 12.0
    rho, error = _employers_share(middle, sample, weighing)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(counts > 1, total / (counts - 1), np.nan)
        opening = np.where(within_range > 0, variance / (variance + within_range), 1.0)
    opening = np.clip(np.nan_to_num(opening, nan=_LEAST), _LEAST, 1.0)
    return Components(variance, rho * opening, error * opening, opening)


def _employers_share(middle: Floats, sample: Sample, weighing: Weighing) -> tuple[Floats, Floats]:
    """The share of employers in the variance between openings, from 0 to 1, and its standard error."""
    n, cell, count = sample.n_cells, weighing.pair_cell, weighing.pair_count
    employers = weighing.concentration.employer_counts
    means = np.bincount(weighing.pair, middle, len(count)) / count
    squares = np.bincount(weighing.pair, (middle - means[weighing.pair]) ** 2, len(count))
    inside_freedom, between_freedom = weighing.concentration.counts - employers, employers - 1
    average = np.bincount(cell, means, n) / employers
    spread = np.bincount(cell, (means - average[cell]) ** 2, n)
    per_opening = np.bincount(cell, 1.0 / count, n) / employers
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.where(inside_freedom > 0, np.bincount(cell, squares, n) / inside_freedom, 0.0)
        means_vary = np.where(between_freedom > 0, spread / between_freedom, 0.0)
        between = np.maximum(means_vary - inside * per_opening, 0.0)
        rho = np.where(between + inside > 1e-20, between / (between + inside), RHO_PRIOR)
    known = np.where(inside_freedom > 0, np.minimum(between_freedom, inside_freedom), 0)
    rho = (known * rho + PRIOR_EMPLOYERS * RHO_PRIOR) / (known + PRIOR_EMPLOYERS)
    # By the delta method: both mean squares have a relative variance of 2 / degrees of freedom.
    of_between = (1.0 - rho) * (rho + (1.0 - rho) * per_opening) * np.sqrt(2.0 / np.maximum(between_freedom, 1))
    of_inside = (1.0 - rho) * (rho + (1.0 - rho) * per_opening) * np.sqrt(2.0 / np.maximum(inside_freedom, 1))
    return rho, np.hypot(of_between, of_inside)


def effective_size(weight: Concentration, parts: Components, p: float) -> Floats:
    """The number of independent single figures that would place the quantile at `p` as well as the cell does.

    Less what the uncertainty of the employers' share costs (`_students`).
    """
    variance = _relative_variance(weight, parts.opening, parts.employer, p)
    higher = _relative_variance(weight, parts.opening, parts.employer + parts.employer_error, p)
    return np.asarray(1.0 / (variance * _students(higher / variance - 1.0)))


def _students(cv: Floats) -> Floats:
    """(t / z)^2 at 95 % for a variance that is estimated with a coefficient of variation `cv`.

    It has 2 / cv^2 degrees of freedom then. The expansion of t in z (Abramowitz and Stegun 26.7.5) to its second term
    serves down to some four of them.
    """
    known = np.minimum(cv, _LARGEST_CV)
    return np.asarray(1.0 + 1.21 * known**2 + 1.09 * known**4)


def publishable_size(weight: Concentration, p: float) -> Floats:
    """The effective size that a cell of these weights would have with employers as alike as RHO_TO_PUBLISH."""
    one, half = np.ones(len(weight.own)), np.full(len(weight.own), RHO_TO_PUBLISH)
    return np.asarray(1.0 / _relative_variance(weight, one, half, p))


def effective_size_of_mean(weight: Concentration, parts: Components) -> Floats:
    """The same for the mean, whose observations are correlated as log pay is."""
    others = np.maximum(weight.clustered - weight.own, 0.0)
    variance = weight.own + parts.employer * others
    return np.asarray(1.0 / (variance * _students(parts.employer_error * others / variance)))


def _relative_variance(weight: Concentration, opening: Floats, employer: Floats, p: float) -> Floats:
    """The variance of the weighted share below the quantile, in units of p (1 - p)."""
    own, clustered = weight.own, weight.clustered
    others = np.maximum(clustered - own, 0.0)
    itself = correlation(opening, p)
    return np.asarray((itself + COARSE * (1.0 - itself)) * own + correlation(employer, p) * others)


def correlation(rho: Floats, p: float) -> Floats:
    """Correlation of the indicators that two standard normals, correlated by `rho`, lie below their quantile at `p`."""
    angles, known = _correlations(p)
    return np.interp(np.arcsin(np.clip(rho, 0.0, 1.0)), angles, known)


@lru_cache(32)
def _correlations(p: float) -> tuple[Floats, Floats]:
    """On a grid of arcsin(rho): d/d rho of the bivariate normal is its density at (z, z)."""
    threshold = float(special.ndtri(p))
    angles = np.linspace(0.0, np.pi / 2.0, 2001)
    density = np.exp(-(threshold**2) / (1.0 + np.sin(angles))) / (2.0 * np.pi)
    steps = np.diff(angles) * (density[1:] + density[:-1]) / 2.0
    return angles, np.r_[0.0, np.cumsum(steps)] / (p * (1.0 - p))
