"""Which engine a process builds in: what the environment says, so that every process of an installation agrees."""

from collections.abc import Callable
from typing import Literal

from pydantic import SecretStr

from kit.errors import BadInput
from kit.settings import Settings, read
from kit.store import Store
from orchestration.warehouse.port import Warehouse


class WarehouseSettings(Settings):
    """From PAYBAND_ENGINE and PAYBAND_WAREHOUSE_URL; without a URL the engine is one of the store's own."""

    engine: Literal["duckdb", "postgres", "clickhouse"] = "duckdb"
    warehouse_url: SecretStr | None = None  # postgresql://… or http(s)://user:password@host:8123/database

    @property
    def url(self) -> str | None:
        return self.warehouse_url.get_secret_value() if self.warehouse_url else None


def _duckdb(store: Store, url: str | None) -> Warehouse:
    from orchestration.warehouse.duckdb import DuckDB

    if url:
        raise BadInput("PAYBAND_WAREHOUSE_URL is for another engine: give --engine postgres or clickhouse with it")
    return DuckDB(store)


def _postgres(store: Store, url: str | None) -> Warehouse:
    from orchestration.warehouse.postgres import Postgres

    return Postgres(store, url and _of_scheme(url, "postgres", "postgresql"))


def _clickhouse(store: Store, url: str | None) -> Warehouse:
    from orchestration.warehouse.clickhouse import ClickHouse

    if url is None:
        raise BadInput(
            "ClickHouse is a server: set PAYBAND_WAREHOUSE_URL to http(s)://user:password@host:8123/database"
        )
    return ClickHouse(store, _of_scheme(url, "http", "https"))


def _of_scheme(url: str, *schemes: str) -> str:
    if url.split("://", 1)[0] not in schemes:
        raise BadInput(f"PAYBAND_WAREHOUSE_URL must begin with {schemes[-1]}:// for this engine")
    return url


ENGINES: dict[str, Callable[[Store, str | None], Warehouse]] = {
    "duckdb": _duckdb,
    "postgres": _postgres,
    "clickhouse": _clickhouse,
}


def warehouse_of(store: Store) -> Warehouse:
    """The store's warehouse, as the environment chooses it; raises BadInput for a choice that makes no sense."""
    settings = read(WarehouseSettings)
    return ENGINES[settings.engine](store, settings.url)
