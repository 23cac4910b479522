"""Thin cells climb the ladder: weights, what they are shrunk to, and cells at the edge."""

import numpy as np
import pytest

from estimation.design import design_effect
from estimation.dispersion import own_statistics, quantile_at
from estimation.ladder import Rung, Sample, climb
from estimation.shrinkage import between_variance, interval

RUNGS = (Rung(()), Rung(("o",), ((),)), Rung(("o", "p"), (("o",),), ("p",)))


def sample(logs: list[float], occupations: list[int], places: list[int], who: list[int] | None = None) -> Sample:
    order = np.argsort(np.array(logs), kind="stable")
    codes = {"o": np.array(occupations)[order], "p": np.array(places)[order]}
    return Sample(np.array(logs)[order], codes, None if who is None else np.array(who)[order])


def market(seed: int = 3, thin: int = 3) -> tuple[Sample, np.ndarray]:
    """Twenty occupations in ten places, thirty observations a cell, but `thin` in the first; and true medians."""
    rng = np.random.default_rng(seed)
    truth = 11 + rng.normal(0, 0.2, (20, 1)) + rng.normal(0, 0.1, 10) + rng.normal(0, 0.05, (20, 10))
    cells = [(o, p) for o in range(20) for p in range(10) for _ in range(thin if o == p == 0 else 30)]
    occupations, places = (list(column) for column in zip(*cells, strict=True))
    logs = truth[occupations, places] + rng.normal(0, 0.3, len(cells))
    return sample(list(logs), occupations, places), truth


def test_the_figure_is_own_median_and_expectation_by_their_weights() -> None:
    last = climb(market()[0], RUNGS)[-1]
    own, estimates = last.own, last.estimates
    mixed = estimates.own * own.median + (1 - estimates.own) * estimates.expected
    assert np.allclose(estimates.mean, mixed)
    assert ((estimates.own > 0) & (estimates.own < 1)).all()


def test_a_thinner_cell_has_less_weight_and_a_wider_interval() -> None:
    last = climb(market()[0], RUNGS)[-1]
    low, high = interval(last.estimates, 0.95)
    assert last.counts[0] == 3
    assert last.estimates.own[0] < 0.6 * last.estimates.own[1:].min()
    assert (high - low)[0] > (high - low)[1:].max()


def test_what_the_places_beside_show_moves_the_expectation() -> None:
    drawn, truth = market()
    last = climb(drawn, RUNGS)[-1]
    beside = climb(drawn, (*RUNGS[:-1], Rung(("o", "p"), (("o",),))))[-1]
    assert abs(last.estimates.expected[0] - truth[0, 0]) < abs(beside.estimates.expected[0] - truth[0, 0])


def test_a_cell_is_not_in_what_it_is_shrunk_to() -> None:
    drawn, _ = market(thin=8)
    moved = Sample(drawn.logs.copy(), drawn.codes)
    first = np.flatnonzero((drawn.codes["o"] == 0) & (drawn.codes["p"] == 0))
    moved.logs[first] += 1.0
    order = np.argsort(moved.logs, kind="stable")
    moved = Sample(moved.logs[order], {name: column[order] for name, column in drawn.codes.items()})
    before, after = climb(drawn, RUNGS)[-1].estimates, climb(moved, RUNGS)[-1].estimates
    assert after.mean[0] - before.mean[0] > 0.2
    assert abs(after.expected[0] - before.expected[0]) < 0.05


def test_nothing_depends_on_the_order_of_equal_rows() -> None:
    logs = [11.0] * 8 + [11.5] * 8
    occupations, places = [0, 0, 1, 1] * 4, [0, 1] * 8
    one = climb(sample(logs, occupations, places), RUNGS)[-1].estimates.mean
    other = climb(sample(logs[::-1], occupations[::-1], places[::-1]), RUNGS)[-1].estimates.mean
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("logs", "occupations", "places"),
    [
        ([11.0], [0], [0]),
        ([11.0] * 12, [0] * 6 + [1] * 6, [0, 1] * 6),
        ([0.0, 11.0, 27.6], [0, 0, 1], [0, 1, 0]),
        ([11.0, 11.2, 11.4], [0, -1, 0], [-1, 0, 0]),
    ],
    ids=["one row", "all equal", "wild", "keys that are not known"],
)
def test_cells_at_the_edge_stay_within_what_was_paid(
    logs: list[float], occupations: list[int], places: list[int]
) -> None:
    for shrunk in climb(sample(logs, occupations, places), RUNGS):
        low, high = interval(shrunk.estimates, 0.95)
        assert np.isfinite(low).all()
        assert np.isfinite(high).all()
        assert ((shrunk.estimates.mean >= min(logs) - 1e-9) & (shrunk.estimates.mean <= max(logs) + 1e-9)).all()
        assert ((low <= shrunk.estimates.mean) & (shrunk.estimates.mean <= high)).all()


def test_no_rows_give_no_cells() -> None:
    assert len(climb(sample([], [], []), RUNGS)[-1].counts) == 0


def test_values_of_one_contributor_say_less() -> None:
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(40), 25)
    logs = rng.normal(0, 0.3, 40)[who] + rng.normal(0, 0.05, 1000)
    order = np.argsort(logs)
    cells = design_effect(logs[order], np.array([0]), np.array([1000]), who[order], np.array([0]))
    assert 20 < cells[0] <= 25
    alone = design_effect(np.sort(logs), np.array([0]), np.array([1000]), None, np.array([0]))
    assert alone[0] == 1


def test_the_variance_between_cells_is_found_again_and_never_negative() -> None:
    rng = np.random.default_rng(2)
    noise = rng.choice([0.01, 0.05, 0.2], 20_000)
    residual = rng.normal(0, 0.1, 20_000) + rng.normal(0, np.sqrt(noise))
    pool = np.zeros(20_000, dtype=np.int64)
    value, error = between_variance(residual, noise, pool)
    assert value[0] == pytest.approx(0.01, abs=3 * error[0] ** 0.5)
    assert between_variance(residual * 0.01, noise, pool)[0][0] == 0


def test_own_medians_variance_is_that_of_drawn_medians() -> None:
    rng = np.random.default_rng(4)
    for size in (3, 10, 40):
        logs = np.sort(rng.normal(0, 0.3, (4000, size)), axis=1).ravel()
        starts, counts = np.arange(4000) * size, np.full(4000, size)
        zero = np.zeros(4000, dtype=np.int64)
        own = own_statistics(logs, starts, counts, np.ones(4000), zero, zero)
        assert np.mean(own.variance) == pytest.approx(np.var(own.median), rel=0.12)
        raw = quantile_at(logs, starts, counts, np.full(4000, 0.5))
        assert np.var(own.median) <= np.var(raw)
