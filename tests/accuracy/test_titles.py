"""The scoring of titles: what counts as right, as calibrated, as a label's own fault; floors on labelled sets."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from accuracy import titles
from accuracy.floors import judge as against_floors
from accuracy.floors import read_floors
from accuracy.scores import Scored
from accuracy.sets import Sets
from accuracy.title_labels import Labelled, Outcome, announcements, filings, judge, later_filings
from normalisation.full_taxonomies import title_coder
from normalisation.titles import TitleCoder


@pytest.fixture(scope="module")
def coder() -> TitleCoder:
    return title_coder({})


def filed(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"JOB_TITLE": pl.String, "soc": pl.String, "YEAR": pl.Int64}, orient="row")


def test_labels_that_the_older_codes_could_not_give_are_overruled() -> None:
    cases, overruled = filings(
        filed(("Nurse", "29-1141", 2017), ("NURSE", "29-1141", 2017), ("Data Scientist", "15-1111", 2017))
    )
    assert cases == [Labelled("NURSE", ("29-1141",)), Labelled("Nurse", ("29-1141",))]
    assert overruled == 1
    assert filings(filed(("Nurse", "99-9999", 2017), ("Nurse", "none", 2017)))[1] == 2


def test_years_that_taught_are_not_asked() -> None:
    frame = filed(("Nurse", "29-1141", 2015), ("Nurse", "29-1141", 2016), ("Nurse", "29-1141", 2018))
    assert later_filings(frame)["YEAR"].to_list() == [2018]


def test_a_label_is_asked_at_its_own_level_and_wider(coder: TitleCoder) -> None:
    cases = [Labelled("Registered nurse", ("29-1141",), 3), Labelled("Registered nurse", ("29-0000",))]
    levels, answered, wrong = judge(coder, [*cases, Labelled("Registered nurse", ("53-3032",))])
    assert [(each.hits, each.number) for each in levels.values()] == [(3, 4), (3, 4), (3, 4), (4, 5)]
    assert answered.number == 4
    assert len(wrong) == 1
    assert "53-3032" in wrong[0]


def test_a_federal_series_without_an_occupation_is_not_asked() -> None:
    frame = pl.DataFrame({"position_title": ["Nurse", "Thing", None], "opm_series": ["0610", "9999", "0610"]})
    assert announcements(frame) == [Labelled("Nurse", ("29-1141",))]


def test_the_calibration_error_is_the_gap_between_stated_and_observed() -> None:
    stated, right = np.array([0.95, 0.95, 0.55, 0.55]), np.array([1.0, 1.0, 1.0, 0.0])
    outcome = Outcome(stated, right, np.ones(4))
    assert outcome.calibration_error() == pytest.approx(0.05)
    assert outcome.reliability() == (pytest.approx([0.55, 0.95]), pytest.approx([0.5, 1.0]))
    assert Outcome(np.zeros(0), np.zeros(0), np.zeros(0)).calibration_error() == 0


def test_absent_sets_are_not_scored(tmp_path: Path) -> None:
    scores = titles.score(Sets(tmp_path, tmp_path)).scores
    assert {each.figure for each in scores} == {None}
    assert all("not scored" in (each.reason or "") for each in scores)


def test_a_folder_with_a_few_other_rows_is_scored(tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()
    filed(("Registered Nurse", "29-1141", 2017)).write_parquet(tmp_path / titles.FILINGS)
    pl.DataFrame({"title": ["Chief Executive Officer"], "level": ["C-Suite"]}).write_parquet(tmp_path / titles.RANKS)
    scores = {each.measure: each for each in titles.score(Sets(tmp_path)).scores}
    assert scores["filed_detailed"].figure == 1
    assert scores["filed_answered_detailed_right"].cases == 1
    assert scores["seniority"].figure == 1
    assert scores["zero_shot_detailed"].figure is None
    filed(("Registered Nurse", "29-1141", 2016)).write_parquet(tmp_path / titles.FILINGS)
    assert "learned from" in (titles.score(Sets(tmp_path)).scores[0].reason or "")


def test_nothing_falls_below_its_floor(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the coder that is trained anew, which takes half a minute."""
    monkeypatch.setattr(titles, "_zero_shot", lambda *_: [])
    scored = titles.score(Sets(shared_data, shared_data / "reference"))
    verdicts = against_floors({"titles": Scored(scored.scores)}, read_floors())
    assert [str(each) for each in verdicts if each.kept is False] == []
    assert {"filed_detailed", "unseen_detailed", "seniority"} <= {each.score.measure for each in verdicts}
