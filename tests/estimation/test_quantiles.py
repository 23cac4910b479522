"""Type-8 quantiles against values from R and against scipy."""

import numpy as np
import pytest
from scipy.stats.mstats import mquantiles

from estimation.quantiles import grouped_quantile, quantile

# R: quantile(c(1, 2, 3, 4, 10), c(.05, .1, .25, .5, .75, .9, .95), type = 8)
R_SAMPLE = [1.0, 2.0, 3.0, 4.0, 10.0]
R_VALUES = {0.05: 1.0, 0.1: 1.0, 0.25: 5 / 3, 0.5: 3.0, 0.75: 6.0, 0.9: 10.0, 0.95: 10.0}


@pytest.mark.parametrize(("p", "expected"), R_VALUES.items())
def test_agrees_with_r(p: float, expected: float) -> None:
    assert quantile(R_SAMPLE, p) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10, 29, 30, 100, 997])
def test_agrees_with_scipy_at_every_size(n: int) -> None:
    sample = np.random.default_rng(n).lognormal(11, 0.4, n)
    for p in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95):
        reference = float(mquantiles(sample, [p], alphap=1 / 3, betap=1 / 3)[0])
        assert quantile(sample, p) == pytest.approx(reference, rel=1e-12)


def test_groups_do_not_mix() -> None:
    groups = [np.sort(np.random.default_rng(seed).normal(size=size)) for seed, size in enumerate((1, 4, 9, 2))]
    counts = np.array([len(each) for each in groups])
    starts = np.r_[0, np.cumsum(counts)[:-1]]
    together = grouped_quantile(np.concatenate(groups), starts, counts, 0.9)
    assert together.tolist() == [quantile(each, 0.9) for each in groups]


def test_the_order_of_a_sample_does_not_matter_and_an_empty_one_is_refused() -> None:
    assert quantile([3, 1, 2], 0.5) == quantile([1, 2, 3], 0.5) == 2.0
    with pytest.raises(ValueError, match="at least one"):
        quantile([], 0.5)


def test_is_nearly_median_unbiased_where_numpys_default_is_not() -> None:
    rng = np.random.default_rng(8)
    truth = -1.2815515655446004
    samples = np.sort(rng.normal(size=(4000, 10)), axis=1)
    starts, counts = np.arange(4000) * 10, np.full(4000, 10)
    ours = np.median(grouped_quantile(samples.ravel(), starts, counts, 0.1))
    numpys = np.median(np.quantile(samples, 0.1, axis=1))
    assert abs(ours - truth) < 0.05 < abs(numpys - truth)
