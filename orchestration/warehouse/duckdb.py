"""The default: a DuckDB file in the store, which reads the store's Parquet files where they lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from kit.store import Store
from orchestration.warehouse.port import Wanted


class DuckDB:
    """The store's own file; one process at a time writes it."""

    name = "duckdb"

    def __init__(self, store: Store) -> None:
        self._file = store.warehouse

    @contextmanager
    def held(self) -> Iterator[None]:
        yield  # an open connection would keep other processes out

    def environment(self) -> dict[str, str]:
        return {}

    def let_go(self) -> None:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()

    def version(self) -> str:
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    def exists(self) -> bool:
        return self._file.exists()

    def load(self) -> int:
        return 0  # sources.yml reads the files themselves

    def read(self, schema: str, wanted: Wanted) -> dict[str, pl.DataFrame]:
        import duckdb

        with duckdb.connect(str(self._file), read_only=True) as connection:
            return {
                name: connection.sql(f"select {', '.join(columns) or '*'} from {schema}.{table}").pl()  # noqa: S608 (our own names)
                for name, (table, columns) in wanted.items()
            }

    def row_counts(self) -> dict[str, int]:
        import duckdb

        with duckdb.connect(str(self._file), read_only=True) as connection:
            return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())

    @property
    def _mark(self) -> Path:
        return self._file.with_suffix(".project")

    def built_by(self) -> str | None:
        return self._mark.read_text() if self._mark.exists() else None

    def remember(self, project: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._mark.write_text(project)

    def remove(self) -> None:
        # The log goes before its file: the next database must not find that of another.
        self._file.with_name(f"{self._file.name}.wal").unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)
