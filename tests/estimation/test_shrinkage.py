"""Thin cells climb the ladder: weights, what they are shrunk to, and cells at the edge."""

from dataclasses import replace

import numpy as np
import pytest

from estimation.pay.blending import Blend, blended_interval, blended_median
from estimation.pay.dispersion import PRIOR_WITHIN, LogPoints, log_quantile, own_statistics, pooled
from estimation.pay.figures import quantile_with_interval
from estimation.pay.ladder import Observations, Rung, Shrunk, climb, group, weighed_cells
from estimation.pay.shrinkage import between_variance
from estimation.quantiles import quantile

RUNGS = (Rung(()), Rung(("o",), ((),)), Rung(("o", "p"), (("o",),), ("p",)))


def climbed(observations: Observations, rungs: tuple[Rung, ...]) -> list[Shrunk]:
    return [shrunk for shrunk, _ in climb(observations, rungs)]


def stated(
    logs: list[float], occupations: list[int], places: list[int], employers: list[int] | None = None
) -> Observations:
    order = np.argsort(np.array(logs), kind="stable")
    codes = {"o": np.array(occupations)[order], "p": np.array(places)[order]}
    who = None if employers is None else np.array(employers)[order]
    pay = np.exp(np.array(logs)[order])
    return Observations.ranges(pay, pay, codes, who)


def market(seed: int = 3, thin: int = 3) -> tuple[Observations, np.ndarray]:
    """Twenty occupations in ten places, thirty observations a cell, but `thin` in the first; and true medians."""
    rng = np.random.default_rng(seed)
    truth = 11 + rng.normal(0, 0.2, (20, 1)) + rng.normal(0, 0.1, 10) + rng.normal(0, 0.05, (20, 10))
    cells = [(o, p) for o in range(20) for p in range(10) for _ in range(thin if o == p == 0 else 30)]
    occupations, places = (list(column) for column in zip(*cells, strict=True))
    logs = truth[occupations, places] + rng.normal(0, 0.3, len(cells))
    return stated(list(logs), occupations, places), truth


def test_the_figure_is_own_median_and_expectation_by_their_weights() -> None:
    last = climbed(market()[0], RUNGS)[-1]
    own, estimates = last.own, last.estimates
    mixed = estimates.own * own.median + (1 - estimates.own) * estimates.expected
    assert np.abs(estimates.mean - mixed).max() < 0.01
    assert ((estimates.own > 0) & (estimates.own < 1)).all()


def blended(logs: list[float], weight: float, expected: float, deviation: float) -> float:
    """The figure of one cell, its own log median taken as it is."""
    observations = stated(logs, [0] * len(logs), [0] * len(logs))
    points = weighed_cells(observations, group(observations, ("o",))).measured.points
    columns = (np.array([x]) for x in (weight, quantile(logs, 0.5), expected, deviation**2))
    return float(blended_median(Blend(*columns), LogPoints.of(points))[0])


def test_a_blend_of_near_medians_is_their_weighted_mean() -> None:
    assert blended([11.0, 11.1, 11.3], 0.7, 11.2, 0.3) == pytest.approx(0.7 * 11.1 + 0.3 * 11.2, abs=0.001)


def test_an_expectation_far_away_moves_a_cell_by_no_more_than_its_weight_in_ranks() -> None:
    one, other = blended([10.9, 11.0, 11.1], 0.9, 14.0, 0.1), blended([10.9, 11.0, 11.1], 0.9, 20.0, 0.1)
    assert one == pytest.approx(other, abs=1e-6)
    assert 11.0 < one < 11.05  # standard normal at 0.5 / 0.9 is 0.14


def test_where_most_of_a_cell_is_at_one_figure_that_is_the_figure() -> None:
    assert blended([11.0] * 8 + [11.4] * 4, 0.9, 11.3, 0.3) == pytest.approx(11.0, abs=1e-5)
    assert blended([10.6] * 4 + [11.0] * 8, 0.9, 10.7, 0.3) == pytest.approx(11.0, abs=1e-5)
    assert blended([11.0] * 8 + [11.4] * 4, 0.5, 11.3, 0.3) > 11.01


def test_an_interval_reaches_the_next_figure_where_the_ranks_do_not_tell_them_apart() -> None:
    """Eleven at one figure and nine at the next, a fifth away: smooth pay of such spread would end between the two."""
    observations = stated([11.0] * 11 + [11.2] * 9, [0] * 20, [0] * 20)
    points = LogPoints.of(weighed_cells(observations, group(observations, ("o",))).measured.points)
    blend = Blend(*(np.array([x]) for x in (0.95, 11.0, 11.0, 0.01)))
    low, high = blended_interval(blend, points, blended_median(blend, points), np.array([0.05]))
    assert high[0] == pytest.approx(11.2, abs=1e-6)
    assert low[0] <= 10.95


