"""Our medians beside official ones, on made-up tables of the real ones' columns."""

from pathlib import Path

import polars as pl
import pytest

from accuracy.oews import OEWS, SOURCES, compare, score, survey
from accuracy.sets import Sets


def official(folder: Path) -> Path:
    path = folder / OEWS
    path.parent.mkdir(parents=True)
    rows = [
        ("00-0000", 2022, "40000"),
        ("15-1252", 2022, "120,000"),
        ("29-1141", 2022, "*"),
        ("15-1252", 2019, "100000"),
    ]
    pl.DataFrame(rows, schema=["occ_code", "year", "a_median"], orient="row").write_parquet(path)
    return path


def test_the_survey_of_the_nearest_year_is_taken_and_its_marks_are_no_figures(tmp_path: Path) -> None:
    found = survey(official(tmp_path), 2023)
    assert dict(found.select("occupation_code", "official").iter_rows()) == {"00-0000": 40_000.0, "15-1252": 120_000.0}
    assert set(found["whole"]) == {40_000.0}


def test_the_difference_is_ours_against_theirs(tmp_path: Path) -> None:
    ours = pl.DataFrame({"occupation_code": ["15-1252", "99-9999"], "median": [150_000.0, 1.0]})
    paired = compare(ours, survey(official(tmp_path), 2023))
    assert paired["difference"].to_list() == [pytest.approx(0.25)]


def test_what_is_not_there_is_not_scored() -> None:
    scores = score(Sets(None)).scores
    assert len(scores) == 2 * len(SOURCES) + 3
    assert all(one.figure is None and one.reason for one in scores)


def test_real_sets_stand_in_the_official_order(shared_data: Path) -> None:
    found = {one.measure: one for one in score(Sets(shared_data)).scores}
    assert found["h2b_rank_correlation"].figure >= 0.5  # type: ignore[operator]
    assert found["h2b_difference"].figure <= 0.35  # type: ignore[operator]
