"""Weekly forecasts."""

import numpy as np
import pytest

from estimation.demand.forecasting import HORIZON, LEAST_WEEKS, forecast_weekly
from estimation.quantiles import Floats


def walks(series: int, weeks: int, seed: int = 3, sd: float = 0.02) -> Floats:
    rng = np.random.default_rng(seed)
    return 100 * np.exp(np.cumsum(rng.normal(0, sd, (series, weeks)), axis=1))


def test_a_steady_trend_is_carried_on_and_damped() -> None:
    history = 100 * np.exp(0.01 * np.arange(80))[None, :] * walks(1, 80, sd=0.001) / 100
    forecast = forecast_weekly(history)
    ahead = np.log(forecast.mean[0] / history[0, -1])
    assert ahead[0] == pytest.approx(0.01, abs=0.003)
    assert 0.04 < ahead[-1] < 0.13
    assert (np.diff(ahead) > 0).all()


def test_intervals_of_random_walks_hold_what_comes() -> None:
    values = walks(60, 130 + HORIZON)
    forecast = forecast_weekly(values[:, :130])
    came = values[:, 130:]
    covered = (came >= forecast.low) & (came <= forecast.high)
    assert 0.88 <= covered.mean() <= 1.0
    assert (np.diff(np.log(forecast.high / forecast.low), axis=1) >= -1e-12).all()


def test_order_of_series_changes_nothing() -> None:
    values = walks(6, 60)
    forwards, backwards = forecast_weekly(values), forecast_weekly(values[::-1])
    assert np.array_equal(forwards.mean, backwards.mean[::-1])
    assert np.array_equal(forwards.low, backwards.low[::-1])


def test_still_and_empty_series_stay_as_they_are() -> None:
    forecast = forecast_weekly(np.stack([np.full(40, 7.0), np.zeros(40)]))
    assert forecast.mean[0] == pytest.approx(np.full(HORIZON, 7.0))
    assert (forecast.low <= forecast.mean).all()
    assert (forecast.high < 20).all()


def test_what_says_nothing_is_no_figure() -> None:
    history = np.stack([np.r_[np.zeros(LEAST_WEEKS - 1), 1e12], np.tile([1.0, 1e6], LEAST_WEEKS // 2)])
    forecast = forecast_weekly(history)
    assert np.isnan(forecast.mean[:, -1]).all()
    assert (np.isnan(forecast.mean) == np.isnan(forecast.high)).all()


def test_no_series_give_no_forecasts_and_short_ones_are_refused() -> None:
    assert forecast_weekly(np.empty((0, 60))).mean.shape == (0, HORIZON)
    with pytest.raises(ValueError, match="needs 26 weeks"):
        forecast_weekly(np.ones((1, 25)))
