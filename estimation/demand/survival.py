"""Kaplan-Meier curves with delayed entry, and the quantiles that they carry, for many cells at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from estimation.quantiles import Floats, Ints

LEVEL = 0.95
LEAST_AT_RISK = 5  # a curve is read from where so many carry it to where fewer do
LATEST_START = 14  # days: what begins later says nothing of those that closed before


@dataclass(frozen=True)
class Curves:
    """Cells x days (from 1): the share still open after that many days, with its interval; nan where it is not read."""

    open: Floats
    low: Floats
    high: Floats

    def quantile(self, share: float) -> tuple[Floats, Floats, Floats]:
        """Days after which `share` have closed, with its interval; nan where the curve does not come so far."""
        return tuple(_first_below(curve, 1 - share) for curve in (self.open, self.low, self.high))  # type: ignore[return-value]

    def after(self, day: int) -> Floats:
        """The share still open after `day` days."""
        found: Floats = self.open[:, day - 1]
        return found


def kaplan_meier(cell: Ints, entry: Ints, leave: Ints, closed: npt.NDArray[np.bool_], cells: int, days: int) -> Curves:
    """Curves of `cells` cells over `days` days.

    One element an opening: it is at risk at the ages above `entry` up to `leave` (whole days; later than `days` counts
    as still open then) and closed at `leave` where `closed`. The interval is Greenwood's on the complementary log-log
    scale, which keeps it within 0 and 1.
    """
    width = days + 2
    late = leave > days
    leave, closed = np.where(late, days + 1, leave), closed & ~late
    size = cells * width

    def counted(at: Ints, which: npt.NDArray[np.bool_]) -> Floats:
        told = np.bincount(cell[which] * width + np.minimum(at[which], days + 1), minlength=size)
        return told.reshape(cells, width).astype(np.float64)

    everyone = np.ones(len(cell), dtype=np.bool_)
    entered = np.cumsum(counted(entry, everyone), axis=1)[:, :-2]  # before each day from 1
    left = np.cumsum(counted(leave, everyone), axis=1)[:, :-2]
    at_risk, events = entered - left, counted(leave, closed)[:, 1:-1]
    started = np.logical_or.accumulate(at_risk >= LEAST_AT_RISK, axis=1)
    started &= started[:, LATEST_START - 1 : LATEST_START]
    events = np.where(started, events, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.cumprod(np.where(events > 0, 1 - events / at_risk, 1.0), axis=1)
        spread = np.cumsum(np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0), axis=1)
        z = stats.norm.ppf(0.5 + LEVEL / 2) * np.sqrt(spread) / np.abs(np.log(still))
        low, high = still ** np.exp(z), still ** np.exp(-z)
    whole = still == 1.0
    low, high = np.where(whole, 1.0, np.nan_to_num(low)), np.where(whole, 1.0, np.nan_to_num(high, nan=1.0))
    unread = ~started | np.logical_or.accumulate(started & (at_risk < LEAST_AT_RISK), axis=1)
    return Curves(*(np.where(unread, np.nan, curve) for curve in (still, low, high)))


def _first_below(curves: Floats, level: float) -> Floats:
    """The first day on which each curve is at or below `level`."""
    below = np.nan_to_num(curves, nan=np.inf) <= level
    return np.where(below.any(axis=1), below.argmax(axis=1) + 1.0, np.nan)
