"""The scoring of skills: what counts as right, as invented and as a label's own fault."""

import gzip
import json
from pathlib import Path

import pytest

from accuracy.sets import Sets
from accuracy.skill_labels import judge_postings
from accuracy.skill_spans import SpanTally, labelled_spans
from accuracy.skills import POSTINGS, score
from normalisation.skill_spans.decoding import overlapping


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


@pytest.mark.parametrize(
    ("some", "others", "pairs"),
    [
        ([(0, 2)], [(1, 3)], 1),
        ([(0, 2)], [(2, 3)], 0),
        ([(0, 9)], [(0, 2), (3, 5)], 1),  # one to one
        ([(0, 2), (3, 6)], [(1, 4), (5, 7)], 2),
        ([], [(0, 1)], 0),
    ],
)
def test_overlaps_are_paired_one_to_one(some: list, others: list, pairs: int) -> None:
    assert overlapping(some, others) == overlapping(others, some) == pairs


def test_tags_become_spans() -> None:
    assert labelled_spans(["B", "I", "B", "O", "I"]) == [(0, 2), (2, 3), (4, 5)]


def test_f1_and_its_error_come_from_documents() -> None:
    tally = SpanTally()
    tally.take("a", matched=2, found=2, labelled=4)
    tally.take("b", matched=0, found=2, labelled=0)
    assert (tally.f1, tally.precision, tally.recall) == (0.5, 0.5, 0.5)
    assert tally.error == pytest.approx(2**0.5 / 8)


def test_reached_figures_are_kept(shared_data: Path) -> None:
    """Floors: what was reached, less two standard errors."""
    figures = {each.measure: each.figure or 0 for each in score(Sets(shared_data)).scores}
    assert figures["precision"] >= 0.93
    assert figures["recall"] >= 0.89
    assert figures["spans_strict_dev"] >= 0.54
    assert figures["spans_overlap_dev"] >= 0.67
