"""The sample release: built once, left alone, and the same wherever it is built."""

from pathlib import Path

import polars as pl
import pytest

from kit.releases import Release, open_release
from kit.store import Store
from orchestration import sample
from orchestration.sample import build_sample

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other


def tables(release: Release) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in sorted(release.folder.rglob("mart_*.parquet"))}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market of two days, which has the way in it and no figures worth looking at."""
    monkeypatch.setattr(sample, "DAYS", 2)
    monkeypatch.setattr(sample, "POSTINGS", 200)
    monkeypatch.setenv("PAYBAND_ENGINE", "clickhouse")  # the installation's, which the sample has no part in


@pytest.mark.usefixtures("small")
def test_a_sample_is_built_once_and_nothing_but_the_release_stays(tmp_path: Path) -> None:
    store, seen = Store(tmp_path), set()
    name = build_sample(store, 1, lambda label, _done, _total: seen.add(label))
    assert name.startswith("20260101T000000Z-")
    assert {"reference", "synthetic_a", "publish"} <= seen
    release = open_release(store.sample.releases)
    assert release.facts["demo"] is True
    assert [path.name for path in store.sample.root.iterdir() if path.is_dir()] == ["releases"]
    assert not store.releases.exists()
    before = {path: path.stat().st_mtime_ns for path in store.sample.root.rglob("*")}
    assert build_sample(store) == name
    assert {path: path.stat().st_mtime_ns for path in store.sample.root.rglob("*")} == before


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_the_sample_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    here, there = (Store(tmp_path / name) for name in ("here", "there"))
    assert build_sample(here, workers=2) == build_sample(there, workers=1)
    found = [tables(open_release(store.sample.releases)) for store in (here, there)]
    assert found[0].keys() == found[1].keys()
    for name, table in found[0].items():
        assert table.equals(found[1][name]), name
    pay = found[0]["mart_pay_bands"].filter(
        occupation_code="15-1252", place_id="us/ny/new-york", dimension="all", period="trailing"
    )
    assert pay["p50"].drop_nulls().len() == 1
