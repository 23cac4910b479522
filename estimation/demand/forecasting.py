"""Weekly forecasts with calibrated intervals.

The forecast is, on the log scale, the mean of three ways of carrying a series on: exponential smoothing with a damped
trend (statsforecast's ETS(A, Ad, N)), and the average weekly change of the last half year and of the last year, each
damped by a tenth a week. A combination of simple methods that differ in their memory is hard to beat and never far off
(Makridakis, Spiliotis, Assimakopoulos 2020, the M4 competition).

The interval is conformal: the same rule is applied at every earlier week of every series, its errors are divided by how
much that series moved from week to week at the time, and the quantile of these scaled errors, pooled over series and
the last two years of origins, times the present movement is the half width (split conformal prediction with normalised
scores: Lei et al. 2018). So that calm and wild series share what they teach, and calm and wild times are told apart.
"""

from dataclasses import dataclass

import numpy as np

from estimation.quantiles import Floats

VERSION = 1
HORIZON = 13  # weeks
LEVEL = 0.95
LEAST_WEEKS = 26  # of history
DRIFTS = (26, 52)  # weeks over which a change is averaged
DAMPING = 0.9  # of an average change, a week
MOVEMENT_WEEKS = 26  # over which a series' movement is measured
WARM_UP = 8  # weeks: no origin with less history calibrates
CALIBRATION_WEEKS = 104
WIDEST = np.log(10.0)  # an interval of more than a factor of ten either way says nothing: nan instead
LEAST_VALUE = 0.5  # a week without any counts as half an opening on the log scale
SETTLED_ORIGINS = 0


@dataclass(frozen=True)
class Forecast:
    """Each series x horizon, in the unit of the series; nan where the interval is wider than WIDEST either way."""

    mean: Floats
    low: Floats
    high: Floats


def forecast_weekly(history: Floats, horizon: int = HORIZON, level: float = LEVEL) -> Forecast:
    """Forecast every row of `history` (series x weeks, not negative, oldest first) for `horizon` weeks.

    Series share their weeks: what calibrates one calibrates all. Raises ValueError for fewer than LEAST_WEEKS weeks.
    """
    series, weeks = history.shape
    if weeks < LEAST_WEEKS:
        raise ValueError(f"a forecast needs {LEAST_WEEKS} weeks, not {weeks}")
    if not series:
        empty = np.empty((0, horizon))
        return Forecast(empty, empty, empty)
    logs = np.log(np.maximum(history, LEAST_VALUE))
    carried = _carried_on(logs, horizon)
    movement = _movement(logs)
    quantiles = _scaled_quantiles(logs, carried, movement, level)
    half = quantiles[None, :] * movement[:, -1:]
    half = np.where(half <= WIDEST, half, np.nan)
    mean = np.where(np.isnan(half), np.nan, carried[:, -1])
    return Forecast(np.exp(mean), np.exp(mean - half), np.exp(mean + half))


def _carried_on(logs: Floats, horizon: int) -> Floats:
    """The forecast from after each week: series x weeks x horizon, on the log scale."""
    ways = [_smoothed(logs, horizon), *(_drifting(logs, span, horizon) for span in DRIFTS)]
    return np.mean(ways, axis=0)


def _smoothed(logs: Floats, horizon: int) -> Floats:
    """Damped exponential smoothing, its parameters fitted once to the whole of each series."""
    from statsforecast.models import AutoETS

    found = np.empty((*logs.shape, horizon))
    for row, series in enumerate(logs):
        if np.ptp(series) == 0:
            found[row] = series[:, None]
            continue
        fitted = AutoETS(model="AAN", damped=True, season_length=1).fit(series).model_
        states, phi = np.asarray(fitted["states"])[1:], fitted["par"][3]
        found[row] = states[:, :1] + states[:, 1:2] * _damped(phi, horizon)
    return found


def _drifting(logs: Floats, span: int, horizon: int) -> Floats:
    """The last value, carried on by the mean change of the last `span` weeks (of all where there are fewer)."""
    weeks = np.arange(logs.shape[1])
    before = np.maximum(weeks - span, 0)
    change = (logs - logs[:, before]) / np.maximum(weeks - before, 1)
    return logs[:, :, None] + change[:, :, None] * _damped(DAMPING, horizon)


def _damped(phi: float, horizon: int) -> Floats:
    return np.cumsum(phi ** np.arange(1, horizon + 1))


def _movement(logs: Floats) -> Floats:
    """The mean absolute weekly change of the last MOVEMENT_WEEKS weeks, as known after each week: series x weeks.

    A series that did not move at all gets a thousandth, so that its interval has some width.
    """
    moved = np.abs(np.diff(logs, axis=1, prepend=logs[:, :1]))
    total = np.cumsum(moved, axis=1)
    weeks = np.arange(logs.shape[1])
    before = np.maximum(weeks - MOVEMENT_WEEKS, 0)
    return np.maximum((total - total[:, before]) / np.maximum(weeks - before, 1), 1e-3)


def _scaled_quantiles(logs: Floats, carried: Floats, movement: Floats, level: float) -> Floats:
    """For each horizon the quantile of past absolute errors over the movement of their time; it never falls."""
    weeks, horizon = logs.shape[1], carried.shape[2]
    found = np.empty(horizon)
    for ahead in range(1, horizon + 1):
        origins = np.arange(max(WARM_UP, weeks - ahead - CALIBRATION_WEEKS), weeks - ahead)
        errors = np.abs(carried[:, origins, ahead - 1] - logs[:, origins + ahead]) / movement[:, origins]
        # Of n scores the quantile at level (1 + 1/n) holds for one more. Series share their times, so n is of origins;
        # that there are many series is worth something: the correction at most halves what is left outside.
        found[ahead - 1] = np.quantile(errors, min(level * (1 + 1 / len(origins)), (1 + level) / 2))
    return np.maximum.accumulate(found)
