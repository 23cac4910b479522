"""Floors on the labelled sets: what was last reached, less its sampling error."""

from pathlib import Path

import polars as pl

from accuracy import pay_labels


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
