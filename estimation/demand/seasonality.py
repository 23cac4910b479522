"""The yearly season of weekly series: robust STL (Cleveland et al. 1990) with a season that is the same every year.

Two or three years are too few to see a season change; letting it would take trends for seasons.
"""

from dataclasses import dataclass

import numpy as np

from estimation.quantiles import Floats

YEAR_WEEKS = 52
LEAST_YEARS = 2  # full ones: a season seen once is not told from a trend
LEAST_WEEKLY = 20.0  # openings a week: in thinner series the season drowns


@dataclass(frozen=True)
class Season:
    """The factor of each week, around 1, and the standard error that factors of coming weeks have (log)."""

    factors: Floats
    error: float

    def ahead(self, weeks: int) -> Floats:
        """The factors of the next weeks (52 at most): those of the same weeks a year before."""
        return self.factors[-YEAR_WEEKS : len(self.factors) - YEAR_WEEKS + weeks]


def season(series: Floats) -> Season:
    """The season of a positive weekly series; raises ValueError for less than LEAST_YEARS full years.

    A factor is about the mean of k years, so that the remainder of the fit shows 1 - 1/k of the noise's variance where
    a new week meets 1 + 1/k of it: `error` is what is missing, 2 / (k - 1) of the remainder's variance.
    """
    from statsmodels.tsa.seasonal import STL

    if len(series) < LEAST_YEARS * YEAR_WEEKS:
        raise ValueError(f"a season needs {LEAST_YEARS} full years")
    # A season smoothed over far more years than there are is the same every year. Between every few weeks the smoothers
    # interpolate: five times faster, and within 0.002 of the whole fit.
    jumps = {"seasonal_jump": 4, "trend_jump": 8, "low_pass_jump": 6}
    fitted = STL(np.log(series), period=YEAR_WEEKS, seasonal=35, seasonal_deg=0, robust=True, **jumps).fit()
    missing = 2 / (len(series) / YEAR_WEEKS - 1)
    return Season(np.exp(np.asarray(fitted.seasonal)), float(np.std(fitted.resid) * missing**0.5))
