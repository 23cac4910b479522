"""A store to build in. All tests share its path, since dbt's parsed project is tied to it and costs seconds to make."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.estimates import estimate_all
from orchestration.warehouse import warehouse_of
from tests.dbt.engines import chosen

__all__ = ["chosen"]  # a fixture


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt") / "store"


@pytest.fixture(scope="module")
def empty_store(store_path: Path) -> Callable[[], Store]:
    """Gives the store with nothing in it but dbt's own files."""

    def emptied() -> Store:
        for entry in store_path.iterdir() if store_path.exists() else ():
            if entry.is_file():
                entry.unlink()
            elif entry.name != "warehouse":
                shutil.rmtree(entry)
        store = Store(store_path)
        warehouse_of(store).remove()
        return store

    return emptied


def build(store: Store, flags: tuple[str, ...] = ("--exclude", "resource_type:unit_test")) -> None:
    """The whole way from normalised frames to marts, the operator's too, every data test included."""
    run_dbt(store, "tag:core", flags=flags)
    estimate_all(store)
    run_dbt(store, "tag:api", flags=flags)
    run_dbt(store, "tag:revenue", flags=flags)


def read(store: Store, query: str) -> list[dict[str, Any]]:
    """The rows of a query over the warehouse."""
    with duckdb.connect(str(store.warehouse), read_only=True) as connection:
        return connection.sql(query).pl().to_dicts()


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every core and api table and view, in an order of their own."""
    with duckdb.connect(str(store.warehouse), read_only=True) as connection:
        tables = "select table_schema, table_name from information_schema.tables"
        found = connection.execute(f"{tables} where table_schema in ('core', 'api') order by all").fetchall()
        names = [".".join(row) for row in found]
        return {name: connection.sql(f"from {name} order by all").fetchall() for name in names}
