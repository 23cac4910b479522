"""Which rows differ between two releases."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from kit.clock import fixed_clock
from kit.releases import Release, differences, publish
from kit.releases.explained import causes_of, write_explained

ROWS = {
    "place": ["us", "gb", "de"],
    "p50": [10.0, 20.0, None],
    "n": [3, 4, 5],
    "reason": [None, None, "no_data"],
    "window_to": ["2026-01-01"] * 3,
}


def released(root: Path, day: int, **tables: pl.DataFrame) -> Release:
    release = publish(
        root, tables, keys={name: ["place"] for name in tables}, clock=fixed_clock(datetime(2026, 1, day, tzinfo=UTC))
    )
    assert release is not None
    return release


def test_rows_are_added_removed_and_changed_by_their_figures(tmp_path: Path) -> None:
    old = pl.DataFrame(ROWS)
    new = pl.DataFrame(
        {
            "place": ["us", "de", "fr"],
            "p50": [11.0, None, 1.0],
            "n": [3, 5, 1],
            "reason": [None, "suppressed", None],
            "window_to": ["2026-01-02"] * 3,
        }
    )
    found = differences(released(tmp_path, 1, mart=old), released(tmp_path, 2, mart=new))["mart"]
    assert found.rows.rows() == [
        ("de", "changed", ["reason"]),
        ("fr", "added", []),
        ("gb", "removed", []),
        ("us", "changed", ["p50"]),
    ]
    assert (found.compared, found.counts) == (4, {"added": 1, "removed": 1, "changed": 2})


def test_a_window_that_moves_on_is_no_revision(tmp_path: Path) -> None:
    old, new = pl.DataFrame(ROWS), pl.DataFrame(ROWS | {"window_to": ["2026-01-02"] * 3})
    assert differences(released(tmp_path, 1, mart=old), released(tmp_path, 2, mart=new))["mart"].rows.is_empty()


def test_tables_and_columns_that_come_and_go(tmp_path: Path) -> None:
    old = pl.DataFrame(ROWS)
    found = differences(
        released(tmp_path, 1, gone=old, mart=old),
        released(tmp_path, 2, come=old, mart=old.with_columns(p90=pl.lit(1.0))),
    )
    assert {name: one.counts for name, one in found.items()} == {
        "come": {"added": 3, "removed": 0, "changed": 0},
        "gone": {"added": 0, "removed": 3, "changed": 0},
        "mart": {"added": 0, "removed": 0, "changed": 0},
    }


@pytest.mark.parametrize(("place", "causes"), [("us", ["method", "new_data"]), ("gb", [])])
def test_causes_are_kept_beside_the_releases(tmp_path: Path, place: str, causes: list[str]) -> None:
    rows = pl.DataFrame({"place": ["us"], "causes": [["method", "new_data"]]})
    write_explained(tmp_path, "a", "b", [("mart", ["place"], rows)])
    assert causes_of(tmp_path, "a", "b", "mart", [place]) == causes
    assert causes_of(tmp_path, "a", "c", "mart", [place]) is None
