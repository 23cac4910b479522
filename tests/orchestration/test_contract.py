import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.schema import FRAMES
from kit.frames import write_frame
from orchestration.contract import breaches

pytestmark = pytest.mark.filterwarnings("ignore")  # Great Expectations' own dependencies warn at import


def posting(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "source": "board",
        "captured_on": dt.date(2026, 1, 1),
        "record_hash": number,
        "page_id": "page",
        "record_index": number,
        "posting_id": number,
        "source_posting_id": str(number),
        "title": "Nurse",
        "pay_min": 30_000.0,
        "pay_period": "year",
        "pay_currency": "GBP",
    }
    return row | changes


def written(folder: Path, frame: str, rows: list[dict[str, Any]]) -> list[Path]:
    path = folder / f"{frame}.parquet"
    write_frame(pl.DataFrame(rows, schema=FRAMES[frame]), path)
    return [path]


def test_good_rows_break_nothing(tmp_path: Path) -> None:
    assert breaches("postings", written(tmp_path, "postings", [posting(1), posting(2)])) == []


def test_a_frame_without_rows_breaks_nothing(tmp_path: Path) -> None:
    for frame in FRAMES:
        assert breaches(frame, written(tmp_path, frame, [])) == []


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"title": None}, "title"),
        ({"pay_min": -1.0}, "pay_min"),
        ({"pay_period": "decade"}, "pay_period"),
        ({"pay_currency": "pounds"}, "pay_currency"),
        ({"captured_on": dt.date(1900, 1, 1)}, "captured_year"),
        ({"posting_id": 1}, "row_key"),
    ],
)
def test_each_fault_is_named_with_its_count(tmp_path: Path, changes: dict[str, Any], column: str) -> None:
    rows = [posting(1), posting(2, **changes), posting(3)]
    found = breaches("postings", written(tmp_path, "postings", rows))
    assert [breach.column for breach in found] == [column]
    assert found[0].rows == 3
    assert 1 <= found[0].unexpected <= 2


def test_a_missing_column_is_a_breach_and_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "fx.parquet"
    write_frame(pl.DataFrame({"captured_on": [dt.date(2026, 1, 1)], "rate": [1.0]}), path)
    assert "rate_on" in {breach.column for breach in breaches("fx_rates", [path])}
