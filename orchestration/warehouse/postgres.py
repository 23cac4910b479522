"""PostgreSQL: the store's embedded server, with a database of its own, or any server by URL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kit.errors import Permanent
from kit.postgres import running
from kit.store import Store
from orchestration.warehouse.copies import LAYERS, STATE, Copy, copies, schemas, shape, source_and_day
from orchestration.warehouse.port import Wanted
from orchestration.warehouse.postgres_copy import column_types, copy_in, copy_out

if TYPE_CHECKING:
    from psycopg import Connection

DATABASE = "warehouse"  # beside the application's, in the embedded server
# What a warehouse's sessions need and an application's do not: room to sort and hash, no compiling of short queries.
OPTIONS = {"work_mem": "128MB", "maintenance_work_mem": "256MB", "jit": "off", "synchronous_commit": "off"}


class Postgres:
    """One database; everything is loaded in one transaction, so that a kill leaves the copies of before."""

    name = "postgres"

    def __init__(self, store: Store, url: str | None) -> None:
        self._store = store
        self._url = url

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._reached():
            yield

    def environment(self) -> dict[str, str]:
        with self._reached() as url:
            given = conninfo_to_dict(url)
        return {
            "PAYBAND_WAREHOUSE_HOST": str(given.get("host") or "localhost"),
            "PAYBAND_WAREHOUSE_PORT": str(given.get("port") or 5432),
            "PAYBAND_WAREHOUSE_USER": str(given.get("user") or ""),
            "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": str(given.get("password") or ""),
            "PAYBAND_WAREHOUSE_DATABASE": str(given.get("dbname") or ""),
            "PAYBAND_WAREHOUSE_SSLMODE": str(given.get("sslmode") or "prefer"),
            "PGOPTIONS": _options(),
        }

    def let_go(self) -> None:
        pass  # dbt closes its connections itself, and an open one keeps nobody out

    def version(self) -> str:
        with self._connected() as connection:
            return f"PostgreSQL {connection.execute('show server_version').fetchall()[0][0]}"

    def exists(self) -> bool:
        with self._connected() as connection:
            return _has_schema(connection, "staging") or _has_schema(connection, "core")

    def load(self) -> int:
        with self._connected() as connection:
            connection.execute(f"create schema if not exists {STATE}")
            connection.execute(f"create table if not exists {STATE}.loaded (frame text, part text, mark text)")
            loaded: dict[str, dict[str, str]] = {}
            for frame, part, mark in connection.execute(f"select frame, part, mark from {STATE}.loaded"):  # noqa: S608
                loaded.setdefault(frame, {})[part] = mark
            return sum(_bring(connection, copy, loaded.get(_frame(copy), {})) for copy in copies(self._store))

    def read(self, schema: str, wanted: Wanted) -> dict[str, pl.DataFrame]:
        with self._connected() as connection:
            return {
                name: copy_out(connection, sql.Identifier(schema, table), list(columns))
                for name, (table, columns) in wanted.items()
            }

    def row_counts(self) -> dict[str, int]:
        asked = (
            "select relname, reltuples::bigint from pg_class "
            "where relkind = 'r' and reltuples >= 0 and relnamespace::regnamespace::text = any(%s)"
        )
        with self._connected() as connection:
            return dict(connection.execute(asked, [list(LAYERS)]).fetchall())

    def built_by(self) -> str | None:
        with self._connected() as connection:
            if not connection.execute(f"select to_regclass('{STATE}.project')").fetchall()[0][0]:
                return None
            rows = connection.execute(f"select project from {STATE}.project where shape = %s", [shape()]).fetchall()  # noqa: S608
            return str(rows[0][0]) if rows else None

    def remember(self, project: str) -> None:
        with self._connected() as connection:
            connection.execute(f"create schema if not exists {STATE}")
            connection.execute(f"create table if not exists {STATE}.project (project text, shape text)")
            connection.execute(f"delete from {STATE}.project")  # noqa: S608
            connection.execute(f"insert into {STATE}.project values (%s, %s)", [project, shape()])  # noqa: S608

    def remove(self) -> None:
        with self._connected() as connection:
            for schema in schemas():
                connection.execute(f"drop schema if exists {schema} cascade")

    @contextmanager
    def _reached(self) -> Iterator[str]:
        """The database's URL, with the server running."""
        if self._url:
            yield self._url
            return
        with running(self._store) as server:
            url = server.urls.owner
            _make_database(url)
            yield make_conninfo(url, dbname=DATABASE)

    @contextmanager
    def _connected(self) -> "Iterator[Connection[Any]]":
        """One transaction."""
        with self._reached() as url:
            try:
                with psycopg.connect(url, connect_timeout=10, options=_options()) as connection:
                    yield connection
            except psycopg.Error as error:
                raise Permanent(f"the PostgreSQL warehouse: {str(error).strip()}") from error


def _options() -> str:
    return " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())


def _make_database(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            # Of template0: the application's role gets no rights in it. Nobody else may enter.
            connection.execute(f"create database {DATABASE} template template0")
            connection.execute(f"revoke all on database {DATABASE} from public")


def _has_schema(connection: "Connection[Any]", name: str) -> bool:
    return connection.execute("select 1 from pg_namespace where nspname = %s", [name]).fetchone() is not None


def _frame(copy: Copy) -> str:
    return f"{copy.schema}.{copy.table}"


def _bring(connection: "Connection[Any]", copy: Copy, loaded: Mapping[str, str]) -> int:
    """Bring one table up to date; returns how many files were copied."""
    table = sql.Identifier(copy.schema, copy.table)
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(copy.schema)))
    connection.execute(sql.SQL("create table if not exists {} ({})").format(table, column_types(copy.columns)))
    gone, fresh = copy.changes(loaded)
    if not gone and not fresh:
        return 0
    if loaded:
        _take_out(connection, copy, table, gone)
    for _, frame in copy.chunks(fresh):
        copy_in(connection, table, frame)
    with connection.cursor() as cursor:
        marks = [(_frame(copy), part, copy.parts[part][1]) for part in fresh]
        cursor.execute(f"delete from {STATE}.loaded where frame = %s and part = any(%s)", [_frame(copy), gone])  # noqa: S608
        cursor.executemany(f"insert into {STATE}.loaded values (%s, %s, %s)", marks)  # noqa: S608
    if copy.partitioned:
        by_day = sql.SQL("create index if not exists {} on {} (source, captured_on)")
        connection.execute(by_day.format(sql.Identifier(f"{copy.table}_by_day"), table))
    connection.execute(sql.SQL("analyze {}").format(table))
    return len(fresh)


def _take_out(connection: "Connection[Any]", copy: Copy, table: sql.Identifier, gone: list[str]) -> None:
    if not copy.partitioned:
        connection.execute(sql.SQL("truncate {}").format(table))
        return
    sources, days = zip(*map(source_and_day, gone), strict=True) if gone else ((), ())
    deleting = sql.SQL(
        "delete from {} as held using unnest(%s::text[], %s::date[]) as gone (source, captured_on) "
        "where held.source = gone.source and held.captured_on = gone.captured_on"
    )
    connection.execute(deleting.format(table), [list(sources), list(days)])
