"""The three engines for tests: DuckDB, the embedded PostgreSQL, and ClickHouse's engine behind its HTTP interface."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from kit.postgres import running
from kit.store import Store
from tests.peers.clickhouse import clickhouse

ENGINES = ("duckdb", "postgres", "clickhouse")
Chosen = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chosen]:
    """`with chosen("postgres"):` has every warehouse of the block in that engine. Each server is started once."""
    folder = tmp_path_factory.mktemp("engines")
    urls: dict[str, str | None] = {"duckdb": None}
    servers: list[AbstractContextManager[str]] = []

    def url_of(engine: str) -> str | None:
        if engine not in urls:
            servers.append(_postgres(folder) if engine == "postgres" else clickhouse(folder / "clickhouse"))
            urls[engine] = servers[-1].__enter__()
        return urls[engine]

    @contextmanager
    def choose(engine: str) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PAYBAND_ENGINE", engine)
            if url := url_of(engine):
                patch.setenv("PAYBAND_WAREHOUSE_URL", url)
            yield

    yield choose
    for server in servers:
        server.__exit__(None, None, None)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A database as an operator would give it, in the embedded server."""
    with running(Store(folder / "postgres")) as server:
        with psycopg.connect(server.urls.owner, autocommit=True) as connection:
            connection.execute("create database analysts")
        yield server.urls.owner.rsplit("/", 1)[0] + "/analysts"
