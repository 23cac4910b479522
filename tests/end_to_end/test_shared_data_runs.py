"""Real data sets read at once, in parts, and beside sources that may move no figure: the same release."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from tests.end_to_end.shared_runs import SOURCES, release_of, run

pytestmark = [
    pytest.mark.deep,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),  # Dagster, dbt and Great Expectations warn about each other
]

THREE = ("adzuna_uk_2016", "ats_tech_jobs_2026", "tech_companies_2026")


def some_sources(path: Path, names: tuple[str, ...], *more: dict[str, Any]) -> Path:
    listed = {one["name"]: one for one in yaml.safe_load(SOURCES.read_text())["sources"]}
    path.write_text(yaml.safe_dump({"sources": [*(listed[name] for name in names), *more]}))
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A store with three of the sets, filled at once."""
    folder = tmp_path_factory.mktemp("three_sets")
    run(folder / "store", some_sources(folder / "three.yaml", THREE), shared_data)
    return folder / "store"


def test_parts_by_date_give_the_same_release_as_at_once(three: Path, tmp_path: Path, shared_data: Path) -> None:
    sources = some_sources(tmp_path / "three.yaml", THREE)
    middle, late = date(2016, 7, 1), date(2026, 7, 20)
    for first, last in ((late, None), (None, middle), (middle + timedelta(1), late - timedelta(1))):
        run(tmp_path / "store", sources, shared_data, first, last)
    assert release_of(tmp_path / "store").sealed.content == release_of(three).sealed.content


def test_a_source_without_the_right_moves_no_figure(three: Path, tmp_path: Path, shared_data: Path) -> None:
    """Not even when it carries the very ads of another source with a hundred times their pay."""
    poison = pl.read_parquet(shared_data / "postings" / "ats_tech_jobs_2026.parquet").with_columns(
        (pl.col(f"salary_{end}_{of}").cast(pl.Float64) * 100).cast(pl.String)
        for end in ("min", "max")
        for of in ("orig", "usd")
    )
    poison.write_parquet(tmp_path / "poison.parquet")
    forbidden = {"aggregates": False, "display": False, "export": False}
    glassdoor = yaml.safe_load(SOURCES.read_text())["sources"]
    glassdoor = next(one for one in glassdoor if one["name"] == "glassdoor_ds_us_2020") | {"rights": forbidden}
    poisoned = {
        "name": "a_poison",
        "connector": "files",
        "rights": forbidden,
        "options": {"path": str(tmp_path / "poison.parquet"), "mapping": "ats_tech_jobs_2026"},
    }
    run(tmp_path / "store", some_sources(tmp_path / "more.yaml", THREE, glassdoor, poisoned), shared_data)
    with_them, without = release_of(tmp_path / "store"), release_of(three)
    names = set(without.sealed.tables)
    assert set(with_them.sealed.tables) == names
    for name in sorted(names - {"mart_sources"}):
        ours, before = pl.read_parquet(with_them.table(name)), pl.read_parquet(without.table(name))
        assert ours.equals(before, null_equal=True), name
    told = pl.read_parquet(with_them.table("mart_sources")).filter(pl.col("source").is_in(THREE))
    assert told.equals(pl.read_parquet(without.table("mart_sources")), null_equal=True)
