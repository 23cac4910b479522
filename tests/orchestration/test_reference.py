"""The taxonomies that a sources file names, in what dbt and the API read."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from kit.errors import BadInput
from kit.store import Store
from normalisation import reference
from orchestration.installation import Installation
from orchestration.reference import build_reference
from tests.normalisation.esco_release import BUREAU, write_esco, write_table


def installed(tmp_path: Path, named: dict[str, str]) -> Installation:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [], "reference": named}))
    return Installation(Store(tmp_path / "store"), path, data=tmp_path)


def test_a_configured_esco_is_in_the_stores_taxonomy_and_is_made_once(tmp_path: Path) -> None:
    write_esco(tmp_path / "esco")
    write_table(tmp_path / "isco_soc.csv", BUREAU)
    made = installed(tmp_path, {"esco": "esco", "esco_crosswalk": "isco_soc.csv"})
    version = build_reference(made)
    tables = {path.stem: path.stat().st_mtime_ns for path in made.store.reference.glob("*.parquet")}
    assert "esco-wickery" in pl.read_parquet(made.store.reference / "skills.parquet")["skill_id"].to_list()
    assert reference.load(made.taxonomy).titles.candidates("Glow developer", 1)[0][0] == "15-1252"
    assert build_reference(made) == version
    again = {path.stem: path.stat().st_mtime_ns for path in made.store.reference.glob("*.parquet")}
    assert {name for name in tables if again[name] != tables[name]} <= {"sources"}


def test_a_taxonomy_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file or folder for onet \(.*nowhere\)"):
        build_reference(installed(tmp_path, {"onet": "nowhere"}))
