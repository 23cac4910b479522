"""Floors on the labelled sets: what was last reached, less its sampling error."""

from pathlib import Path

import polars as pl
import pytest

from accuracy import pay_labels
from normalisation.full_taxonomies import ONET, title_coder
from tests.normalisation import scoring_titles


def test_salary_cases(shared_data: Path) -> None:
    positives, negatives = pay_labels.judge_cases(shared_data / "eval" / "salary_cases.jsonl")
    assert negatives.share == 1, negatives.wrong
    assert positives.share >= 0.98, positives.wrong
    assert len(positives.overruled) <= 1


def test_nhs_pay_texts(shared_data: Path) -> None:
    score = pay_labels.judge_nhs(pl.read_parquet(shared_data / "eval" / "nhs_salary_text_to_min_max.parquet"))
    assert score.share >= 0.99, score.wrong
    assert len(score.overruled) <= 0.02 * (score.asked + len(score.overruled)), score.overruled


def test_british_board_pay_texts(shared_data: Path) -> None:
    score = pay_labels.judge_adzuna(
        pl.read_parquet(shared_data / "eval" / "adzuna2013_salary_raw_to_normalized.parquet")
    )
    assert score.share >= 0.994, score.wrong
    assert len(score.overruled) <= 15, score.overruled


def test_seniority(shared_data: Path) -> None:
    assert scoring_titles.score_seniority(pl.read_parquet(shared_data / "eval" / "seniority_rootstrap.parquet")) >= 0.94


@pytest.mark.parametrize(("full", "floors"), [(False, (0.42, 0.69, 0.74)), (True, (0.42, 0.70, 0.74))])
def test_filed_titles(shared_data: Path, full: bool, floors: tuple[float, float, float]) -> None:
    coder = title_coder({ONET: shared_data / "reference"} if full else {})
    scores = scoring_titles.score_titles(pl.read_parquet(shared_data / "eval" / "titles_h1b_soc2010.parquet"), coder)
    reached = tuple(scores[level].accuracy for level in ("detailed", "minor", "major"))
    assert all(got >= floor for got, floor in zip(reached, floors, strict=True)), reached
    # Filers' own labels agree with one another on 73 % at six digits: no honest probability is far from that here.
    assert scores["major"].calibration_error <= 0.14