def test_an_interval_far_wider_than_the_spread_of_equal_figures_is_finite() -> None:
    observations = stated([11.0] * 5, [0] * 5, [0] * 5)
    points = LogPoints.of(weighed_cells(observations, group(observations, ("o",))).measured.points)
    blend = Blend(*(np.array([x]) for x in (0.5, 11.0, 12.0, 0.002**2)))
    low, high = blended_interval(blend, points, np.array([11.0]), np.array([0.4]))
    assert low[0] == pytest.approx(10.6)
    assert 12.0 <= high[0] < 12.1


def test_every_blend_lies_between_what_it_is_made_of() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        logs = list(np.round(rng.normal(11, 0.3, int(rng.integers(1, 12))), int(rng.integers(0, 3))))
        expected, weight = float(rng.normal(11, 0.5)), float(rng.random())
        found = blended(logs, weight, expected, 0.2)
        assert min(*logs, expected) - 1e-4 <= found <= max(*logs, expected) + 1e-4


def test_a_thinner_cell_has_less_weight_and_a_wider_interval() -> None:
    last = climbed(market()[0], RUNGS)[-1]
    low, high = last.low, last.high
    assert last.counts[0] == 3
    assert last.estimates.own[0] < 0.6 * last.estimates.own[1:].min()
    assert (high - low)[0] > (high - low)[1:].max()


def test_what_the_places_beside_show_moves_the_expectation() -> None:
    drawn, truth = market()
    last = climbed(drawn, RUNGS)[-1]
    beside = climbed(drawn, (*RUNGS[:-1], Rung(("o", "p"), (("o",),))))[-1]
    assert abs(last.estimates.expected[0] - truth[0, 0]) < abs(beside.estimates.expected[0] - truth[0, 0])


def test_a_cell_is_not_in_what_it_is_shrunk_to() -> None:
    drawn, _ = market(thin=8)
    first = (drawn.codes["o"] == 0) & (drawn.codes["p"] == 0)
    logs, codes = np.log(drawn.low / 100.0) + 0.3 * first, list(drawn.codes.values())
    moved = stated(list(logs), list(codes[0]), list(codes[1]))
    before, after = climbed(drawn, RUNGS)[-1].estimates, climbed(moved, RUNGS)[-1].estimates
    assert after.mean[0] - before.mean[0] > 0.05
    assert abs(after.expected[0] - before.expected[0]) < 0.015


def test_nothing_depends_on_the_order_of_equal_rows() -> None:
    logs = [11.0] * 8 + [11.5] * 8
    occupations, places = [0, 0, 1, 1] * 4, [0, 1] * 8
    one = climbed(stated(logs, occupations, places), RUNGS)[-1].estimates.mean
    other = climbed(stated(logs[::-1], occupations[::-1], places[::-1]), RUNGS)[-1].estimates.mean
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("logs", "occupations", "places"),
    [
        ([11.0], [0], [0]),
        ([11.0] * 12, [0] * 6 + [1] * 6, [0, 1] * 6),
        ([0.0, 11.0, 23.0], [0, 0, 1], [0, 1, 0]),
        ([11.0, 11.2, 11.4], [0, -1, 0], [-1, 0, 0]),
    ],
    ids=["one row", "all equal", "wild", "keys that are not known"],
)
def test_cells_at_the_edge_stay_within_what_was_paid(
    logs: list[float], occupations: list[int], places: list[int]
) -> None:
    for shrunk in climbed(stated(logs, occupations, places), RUNGS):
        low, high = shrunk.low, shrunk.high
        assert np.isfinite(low).all()
        assert np.isfinite(high).all()
        assert ((shrunk.estimates.mean >= min(logs) - 1e-6) & (shrunk.estimates.mean <= max(logs) + 1e-6)).all()
        assert ((low <= shrunk.estimates.mean) & (shrunk.estimates.mean <= high)).all()


def test_no_rows_give_no_cells() -> None:
    assert len(climbed(stated([], [], []), RUNGS)[-1].counts) == 0


