"""Frames into PostgreSQL and out of it, in bulk: COPY in CSV, where null is an unquoted \\N and text is quoted."""

import io
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg import sql

from kit.frames import Schema

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection

NULL = "\\N"
TYPES: dict[Any, str] = {
    pl.String: 'text collate "C"',  # in order of code points, as other engines sort
    pl.Int64: "bigint",
    pl.UInt32: "bigint",
    pl.Int32: "integer",
    pl.Int16: "smallint",
    pl.Int8: "smallint",
    pl.Float64: "double precision",
    pl.Boolean: "boolean",
    pl.Date: "date",
}


def column_types(columns: Schema) -> sql.Composable:
    """The columns of `create table`; KeyError for a type that no frame of dbt's sources has."""
    pairs = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(TYPES[kind])) for name, kind in columns.items()]
    return sql.SQL(", ").join(pairs)


def copy_in(connection: "Connection[Any]", table: sql.Identifier, frame: pl.DataFrame) -> None:
    """Append the frame's rows. A NUL character, which PostgreSQL cannot hold, becomes the replacement character."""
    payload = frame.write_csv(None, include_header=False, null_value=NULL, quote_style="non_numeric")
    if "\x00" in payload:
        payload = payload.replace("\x00", "\ufffd")
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    command = sql.SQL("copy {} ({}) from stdin (format csv, null {})").format(table, columns, sql.Literal(NULL))
    with connection.cursor().copy(command) as copying:
        copying.write(payload)


def copy_out(connection: "Connection[Any]", table: sql.Identifier, columns: list[str]) -> pl.DataFrame:
    """The table's rows, all columns where none is named."""
    import pyarrow as pa
    from pyarrow import csv

    names = sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else sql.SQL("*")
    query = sql.SQL("select {} from {}").format(names, table)
    described = connection.execute(sql.SQL("{} limit 0").format(query)).description or []
    types = {column.name: _arrow_type(column.type_code) for column in described}
    command = sql.SQL("copy ({}) to stdout (format csv, null {})").format(query, sql.Literal(NULL))
    rows = io.BytesIO()
    with connection.cursor().copy(command) as copying:
        for block in copying:
            rows.write(block)
    if not rows.tell():
        return pl.DataFrame(pl.from_arrow(pa.schema(types.items()).empty_table()))
    rows.seek(0)
    return pl.DataFrame(pl.from_arrow(csv.read_csv(rows, **_reading(types))))


def _reading(types: "dict[str, pa.DataType]") -> dict[str, Any]:
    from pyarrow import csv

    return {
        "read_options": csv.ReadOptions(column_names=list(types)),
        "parse_options": csv.ParseOptions(newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            column_types=types,
            null_values=[NULL],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    }


def _arrow_type(oid: int) -> "pa.DataType":
    import pyarrow as pa

    known = {16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 25: pa.string(), 700: pa.float32()}
    known |= {701: pa.float64(), 1043: pa.string(), 1082: pa.date32(), 1700: pa.float64()}
    return known[oid]  # bool, the whole numbers, text, float4, float8, varchar, date, numeric
