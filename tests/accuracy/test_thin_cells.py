"""The protocol of thin cells on a made-up file, its reasons, and the floors that simulation reached."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from accuracy.scores import Score, Scored
from accuracy.sets import Sets
from accuracy.thin_cells import GOALS, score
from accuracy.thin_draws import Draws, Judged
from accuracy.thin_markets import Market, market
from accuracy.thin_sets import SETS, observations_of


def levels(folder: Path, seed: int = 5) -> Path:
    """A set of the levels kind: companies that pay apart, titles, experience, and a few rows that say nothing."""
    rng = np.random.default_rng(seed)
    rows = 9000
    company, title = rng.integers(0, 12, rows), rng.integers(0, 4, rows)
    years = rng.integers(0, 15, rows)
    logs = 11.5 + rng.normal(0, 0.2, 12)[company] + 0.1 * title + 0.03 * years + rng.normal(0, 0.25, rows)
    pay = np.round(np.exp(logs), -3).astype(int).astype(str)
    pay[:3] = ["0", "", "no"]
    frame = {
        "company": np.array([f" Firm {n}" if n % 2 else f"FIRM {n}" for n in company]),
        "title": np.array(["Engineer", "Analyst", "Manager", "Designer"])[title],
        "totalyearlycompensation": pay,
        "location": np.array(["Seattle, WA", "Austin, TX"])[rng.integers(0, 2, rows)],
        "yearsofexperience": years.astype(float),
    }
    (folder / "eval").mkdir()
    pl.DataFrame(frame).write_parquet(folder / "eval" / "salaries_levels.parquet")
    return folder


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    return score(Sets(levels(tmp_path_factory.mktemp("sets")), markets=40))


def named(scored: Scored, measure: str) -> Score:
    return next(each for each in scored.scores if each.measure == measure)


def test_shrunk_medians_of_the_made_up_set_beat_raw_ones(scored: Scored) -> None:
    for size in GOALS:
        one = named(scored, f"levels_n{size}")
        assert one.figure is not None
        assert one.cases > 100
        assert one.figure < 0.8 * float(one.note.removeprefix("raw ").partition(",")[0])
    assert named(scored, "levels_worse_than_raw").figure == 0


def test_sets_that_are_not_there_say_so(scored: Scored) -> None:
    one = named(scored, "aijobs_n3")
    assert one.figure is None
    assert one.reason is not None
    assert "aijobs_salaries" in one.reason


def test_simulated_markets_meet_the_goals_and_intervals_cover(scored: Scored) -> None:
    for size in GOALS:
        one = named(scored, f"simulated_n{size}")
        assert one.met, one
    assert named(scored, "simulated_worse_than_raw").figure == 0
    for size in (3, 5, 10, 20, 50):
        covered = named(scored, f"simulated_coverage_n{size}")
        assert covered.figure is not None
        assert 0.935 - 2 * covered.error <= covered.figure <= 0.975 + 2 * covered.error


def test_what_is_thinned_does_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    path = levels(tmp_path) / "eval" / "salaries_levels.parquet"
    thin_set = next(one for one in SETS if one.name == "levels")
    first = observations_of(thin_set, path)
    pl.read_parquet(path).sample(fraction=1.0, shuffle=True, seed=1).write_parquet(path)
    second = observations_of(thin_set, path)
    assert first.low.tobytes() == second.low.tobytes()
    assert all(first.codes[name].tobytes() == second.codes[name].tobytes() for name in first.codes)


def test_errors_are_those_of_cells_and_not_of_their_draws() -> None:
    """Ten draws of each of forty cells, alike within each: as uncertain as one draw of each."""
    errors = np.random.default_rng(2).random(40)

    def drawn(times: int) -> Draws:
        draws = Draws()
        for _ in range(times):
            draws.take(3, Judged(np.arange(40), 2 * errors, errors, np.ones(40), np.zeros(40)))
        return draws

    once, often = drawn(1).compared(3), drawn(10).compared(3)
    assert once.error == often.error > 0
    assert (once.clusters, often.clusters, often.cases) == (40, 40, 400)
    assert not once.worse
    assert once.shrunk == pytest.approx(once.raw / 2)


def test_shrunk_a_little_above_raw_in_every_cell_is_worse() -> None:
    errors = np.random.default_rng(3).random(60)
    draws = Draws()
    draws.take(3, Judged(np.arange(60), errors, errors * 1.1, np.ones(60), np.zeros(60)))
    assert draws.compared(3).worse


@pytest.mark.parametrize("kind", [Market.CLUSTERED, Market.RANGES, Market.ROUND])
def test_markets_are_what_they_are_called(kind: Market) -> None:
    made = market(kind, 1)
    stated = made.observations
    assert ((stated.high > stated.low).mean() > 0.9) == (kind is Market.RANGES)
    assert (len(np.unique(stated.employer)) < len(stated.low)) == (kind is Market.CLUSTERED)
    assert bool((stated.low % 500_000 == 0).all()) == (kind is Market.ROUND)