def test_no_employer_counts_for_more_than_its_limit_and_many_of_one_say_less() -> None:
    logs = [11.0 + 0.001 * n for n in range(12)] + [11.5 + 0.001 * n for n in range(4)]
    alone, of_one = ([*range(16)], [0] * 12 + [1, 2, 3, 4])
    found = [climbed(stated(logs, [0] * 16, [0] * 16, who), RUNGS[:1])[0] for who in (alone, of_one)]
    assert found[0].estimates.mean[0] < 11.02
    assert found[1].estimates.mean[0] > 11.2
    assert found[1].own.variance[0] > found[0].own.variance[0]


def test_own_share_of_a_parent_goes_by_weight() -> None:
    """Eight of one employer in the first place, one each of eight others in the second: half the rows, a third."""
    logs, places = [11.0 + 0.01 * n for n in range(16)], [0] * 8 + [1] * 8
    observations = stated(logs, [0] * 16, places, [0] * 8 + [*range(1, 9)])
    weighed = weighed_cells(observations, group(observations, ("o",)))
    weight = weighed.weighing.weight
    assert weight[:8].sum() / weight.sum() == pytest.approx(0.25, abs=1e-4)
    assert weighed.measured.weight.employer_counts[0] == 9


def test_some_of_the_cells_are_weighed_as_they_would_be_alone() -> None:
    drawn, _ = market()
    observations = replace(drawn, employer=np.arange(len(drawn.low)) % 17)
    whole = weighed_cells(observations, group(observations, ("o", "p")))
    which = np.arange(0, 200, 3)
    alone = np.isin(observations.codes["o"] * 10 + observations.codes["p"], which)
    apart = weighed_cells(observations.only(alone), group(observations.only(alone), ("o", "p")))
    some = whole.of_cells(which)
    for name in ("cell", "employer", "low", "high", "row"):
        assert np.array_equal(getattr(some.sample, name), getattr(apart.sample, name)), name
    for name in ("weight", "pair", "pair_cell", "pair_employer", "pair_count"):
        assert np.array_equal(getattr(some.weighing, name), getattr(apart.weighing, name)), name
    one, other = (quantile_with_interval(each.measured, 0.5) for each in (some, apart))
    assert np.array_equal([one.value, one.low, one.high], [other.value, other.low, other.high], equal_nan=True)
    assert np.isfinite(one.low).mean() > 0.5


def test_a_range_is_spread_over_its_width() -> None:
    """Three single figures and a wide range: its points stand either side of them, not at its middle."""
    single = np.array([100_000.0, 101_000.0, 102_000.0])
    codes = {"o": np.zeros(4, dtype=np.int64)}
    spread = Observations.ranges(np.append(single, 80_000.0), np.append(single, 200_000.0), codes)
    drawn = weighed_cells(spread, group(spread, ("o",))).measured.points
    outer, inner, *_, inner_too, outer_too = sorted(
        set(drawn.values.tolist()) - set((100.0 * single).astype(int).tolist())
    )
    assert 80_000_00 <= outer <= 110_000_00 <= inner <= 140_000_00
    assert outer + outer_too == inner + inner_too == 280_000_00


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
        cells = np.repeat(np.arange(4000), size)
        pay = np.exp(11 + rng.normal(0, 0.3, len(cells)))
        observations = Observations.ranges(pay, pay, {"o": cells})
        measured = weighed_cells(observations, group(observations, ("o",))).measured
        zero = np.zeros(4000, dtype=np.int64)
        own = own_statistics(measured, LogPoints.of(measured.points), zero, zero)
        assert np.mean(own.variance) == pytest.approx(np.var(own.median), rel=0.12)
        assert np.var(own.median) <= np.var(log_quantile(measured.points, np.full(4000, 0.5)))


def test_equal_pay_around_it_does_not_make_one_observation_certain() -> None:
    """Five cells of eight equal values each; one value in another occupation; and one that is alone in its market."""
    squared, freedom = np.zeros(7), np.array([7.0] * 5 + [0.0, 0.0])
    market, kin = np.array([0] * 6 + [1]), np.array([0] * 5 + [1, 2])
    certain, _ = pooled(squared, freedom, market, kin)
    assert certain[5] == certain[6] == 0
    within, _ = pooled(squared, freedom, market, kin, PRIOR_WITHIN)
    assert within[5] > 0.05**2
    assert within[6] == pytest.approx(PRIOR_WITHIN)
    one = np.zeros(2000, dtype=np.int64)
    many, _ = pooled(np.full(2000, 0.01), np.full(2000, 9.0), one, one, PRIOR_WITHIN)
    assert many == pytest.approx(0.01, rel=0.001)  # what is seen often is not moved
