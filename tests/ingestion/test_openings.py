"""Openings: what is joined and what is not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.openings import cluster
from kit.store import Store
from tests.ingestion.advertised import DAY, clusters, edited, posting, prose, write


def joined(tmp_path: Path, *postings: dict[str, Any]) -> int:
    """How many openings these postings are."""
    store = Store(tmp_path)
    write(store, postings)
    return len(set(clusters(store).values()))


def test_same_advertisement_on_two_boards_is_one_opening(tmp_path: Path) -> None:
    text = prose("one")
    assert joined(tmp_path, posting("1", text=text), posting("2", source="board_b", text=edited(text, 1))) == 1


def test_opening_is_named_after_its_smallest_posting(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, [posting("1", text=prose("x")), posting("2", source="board_b", text=prose("x"))])
    found = clusters(store)
    assert set(found.values()) == {min(found)}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"places": ["us/ma/boston"]}, id="another city"),
        pytest.param({"employer_key": "globex"}, id="another employer"),
        pytest.param({"title_key": "senior data engineer"}, id="another rank"),
        pytest.param({"pay_annual_min": 150_000.0, "pay_annual_max": 170_000.0}, id="pay far apart"),
        pytest.param({"requisition_id": "R-2"}, id="another requisition, open at the same time"),
        pytest.param({"ats_id": "greenhouse:2"}, id="another number in the same system, open at the same time"),
        pytest.param({"text": prose("something else")}, id="another text"),
        pytest.param({"captured_on": DAY + timedelta(90)}, id="after the repost window"),
    ],
)
def test_different_openings_stay_apart(tmp_path: Path, other: dict[str, Any]) -> None:
    one = {"text": prose("one"), "requisition_id": "R-1", "pay_annual_min": 90_000.0, "pay_annual_max": 110_000.0}
    if "ats_id" in other:
        one |= {"ats_id": "greenhouse:1"}
    assert joined(tmp_path / "equal", posting("1", **one), posting("2", source="board_b", **one)) == 1
    assert joined(tmp_path / "apart", posting("1", **one), posting("2", **(one | other))) == 2


def test_id_in_the_employers_system_joins_what_says_too_little(tmp_path: Path) -> None:
    first = posting("1", ats_id="lever:77", employer_key="acme", title_key="chef")
    second = posting("2", ats_id="lever:77", source="board_b", employer_key=None, title_key="cook", places=[])
    assert joined(tmp_path, first, second) == 1


def numbered(name: str, number: str | None, **fields: Any) -> dict[str, Any]:
    return posting(name, text=prose("one"), requisition_id=number, **fields)


@pytest.mark.parametrize("later", [0, 30])
def test_two_requisitions_of_an_employer_are_two_openings_on_any_board(tmp_path: Path, later: int) -> None:
    day = DAY + timedelta(later)
    own = numbered("1", "R0012345"), numbered("2", "R0012346", source="board_b", captured_on=day)
    assert joined(tmp_path / "own", *own) == 2
    bare = numbered("1", "12345"), numbered("2", "12346", source="board_b", captured_on=day)
    assert joined(tmp_path / "bare", *bare) == 1  # either board may have numbered its ads itself
    elsewhere = numbered("1", "R0012345"), numbered("2", "JR12345", source="board_b", captured_on=day)
    assert joined(tmp_path / "two numberings", *elsewhere) == 1


def test_an_ad_without_a_number_does_not_join_two_requisitions(tmp_path: Path) -> None:
    rows = numbered("1", "R0012345"), numbered("2", "R0012346"), numbered("3", None, source="board_b")
    assert joined(tmp_path / "three", *rows) == 2
    copies = [numbered(f"copy {n}", number, source="board_c") for n, number in enumerate(("R0012345", None, None))]
    assert joined(tmp_path / "copies", *rows, *copies) == 2


def test_an_ad_without_a_number_is_of_the_requisition_advertised_when_it_was(tmp_path: Path) -> None:
    store, day = Store(tmp_path), DAY + timedelta(30)
    rows = [numbered("1", "R0012345"), numbered("2", "R0012346", captured_on=day)]
    write(store, [*rows, copy := numbered("3", None, source="board_b", captured_on=day)])
    found = clusters(store)
    assert found[copy["posting_id"]] == found[rows[1]["posting_id"]] != found[rows[0]["posting_id"]]


def test_an_ad_put_up_again_under_a_new_number_of_its_system_is_the_same_opening(tmp_path: Path) -> None:
    text = prose("one")
    first, second = (posting(str(n), text=text, ats_id=f"greenhouse:{n}") for n in (1, 2))
    again = second | {"captured_on": DAY + timedelta(20)}
    assert joined(tmp_path / "again", first, again) == 1
    assert joined(tmp_path / "at once", first, second, posting("3", source="board_b", text=text)) == 2


def test_repost_within_the_window_is_the_same_opening(tmp_path: Path) -> None:
    text = prose("one")
    again = posting("2", text=text, captured_on=DAY + timedelta(40))
    assert joined(tmp_path, posting("1", text=text), again) == 1


def test_days_on_which_an_ad_was_seen_close_the_gap(tmp_path: Path) -> None:
    text = prose("one")
    seen = [posting("1", text=text, captured_on=DAY + timedelta(day)) for day in (0, 50)]
    assert joined(tmp_path, *seen, posting("2", text=text, captured_on=DAY + timedelta(100))) == 1


def test_posting_without_a_city_joins_the_one_it_can_mean(tmp_path: Path) -> None:
    text = prose("one")
    vague = posting("2", source="board_b", text=text, places=["us"])
    assert joined(tmp_path, posting("1", text=text), vague) == 1


def test_posting_without_a_city_merges_no_cities(tmp_path: Path) -> None:
    text = prose("one")
    vague = posting("3", source="board_b", text=text, places=["us"])
    assert joined(tmp_path, posting("1", text=text), posting("2", text=text, places=["us/ma/boston"]), vague) == 3


def test_without_texts_only_single_ads_with_the_same_pay_or_open_at_once_are_joined(tmp_path: Path) -> None:
    pay = {"pay_annual_min": 50_000.0, "pay_annual_max": 60_000.0}
    later = {"source": "board_b", "captured_on": DAY + timedelta(5)}
    one, two = posting("1", **pay), posting("2", **pay, **later)
    assert joined(tmp_path / "same pay", one, two) == 1
    assert joined(tmp_path / "several", one, posting("3", **pay), two) == 3
    assert joined(tmp_path / "one after the other", posting("1"), posting("2", **later)) == 2
    assert joined(tmp_path / "at once", posting("1"), posting("2", source="board_b")) == 1
    assert joined(tmp_path / "same board", posting("1"), posting("2")) == 2


def test_empty_store_has_no_openings(tmp_path: Path) -> None:
    report = cluster(Store(tmp_path))
    assert (report.postings, report.openings) == (0, 0)
    assert pl.read_parquet(tmp_path / "openings" / "members.parquet").schema == {
        "posting_id": pl.Int64,
        "opening_id": pl.Int64,
    }
