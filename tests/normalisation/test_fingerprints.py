"""Sketches: stable, exact for short texts, and near-equal for near-equal texts."""

import polars as pl
import pytest

from ingestion.openings.scoring import overlap, sketch_rows
from normalisation.fingerprints import SHINGLE_WORDS, SKETCH_SIZE, STRETCH_BYTES, sketches
from normalisation.folding import fold, fold_texts

TEXT = "The night porter keeps the front door, greets late guests and hands out their keys until the day team arrives."


def sketched(*texts: str | None) -> pl.DataFrame:
    return sketches(fold_texts(pl.Series(texts, dtype=pl.String)))


def numbers(count: int, start: int = 0) -> str:
    return " ".join(f"word{number}" for number in range(start, start + count))


def test_hashes_are_the_same_for_ever() -> None:
    """Sketches lie in stores: were their hashes to change, no old posting would equal a new one."""
    found = sketched("one two three four five", "naïve café owners wanted in Łódź")["sketch"].to_list()
    assert found == [[3536206894], [112394100, 2082608695]]


def test_shingles_are_counted_as_a_plain_loop_counts_them() -> None:
    texts = [TEXT, numbers(200), "a b c d e a b c d e a b c d e f", "x", "", numbers(4), numbers(5)]
    expected = []
    for text in texts:
        words = fold(f" {text} ".encode()).split()
        count = len(words) - SHINGLE_WORDS + 1
        distinct = {tuple(words[i : i + SHINGLE_WORDS]) for i in range(max(count, 0))}
        expected.append(min(len(distinct), SKETCH_SIZE))
    assert sketched(*texts)["n_shingles"].to_list() == expected


def test_case_and_punctuation_do_not_count() -> None:
    one, other = sketched(TEXT, TEXT.upper().replace(",", " –"))["sketch"]
    assert one.to_list() == other.to_list()


def test_sketch_is_the_smallest_hashes_in_order() -> None:
    values = sketched(numbers(500))["sketch"][0].to_list()
    assert len(values) == SKETCH_SIZE
    assert values == sorted(set(values))
    assert sketched(numbers(400), numbers(500))["sketch"].list.len().to_list() == [SKETCH_SIZE] * 2


def test_a_text_that_repeats_itself_has_a_whole_sketch() -> None:
    once, often = numbers(60), " ".join([numbers(60)] * 30)
    alone, among = sketched(once)["sketch"][0].to_list(), sketched(numbers(500), often)["sketch"][1].to_list()
    seams = sketched(f"{once} {once}")["sketch"][0].to_list()  # where the repeats meet there are shingles too
    assert among == seams
    assert len(set(alone) & set(among)) > SKETCH_SIZE * 0.8


def test_neighbours_in_a_batch_do_not_matter() -> None:
    alone = sketched(TEXT)["sketch"][0].to_list()
    many = sketched(*[numbers(3000, start) for start in range(0, 200, 10)], TEXT, None, "", TEXT)
    assert sum(len(numbers(3000, start)) for start in range(0, 200, 10)) > STRETCH_BYTES / 4
    assert [many["sketch"][row].to_list() for row in (20, 23)] == [alone, alone]
    assert many["n_shingles"].to_list()[21:23] == [0, 0]


def test_long_words_that_differ_late_differ() -> None:
    link = "https://example.com/" + "x" * 30
    one, other = sketched(f"apply now at {link} today friends", f"apply now at {link}y today friends")["sketch"]
    assert one.to_list() != other.to_list()


@pytest.mark.parametrize(("shared", "own"), [(300, 0), (300, 60), (200, 200), (0, 300)])
def test_overlap_estimates_jaccard_and_containment(shared: int, own: int) -> None:
    common = numbers(shared)
    one, other = f"{common} {numbers(own, 10_000)}", f"{common} {numbers(own, 20_000)}"
    rows = sketch_rows(sketched(one, other)["sketch"])
    containment, jaccard = overlap(rows[:1], rows[1:])
    assert containment[0] == pytest.approx(shared / (shared + own), abs=0.2)
    assert jaccard[0] == pytest.approx(shared / (shared + 2 * own), abs=0.2)


def test_part_of_a_text_is_contained_in_it() -> None:
    rows = sketch_rows(sketched(numbers(80), numbers(600))["sketch"])
    containment, jaccard = overlap(rows[:1], rows[1:])
    assert containment[0] == 1.0
    assert jaccard[0] < 0.4
