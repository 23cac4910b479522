"""A store in a temporary folder, a data folder beside it, and a source of files between them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from ingestion.connector import Fetcher
from ingestion.landing import land
from ingestion.parsing import ParseReport, parse_partition
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def refused(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nothing may be asked here: {request.url}")


class Bench:
    """Lands and parses sources of files, and reads what came of it."""

    def __init__(self, root: Path) -> None:
        self.store = Store(root / "store")
        self.data = root / "data"
        self.data.mkdir()
        self.fetcher = Fetcher(httpx.Client(transport=httpx.MockTransport(refused)), str(self.data), NOW)

    def spec(self, mapping: Any, path: str = "ads.csv", name: str = "ads", **options: Any) -> SourceSpec:
        return SourceSpec(name=name, connector="files", options={"path": path, "mapping": mapping, **options})

    def run(self, spec: SourceSpec) -> dict[date, ParseReport]:
        source = connector(spec.connector)
        reports = {}
        for day in source.days(spec, self.fetcher, None, None):
            land(self.store, spec, day, source, self.fetcher)
            reports[day] = parse_partition(self.store, spec, day)
        return reports

    def frame(self, frame: str, name: str = "ads") -> pl.DataFrame:
        files = [path for source, _, path in self.store.partitions("canonical", frame) if source == name]
        return pl.concat([pl.read_parquet(path) for path in files])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def write(bench: Bench) -> Callable[[str, str], Path]:
    def written(name: str, text: str) -> Path:
        path = bench.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written
