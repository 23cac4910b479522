"""What holds for the project as a whole: conventions, unit tests, documentation, what runs when nothing is there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from cli.main import payband
from estimation.pay.lattice import EXPERIENCE_BANDS
from estimation.schema import PAY_CELLS, PAY_OBSERVATIONS, PERCENTILES
from kit.errors import BadInput, Permanent
from kit.store import Store
from normalisation.schema import EMPLOYER, OCCUPATION, PAY, PLACE
from orchestration.dbt_runner import PROJECT, manifest, run_dbt
from tests.dbt.conftest import build, everything, read


@pytest.fixture(scope="module")
def empty(empty_store: Callable[[], Store]) -> Store:
    """A store with nothing in it, built: models, data tests and unit tests."""
    store = empty_store()
    build(store, flags=())
    return store


@pytest.fixture(scope="module")
def models(empty: Store) -> dict[str, Any]:
    nodes = manifest(empty).nodes.values()
    return {node.name: node for node in nodes if node.resource_type == "model"}


def test_everything_builds_from_nothing(empty: Store) -> None:
    tables = everything(empty)
    assert {name for name, rows in tables.items() if rows} == {"core.dim_dates"}


def test_every_model_is_described_by_its_grain(models: dict[str, Any]) -> None:
    said = re.compile(r"One row per [^.]+\.$")
    assert [name for name, node in models.items() if not said.search(node.description.strip())] == []


def test_only_staging_reads_sources_and_marts_keep_contracts(models: dict[str, Any]) -> None:
    for name, node in models.items():
        reads_source = any(parent.startswith("source.") for parent in node.depends_on.nodes)
        assert reads_source == name.startswith("stg_"), name
        assert node.contract.enforced == name.startswith("mart_"), name


def test_every_mart_states_its_grain_and_tests_it(models: dict[str, Any], empty: Store) -> None:
    nodes = manifest(empty).nodes.values()
    tested = {
        node.attached_node: node.test_metadata.kwargs["columns"]
        for node in nodes
        if node.resource_type == "test" and getattr(node.test_metadata, "name", "") == "unique_key"
    }
    for name, node in models.items():
        if name.startswith("mart_"):
            assert tested[node.unique_id] == node.config.meta["grain"], name


def test_core_gives_what_estimation_reads_and_staging_reads_what_it_gives(empty: Store) -> None:
    columns = read(empty, "select column_name from duckdb_columns() where table_name = 'fct_pay_observations'")
    assert set(PAY_OBSERVATIONS) <= {row["column_name"] for row in columns}
    cells = read(empty, "select column_name from duckdb_columns() where table_name = 'stg_estimates__pay_cells'")
    assert [row["column_name"] for row in cells] == list(PAY_CELLS)


def test_staging_passes_on_what_normalisation_says_of_postings_and_salaries_alike() -> None:
    named = set(re.findall(r"'(\w+)'", (PROJECT / "macros" / "normalised.sql").read_text()))
    assert named == {*OCCUPATION, *PLACE, *EMPLOYER, *PAY, "employment_type", "remote_mode"}


def test_macros_know_the_bands_and_percentiles_of_estimation() -> None:
    bands = (PROJECT / "macros" / "experience.sql").read_text()
    for name, low, high in EXPERIENCE_BANDS:
        assert f"('{name}', {low}, {high or repr('null')})" in bands
    assert str(list(PERCENTILES)) in (PROJECT / "macros" / "figures.sql").read_text()


def test_documentation_of_a_built_store_is_one_page_with_every_model(empty: Store, models: dict[str, Any]) -> None:
    done = CliRunner().invoke(payband, ["docs", "--store", str(empty.root), "--json"])
    assert done.exit_code == 0, done.output
    page = Path(orjson.loads(done.stdout)["page"]).read_text()
    catalog = orjson.loads((empty.root / "warehouse" / "dbt" / "catalog.json").read_bytes())
    assert catalog["errors"] is None
    built = {node["metadata"]["name"] for key, node in catalog["nodes"].items() if key.startswith("model.")}
    assert built == set(models)
    assert [name for name, node in models.items() if node.description.strip().splitlines()[0] not in page] == []


def test_there_is_no_documentation_without_a_warehouse(tmp_path: Path) -> None:
    done = CliRunner().invoke(payband, ["docs", "--store", str(tmp_path)])
    assert isinstance(done.exception, BadInput)


def test_a_model_that_fails_is_an_error_that_names_it(empty: Store) -> None:
    path = empty.root / "reference" / "skills.parquet"
    whole = path.read_bytes()
    path.write_bytes(b"no parquet")
    try:
        with pytest.raises(Permanent, match="dim_skills"):
            run_dbt(empty, "dim_skills")
    finally:
        path.write_bytes(whole)


def test_no_model_names_an_engine() -> None:
    words = ("duckdb", "clickhouse", "read_parquet", "arg_max", "::", "qualify ")
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        text = path.read_text().lower()
        assert not [word for word in words if word in text], path
