"""Scores of duplicates: floors on hand-made cases, and what a folder with made-up pairs gives."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from accuracy import duplicate_boards, duplicate_cases, duplicate_streams
from accuracy.pairs import PairScores, pair_scores
from accuracy.sets import Sets
from kit.store import Store

Stores = Callable[[], Store]


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    numbers = iter(range(100))
    return lambda: Store(tmp_path / str(next(numbers)))


def test_pairs_are_counted_by_cluster() -> None:
    members = pl.DataFrame({"found": [1, 1, 1, 2, 3], "true": [7, 7, 8, 8, 9]})
    assert pair_scores(members, "found", "true") == PairScores(together=3, right=1, true=2)


def test_hand_made_cases_are_judged_rightly(stores: Stores) -> None:
    scores = duplicate_cases.hand_made(Sets(), stores)
    assert [score.examples for score in scores] == [()] * 3
    assert all(score.cases >= 10 for score in scores)


def test_a_market_is_recovered(stores: Stores) -> None:
    scores = {score.measure: score for score in duplicate_streams.market(Sets(markets=40), stores)}
    assert scores["market_unique_count_error"].met
    assert (scores["market_precision"].figure or 0) > 0.97
    assert (scores["market_recall"].figure or 0) > 0.97


def listed(folder: Path, rows: dict[str, list[str | None]]) -> Sets:
    path = folder / duplicate_boards.LISTED
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_parquet(path)
    return Sets(folder)


PAIRS: dict[str, list[str | None]] = {
    "ats_id": ["greenhouse:5000001", "greenhouse:5000002", "70000003"],
    "company_a": ["Acme", "Acme", "Globex Inc."],
    "company_b": ["acme", "Acme Ltd", "Globex"],
    "title_a": ["Cook", "Night Porter", "Nurse"],
    "title_b": ["Cook", "Porter (nights)", "Nurse"],
    "location_a": ["Leeds, UK", "Leeds, UK", None],
    "location_b": ["Leeds", "York, UK", None],
    "src_a": ["one"] * 3,
    "src_b": ["two"] * 3,
}


def test_listed_pairs_are_found_by_their_id_and_some_without(stores: Stores, tmp_path: Path) -> None:
    (score,) = duplicate_boards.listed_pairs(listed(tmp_path, PAIRS), stores)
    assert (score.figure, score.cases, score.met) == (1.0, 3, True)
    assert score.note.startswith("1 of them")  # a bare "Leeds" without a country is no known place


def test_another_order_of_names_is_understood_and_missing_columns_are_said(stores: Stores, tmp_path: Path) -> None:
    turned = {
        f"{name[-1]}_{name[:-2]}" if name[-2] == "_" and name != "ats_id" else name: PAIRS[name] for name in PAIRS
    }
    assert duplicate_boards.listed_pairs(listed(tmp_path, turned), stores)[0].figure == 1.0
    (score,) = duplicate_boards.listed_pairs(listed(tmp_path, {"ats_id": ["1"]}), stores)
    assert score.figure is None
    assert "columns" in (score.reason or "")


def test_what_is_not_there_is_not_scored(stores: Stores, tmp_path: Path) -> None:
    (score,) = duplicate_boards.listed_pairs(Sets(tmp_path), stores)
    assert score.figure is None
    assert "no eval/cross_source" in (score.reason or "")
