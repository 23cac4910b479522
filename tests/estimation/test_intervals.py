"""Intervals cover what they say, measured in simulation with fixed seeds."""

import numpy as np
import pytest
from scipy import stats

from estimation.pay.intervals import LEVEL, mean_interval, order_ranks, smallest_sample


@pytest.mark.parametrize(
    ("p", "size"), [(0.5, 6), (0.25, 13), (0.75, 13), (0.1, 36), (0.9, 36), (0.05, 72), (0.95, 72)]
)
def test_exact_intervals_begin_to_exist(p: float, size: int) -> None:
    assert smallest_sample(p) == size
    lower, upper = order_ranks(np.array([size - 1]), p)
    assert (lower[0], upper[0]) == (0, 0)


@pytest.mark.parametrize("p", [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
def test_achieved_level_is_never_below_the_stated_one_and_the_interval_is_the_shortest_such(p: float) -> None:
    sizes = np.arange(1, 1500)
    lower, upper = order_ranks(sizes, p)
    there = lower > 0
    n, low, high = sizes[there], lower[there], upper[there]
    below, above = stats.binom.cdf(low - 1, n, p), stats.binom.sf(high - 1, n, p)
    tail = (1 - LEVEL) / 2
    assert (below <= tail).all()
    assert (above <= tail).all()
    # One rank further in, either tail would be too large.
    assert (stats.binom.cdf(low, n, p) > tail).all()
    assert (stats.binom.sf(high - 2, n, p) > tail).all()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_ranks_mirror(p: float) -> None:
    sizes = np.arange(40, 200)
    lower, upper = order_ranks(sizes, p)
    mirrored_lower, mirrored_upper = order_ranks(sizes, 1 - p)
    assert (mirrored_lower == sizes + 1 - upper).all()
    assert (mirrored_upper == sizes + 1 - lower).all()


def covered_share(n: int, p: float, runs: int) -> float:
    """How often the exact interval holds the true quantile of log-normal pay."""
    samples = np.sort(np.random.default_rng(1000 + n).lognormal(11.3, 0.35, (runs, n)), axis=1)
    truth = float(stats.lognorm.ppf(p, 0.35, scale=np.exp(11.3)))
    lower, upper = order_ranks(np.array([n]), p)
    return float(np.mean((samples[:, lower[0] - 1] <= truth) & (truth <= samples[:, upper[0] - 1])))


@pytest.mark.parametrize(("n", "p"), [(10, 0.5), (40, 0.5), (40, 0.25), (40, 0.9), (100, 0.05)])
def test_exact_intervals_cover_in_simulation(n: int, p: float) -> None:
    assert covered_share(n, p, runs=4000) >= 0.94


@pytest.mark.deep
@pytest.mark.parametrize("p", [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
@pytest.mark.parametrize("n", [72, 73, 100, 250, 999])
def test_exact_intervals_cover_in_long_simulation(n: int, p: float) -> None:
    assert covered_share(n, p, runs=40_000) >= 0.947


def mean_covered_share(n: int, sigma: float, runs: int) -> float:
    samples = np.random.default_rng(n).lognormal(0, sigma, (runs, n))
    mean = samples.mean(axis=1)
    third = ((samples - mean[:, None]) ** 3).mean(axis=1)
    low, high = mean_interval(mean, samples.var(axis=1, ddof=1), third, np.full(runs, n))
    truth = np.exp(sigma**2 / 2)
    return float(np.mean((low <= truth) & (truth <= high)))


@pytest.mark.parametrize("n", [10, 30, 100])
def test_mean_intervals_cover_log_normal_pay(n: int) -> None:
    assert 0.93 <= mean_covered_share(n, 0.35, runs=6000) <= 0.97


def test_a_mean_of_equal_values_has_an_interval_of_no_width() -> None:
    low, high = mean_interval(np.array([5.0]), np.array([0.0]), np.array([0.0]), np.array([10]))
    assert (low[0], high[0]) == (5.0, 5.0)
