"""ClickHouse: any server or cluster by URL, over HTTP.

A schema is a database, named <name in the URL>_<schema>. There are no transactions: a part's rows are written before
its mark, and rows without a mark are taken out first, so that a kill at any moment costs a part that is loaded again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import polars as pl

from kit.errors import BadInput, Permanent
from kit.frames import Schema
from kit.store import Store
from orchestration.warehouse.copies import LAYERS, STATE, Copy, copies, schemas, shape, source_and_day
from orchestration.warehouse.port import Wanted

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

TYPES: dict[Any, str] = {
    pl.String: "String",
    pl.Int64: "Int64",
    pl.UInt32: "UInt32",
    pl.Int32: "Int32",
    pl.Int16: "Int16",
    pl.Int8: "Int8",
    pl.Float64: "Float64",
    pl.Boolean: "Bool",
    pl.Date: "Date32",  # Date begins in 1970
}
KEYS = ("source", "captured_on")
# Nulls, unions and names as the standard has them.
SETTINGS = {
    "join_use_nulls": 1,
    "cast_keep_nullable": 1,
    "prefer_column_name_to_alias": 1,
    "union_default_mode": "DISTINCT",
    "aggregate_functions_null_for_empty": 1,
    "data_type_default_nullable": 1,
    "allow_nondeterministic_mutations": 1,  # deleting what a subquery names, on replicas
    "mutations_sync": 2,
}
PARTS_A_STATEMENT = 500


class ClickHouse:
    """The databases of one prefix on one server."""

    name = "clickhouse"

    def __init__(self, store: Store, url: str) -> None:
        self._store = store
        told = urlsplit(url)
        self._secure = told.scheme == "https"
        self._host, self._port = told.hostname or "localhost", told.port or (8443 if self._secure else 8123)
        self._user, self._password = unquote(told.username or "default"), unquote(told.password or "")
        self._prefix = told.path.strip("/") or "payband"
        options = dict(parse_qsl(told.query))
        self._cluster, self._sharded = options.get("cluster", ""), options.get("sharded", "")
        if not self._prefix.isidentifier():
            raise BadInput(f"PAYBAND_WAREHOUSE_URL: {self._prefix} cannot be the beginning of a database's name")

    @contextmanager
    def held(self) -> Iterator[None]:
        yield

    def environment(self) -> dict[str, str]:
        return {
            "PAYBAND_WAREHOUSE_HOST": self._host,
            "PAYBAND_WAREHOUSE_PORT": str(self._port),
            "PAYBAND_WAREHOUSE_USER": self._user,
            "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": self._password,
            "PAYBAND_WAREHOUSE_DATABASE": self._prefix,
            "PAYBAND_WAREHOUSE_SECURE": str(self._secure),
            "PAYBAND_WAREHOUSE_CLUSTER": self._cluster,
            "PAYBAND_WAREHOUSE_SHARDED": self._sharded,
            "PAYBAND_WAREHOUSE_SETTINGS": repr(SETTINGS | ({"insert_distributed_sync": 1} if self._sharded else {})),
        }

    def let_go(self) -> None:
        pass  # an open connection keeps nobody out

    def version(self) -> str:
        with self._connected() as client:
            return f"ClickHouse {client.server_version}"

    def exists(self) -> bool:
        with self._connected() as client:
            return self._has_database(client, "staging") or self._has_database(client, "core")

    def load(self) -> int:
        with self._connected() as client:
            self._create_state(client)
            loaded: dict[str, dict[str, str]] = {}
            asked = f"select frame, part, mark from {self._of(STATE, 'loaded')}"  # noqa: S608 (our own names)
            for frame, part, mark in client.query(asked).result_rows:
                loaded.setdefault(frame, {})[part] = mark
            return sum(self._bring(client, copy, loaded.get(_frame(copy), {})) for copy in copies(self._store))

    def read(self, schema: str, wanted: Wanted) -> dict[str, pl.DataFrame]:
        with self._connected() as client:
            return {
                name: self._frame_of(client, f"select {', '.join(columns) or '*'} from {self._of(schema, table)}")  # noqa: S608
                for name, (table, columns) in wanted.items()
            }

    def row_counts(self) -> dict[str, int]:
        asked = "select database, name from system.tables where database in %(databases)s and engine like '%%MergeTree'"
        with self._connected() as client:
            made = client.query(asked, {"databases": [f"{self._prefix}_{layer}" for layer in LAYERS]}).result_rows
            # What the server keeps of each table counts deleted rows too.
            counted = (f"select '{name}' as name, count(*) from {database}.{name}" for database, name in made)  # noqa: S608
            rows = client.query(" union all ".join(counted)).result_rows if made else []
            return {str(name): int(count) for name, count in rows}

    def built_by(self) -> str | None:
        with self._connected() as client:
            if not self._has_database(client, STATE):
                return None
            self._create_state(client)
            rows = client.query(f"select project, shape from {self._of(STATE, 'project')}").result_rows  # noqa: S608
            return next((project for project, of_shape in rows if of_shape == shape()), None)

    def remember(self, project: str) -> None:
        with self._connected() as client:
            self._create_state(client)
            client.command(f"truncate table {self._of(STATE, 'project')} {self._everywhere}")
            client.insert("project", [[project, shape()]], ["project", "shape"], f"{self._prefix}_{STATE}")

    def remove(self) -> None:
        with self._connected() as client:
            for schema in schemas():
                client.command(f"drop database if exists {self._prefix}_{schema} {self._everywhere} sync")

    def _of(self, schema: str, table: str) -> str:
        return f"{self._prefix}_{schema}.{table}"

    @property
    def _everywhere(self) -> str:
        return f"on cluster '{self._cluster}'" if self._cluster else ""

    @property
    def _engine(self) -> str:
        return "ReplicatedMergeTree" if self._cluster else "MergeTree"

    @contextmanager
    def _connected(self) -> "Iterator[Client]":
        import clickhouse_connect
        from clickhouse_connect.driver.exceptions import Error

        try:
            with closing(
                clickhouse_connect.get_client(
                    host=self._host,
                    port=self._port,
                    username=self._user,
                    password=self._password,
                    secure=self._secure,
                    settings=SETTINGS,
                    autogenerate_session_id=False,
                )
            ) as client:
                yield client
        except Error as error:
            raise Permanent(f"the ClickHouse warehouse: {error}") from error

    def _has_database(self, client: "Client", schema: str) -> bool:
        asked = "select count(*) from system.databases where name = %(name)s"
        return bool(client.query(asked, {"name": f"{self._prefix}_{schema}"}).result_rows[0][0])

    def _create_state(self, client: "Client") -> None:
        client.command(
            f"create database if not exists {self._prefix} {self._everywhere}"
        )  # sessions of dbt begin in it
        self._create(client, STATE, "loaded", dict.fromkeys(("frame", "part", "mark"), pl.String()), "(frame, part)")
        self._create(client, STATE, "project", dict.fromkeys(("project", "shape"), pl.String()), "project")

    def _create(self, client: "Client", schema: str, table: str, columns: Schema, order: str) -> None:
        """A table whose key is not nullable; one that is there already stays."""
        keys = order.strip("()").split(", ")
        typed = (
            f"`{name}` {TYPES[kind]} not null" if name in keys else f"`{name}` Nullable({TYPES[kind]})"
            for name, kind in columns.items()
        )
        client.command(f"create database if not exists {self._prefix}_{schema} {self._everywhere}")
        client.command(
            f"create table if not exists {self._of(schema, table)} {self._everywhere} ({', '.join(typed)}) "
            f"engine = {self._engine} order by {order}"
        )

    def _bring(self, client: "Client", copy: Copy, loaded: Mapping[str, str]) -> int:
        """Bring one table up to date; returns how many files were copied."""
        self._create(
            client, copy.schema, copy.table, copy.columns, f"({', '.join(KEYS)})" if copy.partitioned else "tuple()"
        )
        gone, fresh = copy.changes(loaded)
        if not gone and not fresh:
            return 0
        self._forget(client, copy, gone)
        if copy.partitioned:
            self._take_out(client, copy, set(gone) | set(fresh))
            for parts, frame in copy.chunks(fresh):
                client.insert_arrow(copy.table, frame.to_arrow(), f"{self._prefix}_{copy.schema}")
                self._remember_parts(client, copy, parts)
        else:
            self._replace(client, copy)
            self._remember_parts(client, copy, fresh)
        return len(fresh)

    def _forget(self, client: "Client", copy: Copy, parts: list[str]) -> None:
        for some in _batched(parts):
            deleting = f"delete from {self._of(STATE, 'loaded')} where frame = %(frame)s and part in %(parts)s"  # noqa: S608
            client.command(deleting, {"frame": _frame(copy), "parts": list(some)})

    def _remember_parts(self, client: "Client", copy: Copy, parts: list[str]) -> None:
        marks = [[_frame(copy), part, copy.parts[part][1]] for part in parts]
        client.insert("loaded", marks, ["frame", "part", "mark"], f"{self._prefix}_{STATE}")

    def _take_out(self, client: "Client", copy: Copy, parts: set[str]) -> None:
        """Delete what is there of those parts, be it marked or the work of a killed load."""
        table = self._of(copy.schema, copy.table)
        asked = f"select distinct source, captured_on from {table}"  # noqa: S608
        there = {f"{source}/{day}" for source, day in client.query(asked).result_rows}
        for some in _batched(sorted(there & parts)):
            days = ", ".join(f"('{source}', toDate32('{day}'))" for source, day in map(source_and_day, some))
            client.command(f"delete from {table} where (source, captured_on) in ({days})")  # noqa: S608

    def _replace(self, client: "Client", copy: Copy) -> None:
        """Write beside, then exchange."""
        beside, database = f"{copy.table}__next", f"{self._prefix}_{copy.schema}"
        client.command(f"drop table if exists {database}.{beside} {self._everywhere} sync")
        self._create(client, copy.schema, beside, copy.columns, "tuple()")
        for _, frame in copy.chunks(list(copy.parts)):
            client.insert_arrow(beside, frame.to_arrow(), database)
        client.command(f"exchange tables {database}.{beside} and {database}.{copy.table} {self._everywhere}")
        client.command(f"drop table {database}.{beside} {self._everywhere} sync")

    @staticmethod
    def _frame_of(client: "Client", query: str) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(client.query_arrow(query, use_strings=True)))


def _batched(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (parts[start : start + PARTS_A_STATEMENT] for start in range(0, len(parts), PARTS_A_STATEMENT))


def _frame(copy: Copy) -> str:
    return f"{copy.schema}.{copy.table}"
