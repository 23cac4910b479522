"""The simulated markets are what they say, and the published intervals cover in them."""

import numpy as np
import pytest

from accuracy import pay_markets
from accuracy.coverage import Covered, simulate
from estimation.pay.weights import weigh


def test_one_employer_of_a_clustered_market_has_30_to_50_per_cent_and_the_others_three_at_most() -> None:
    sample = pay_markets.clustered(np.random.default_rng(1), 300, 80).sample
    weighing = weigh(sample)
    assert weighing.largest.min() >= 24
    assert weighing.largest.max() <= 40
    assert (np.sort(weighing.pair_count)[:-300] <= 3).all()


def test_ranges_are_as_wide_as_boards_state_them() -> None:
    sample = pay_markets.ranges(np.random.default_rng(1), 50, 400).sample
    ratio = sample.high / sample.low
    assert np.median(ratio) == pytest.approx(1.37, abs=0.03)
    assert np.quantile(ratio, [0.1, 0.9]) == pytest.approx([1.12, 1.8], abs=0.08)


@pytest.mark.parametrize("design", ["iid", "weighted", "clustered"])
def test_published_intervals_cover(design: str) -> None:
    check(simulate(design, 150))


def check(found: dict[tuple[int, float], Covered]) -> None:
    shown, held = (sum(getattr(one, name) for one in found.values()) for name in ("shown", "held"))
    assert 0.93 <= held / shown <= 0.985  # 0.94 to 0.97, less and more two standard errors of so few


def test_spreading_a_range_takes_the_bias_of_midpoints_away() -> None:
    everything = simulate("ranges", 150)
    check(everything)
    found = everything[400, 0.1]
    assert abs(found.bias) < 0.01 < found.bias_of_middles
