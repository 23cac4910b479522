from datetime import date
from pathlib import Path

import polars as pl

from ingestion.schema import COUNTS
from kit.frames import write_frame
from kit.store import Store
from orchestration.day_table import day_table


def test_newest_days_over_all_sources_with_bars(tmp_path: Path) -> None:
    store = Store(tmp_path)
    told = [("a", date(2026, 1, 1), 30, 1), ("b", date(2026, 1, 1), 18, 0), ("a", date(2026, 1, 2), 1_000, 7)]
    for source, day, kept, rejected in told:
        rows = pl.DataFrame([{"canonical": kept, "rejected": rejected}], schema=dict(COUNTS), strict=False)
        write_frame(rows, store.partition("canonical", "counts", source, day))
    assert day_table(store).splitlines()[2:] == [
        f"| 2026-01-02 | 1,000 | 7 | {'█' * 24} |",
        "| 2026-01-01 | 48 | 1 | █ |",
    ]


def test_a_store_without_days_has_a_table_without_rows(tmp_path: Path) -> None:
    assert len(day_table(Store(tmp_path)).splitlines()) == 2
