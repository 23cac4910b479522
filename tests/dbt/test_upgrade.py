"""A warehouse that another version of the dbt project built is built anew, whatever is asked for first."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.warehouse_version import PROJECT, version_of
from tests.dbt.conftest import build, everything
from tests.dbt.market import posting, write_openings, write_partitions, write_reference

TAMPER = "update core.fct_job_postings set title = 'made by older rules'"


def mark(store: Store) -> Path:
    """The file that names the project which built the DuckDB file."""
    return store.warehouse.with_suffix(".project")


def change(store: Store, statement: str) -> None:
    with duckdb.connect(str(store.warehouse)) as connection:
        connection.execute(statement)


@pytest.fixture(scope="module")
def built(empty_store: Callable[[], Store]) -> tuple[Store, bytes]:
    """A built store, and its warehouse as it should be."""
    store = empty_store()
    rows = [posting(number, pay=(1000.0 * number, 2000.0 * number, "USD")) for number in range(1, 30)]
    write_reference(store, board={})
    write_partitions(store, "postings", rows)
    write_openings(store, rows)
    build(store)
    return store, store.warehouse.read_bytes()


@pytest.fixture
def store(built: tuple[Store, bytes]) -> Store:
    store, warehouse = built
    store.warehouse.write_bytes(warehouse)
    mark(store).write_text(version_of())
    return store


def test_a_build_by_the_same_project_keeps_what_is_built(store: Store) -> None:
    change(store, TAMPER)
    tampered = everything(store)
    run_dbt(store, command="run")
    assert everything(store) == tampered


@pytest.mark.parametrize("said", ["of an older project", None])
def test_a_build_by_another_project_is_a_full_one(store: Store, said: str | None) -> None:
    right = everything(store)
    change(store, TAMPER)
    change(store, "alter table core.fct_openings drop column has_text")
    change(store, "create table core.fct_no_more as select 1 as one")
    mark(store).write_text(said) if said else mark(store).unlink()
    store.warehouse.with_name("payband.duckdb.wal").write_bytes(b"what an older engine had not written yet")
    run_dbt(store, "tag:core", command="run")
    assert everything(store) == right
    assert mark(store).read_text() == version_of()


def test_a_part_that_is_asked_for_first_finds_the_rest(store: Store) -> None:
    right = everything(store)
    change(store, TAMPER)
    mark(store).write_text("of an older project")
    run_dbt(store, "mart_pay_bands", command="run")
    assert everything(store) == right


def test_a_run_that_was_killed_while_it_built_anew_is_done_again(store: Store) -> None:
    right = everything(store)
    mark(store).write_text("of an older project")
    change(store, "drop schema api cascade")
    change(store, TAMPER)
    run_dbt(store, "fct_openings", command="run")
    assert everything(store) == right


def test_a_version_changes_with_what_is_built_alone(tmp_path: Path) -> None:
    def version(name: str, edited: str = "", text: str = "") -> str:
        project = Path(shutil.copytree(PROJECT, tmp_path / name))
        if edited:
            (project / edited).write_text(text)
        return version_of(project)

    same = version("same")
    assert same == version_of()
    assert version("connection", "profiles.yml") == same
    changed = ("dbt_project.yml", "macros/cells.sql", "models/marts/core/facts.yml", "models/marts/core/new.sql")
    assert len({same, *(version(str(number), file, "new") for number, file in enumerate(changed))}) == 5
