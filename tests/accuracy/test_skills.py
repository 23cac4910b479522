"""The scoring of skills: what counts as right, as invented and as a label's own fault."""

import gzip
import json
from pathlib import Path

import pytest

from accuracy.sets import Sets
from accuracy.skill_labels import judge_postings
from accuracy.skills import POSTINGS, score


def _labelled(folder: Path, *postings: tuple[str, list[str]]) -> Path:
    path = folder / POSTINGS
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number, (text, expected) in enumerate(postings):
            lines.write(json.dumps({"id": number, "title": "Engineer", "text": text, "expected": expected}) + "\n")
    return path


def test_only_skills_that_labels_know_are_judged(tmp_path: Path) -> None:
    tally = judge_postings(_labelled(tmp_path, ("Python and Kafka", ["Python"]), ("Kafka", [])))
    assert (tally.right, tally.found, tally.labelled) == (1, 1, 1)


def test_a_label_without_a_listed_skill_is_missed(tmp_path: Path) -> None:
    tally = judge_postings(_labelled(tmp_path, ("Python, Zorblax", ["Python", "Zorblax"])))
    assert tally.missed == ["posting 0: unlisted: zorblax"]
    assert (tally.right, tally.labelled) == (1, 2)


@pytest.mark.parametrize(
    ("text", "outright"),
    [
        ("- Familiarity with LLMs and NLP", True),
        ("- Familiarity with LLMOps", False),  # another word
        ("Our LLM answers anything. Experience counts.", False),  # nobody asks for it
        ("- Experience\nLLM", False),  # another line
        ("Experience counts. Our LLM answers", False),  # another sentence
    ],
)
def test_labels_are_overruled_by_what_a_sentence_asks_for(tmp_path: Path, text: str, outright: bool) -> None:
    tally = judge_postings(_labelled(tmp_path, ("LLM", ["LLM"]), (text + "\nLLM", [])))
    assert bool(tally.overruled) == outright
    assert bool(tally.invented) != outright


def test_absent_sets_are_not_scored(tmp_path: Path) -> None:
    scores = score(Sets(tmp_path)).scores
    assert {each.figure for each in scores} == {None}
    assert all("not scored" in (each.reason or "") for each in scores)


def test_postings_keep_what_was_reached(shared_data: Path) -> None:
    """Floors: what was reached (0.977, 0.955), less two standard errors."""
    figures = {each.measure: each.figure for each in score(Sets(shared_data)).scores}
    assert (figures["precision"] or 0) >= 0.93
    assert (figures["recall"] or 0) >= 0.89
