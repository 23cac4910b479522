"""Forecasts of published weekly indices of job postings, made at past weeks and held against what came."""

from dataclasses import dataclass

import numpy as np

from accuracy.scores import Goal, Plot, Score, Scored, at_most, not_scored, within
from accuracy.sets import Sets
from accuracy.weekly_truth import PATTERN, Floats, Weekly, read_weekly
from estimation.demand.forecasting import HORIZON, LEAST_WEEKS, forecast_weekly

HISTORY_WEEKS = 104  # before the first origin; half the weeks where there are fewer than twice as many
MOST_FITS = 2480  # series x origins: what keeps the step within a minute
SPANS = {"weeks_1_to_4": slice(0, 4), "weeks_5_to_13": slice(4, 13)}
ERROR_GOALS = {"weeks_1_to_4": at_most(0.97), "weeks_5_to_13": at_most(0.90)}
COVERAGE_GOAL = within(0.93, 0.97)


@dataclass(frozen=True)
class Held:
    """Origins x series x horizon."""

    error: Floats  # absolute, over the mean absolute weekly change of the history (MASE's terms)
    naive: Floats  # the same of the last value carried on
    covered: Floats  # 1 where what came lay in the interval


def score(sets: Sets) -> Scored:
    """Error against the naive forecast, and the coverage of the intervals, for the near and the far weeks."""
    truth = read_weekly(sets.data) if sets.data else None
    if truth is None:
        return _nothing(sets.missing(PATTERN))
    chosen = origins(truth.values.shape[1], len(truth.names))
    if not chosen:
        return _nothing(f"not scored: {truth.values.shape[1]} weeks are too few to forecast from and to hold against")
    held = _hold(truth, chosen)
    note = f"{len(truth.names)} series, {len(chosen)} origins to {truth.last_days[chosen[-1] - 1]}"
    if truth.left_out:
        note += f"; {truth.left_out} series with holes are left out"
    return Scored(_scores(held, note), _plots(held))


def origins(weeks: int, series: int) -> list[int]:
    """The numbers of weeks known at each origin: evenly spread from the first allowed to the last that can be held."""
    first = max(LEAST_WEEKS, min(HISTORY_WEEKS, weeks // 2))
    last = weeks - HORIZON
    most = max(6, MOST_FITS // max(series, 1))
    if last < first:
        return []
    return sorted({int(week) for week in np.linspace(first, last, min(most, last - first + 1)).round()})


def _nothing(reason: str) -> Scored:
    scores = [not_scored(f"mase_{span}", goal, reason) for span, goal in ERROR_GOALS.items()]
    return Scored(scores + [not_scored(f"coverage_{span}", COVERAGE_GOAL, reason) for span in SPANS])


def _hold(truth: Weekly, chosen: list[int]) -> Held:
    error, naive, covered = [], [], []
    for origin in chosen:
        known, came = truth.values[:, :origin], truth.values[:, origin : origin + HORIZON]
        forecast = forecast_weekly(known)
        scale = np.abs(np.diff(known, axis=1)).mean(axis=1, keepdims=True)
        error.append(np.abs(forecast.mean - came) / scale)
        naive.append(np.abs(known[:, -1:] - came) / scale)
        covered.append((came >= forecast.low) & (came <= forecast.high))
    return Held(np.array(error), np.array(naive), np.array(covered, dtype=np.float64))


def _scores(held: Held, note: str) -> list[Score]:
    """Standard errors are over origins: at one origin all series share what came."""
    scores = []
    for span, weeks in SPANS.items():
        ours, naive = (part[:, :, weeks].mean(axis=(1, 2)) for part in (held.error, held.naive))
        ratio = float(ours.mean() / naive.mean())
        error = _standard_error((ours - ratio * naive) / naive.mean())
        scores.append(_score(f"mase_{span}", ratio, ERROR_GOALS[span], held, weeks, error, note))
    for span, weeks in SPANS.items():
        covered = held.covered[:, :, weeks].mean(axis=(1, 2))
        error = _standard_error(covered)
        scores.append(_score(f"coverage_{span}", float(covered.mean()), COVERAGE_GOAL, held, weeks, error, note))
    return scores


def _score(measure: str, figure: float, goal: Goal, held: Held, weeks: slice, error: float, note: str) -> Score:
    return Score(measure, figure, goal, held.error[:, :, weeks].size, error, note=note)


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else 0.0


def _plots(held: Held) -> list[Plot]:
    ahead = [float(week) for week in range(1, HORIZON + 1)]
    ratio = held.error.mean(axis=(0, 1)) / held.naive.mean(axis=(0, 1))
    coverage = held.covered.mean(axis=(0, 1))
    return [
        Plot("forecast_error", "Forecast error, naive forecast = 1", "weeks ahead", "ratio", {"ours": (ahead, ratio)}),
        Plot(
            "forecast_coverage",
            "Share of weeks inside the 95 % interval",
            "weeks ahead",
            "share",
            {"ours": (ahead, coverage)},
            COVERAGE_GOAL,
        ),
    ]
