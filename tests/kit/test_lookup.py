"""The look-up: what goes in comes out, in order, and bad keys do not go in."""

from pathlib import Path

import polars as pl
import pytest

from kit.errors import BadInput
from kit.lookup import Lookup, build_lookup

COLUMNS = ("place", "year", "value")


def built(folder: Path, frame: pl.DataFrame) -> Lookup:
    (folder / "tables").mkdir()
    frame.write_parquet(folder / "tables" / "pay.parquet")
    build_lookup(folder / "lookup.lmdb", folder / "tables", {"pay": ["place", "year"]})
    return Lookup(folder / "lookup.lmdb", {"pay": (["place", "year"], COLUMNS)})


@pytest.fixture
def lookup(tmp_path: Path) -> Lookup:
    rows = [("us/ny", 2024, 1.5), ("us", 2023, float("nan")), ("us", 2024, 2.5), ("us/é", 9, None), ("us", 999, 3.0)]
    return built(tmp_path, pl.DataFrame(rows, schema=list(COLUMNS), orient="row"))


def test_a_row_comes_back_by_its_keys(lookup: Lookup) -> None:
    assert lookup.get("pay", "us/ny", "2024") == {"place": "us/ny", "year": 2024, "value": 1.5}
    assert lookup.get("pay", "us/é", "9") == {"place": "us/é", "year": 9, "value": None}
    assert lookup.get("pay", "us", "2023") == {"place": "us", "year": 2023, "value": None}  # JSON has no NaN


def test_what_is_not_there_is_none(lookup: Lookup) -> None:
    assert lookup.get("pay", "us", "1999") is None
    assert lookup.get("other", "us") is None
    assert "other" not in lookup
    assert list(lookup.scan("other")) == []


def test_rows_with_the_same_first_keys_stand_together_in_byte_order(lookup: Lookup) -> None:
    assert [row["year"] for row in lookup.scan("pay", "us")] == [2023, 2024, 999]
    assert list(lookup.scan_keys("pay")) == [
        ("us", "2023"), ("us", "2024"), ("us", "999"), ("us/ny", "2024"), ("us/é", "9"),
    ]  # fmt: skip


def test_a_scan_goes_on_from_behind_a_key(lookup: Lookup) -> None:
    assert [row["year"] for row in lookup.scan("pay", "us", after=("us", "2023"))] == [2024, 999]
    assert list(lookup.scan("pay", "us", after=("us", "999"))) == []


def test_a_key_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="longer than"):
        built(tmp_path, pl.DataFrame([("x" * 600, 1, 1.0)], schema=list(COLUMNS), orient="row"))


def test_a_key_with_the_separator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="separator"):
        built(tmp_path, pl.DataFrame([("a\0b", 1, 1.0)], schema=list(COLUMNS), orient="row"))
