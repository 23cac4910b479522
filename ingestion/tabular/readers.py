"""CSV, Parquet, JSON, JSON lines, Excel, gzipped or in a zip: each becomes one table of texts and lists of texts.

Everything is text at this point, so that one set of steps serves every format, and a number that a file mistyped is
judged by the mapping, not by a guess of the reader.
"""

import csv
import fnmatch
import gzip
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from ingestion.connector import MalformedPage

Format = Literal["csv", "parquet", "json", "jsonl", "excel"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "excel", ".xls": "excel", ".xlsb": "excel", ".ods": "excel",
}  # fmt: skip
MAX_UNPACKED_BYTES = 4 * 1024**3  # a packed file that unpacks to more is refused: memory is not endless
TEXTS = pl.List(pl.String)
UNREADABLE = (
    pl.exceptions.PolarsError, ValueError, LookupError, EOFError, OSError, zlib.error, zipfile.BadZipFile, csv.Error,
    StopIteration, RecursionError,
)  # fmt: skip


class Unpivot(BaseModel):
    """A wide table made long: every column but `keep` becomes rows of its name and its value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep: tuple[str, ...]
    name: str
    value: str


class ReadOptions(BaseModel):
    """How to read a file whose name does not say it all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format | None = None  # else by the name's ending
    encoding: str = "utf-8-sig"
    delimiter: str | None = None  # else comma, or tab for .tsv
    sheet: str | None = None  # Excel: else the first
    header_row: int = 0  # Excel: rows above the header
    member: str = "*"  # zip: which members, as a glob
    unpivot: Unpivot | None = None
    records: str | None = None  # JSON: the dotted path of the list of records; else the document is that list
    single: bool = False  # JSON: what stands there is one record, no list


@dataclass(frozen=True)
class Table:
    """Every record of a file, as texts: columns `String` or `List(String)`. `torn`: records that are no row of it."""

    rows: pl.DataFrame
    torn: list[tuple[str, Any]] = field(default_factory=list)  # (detail, record)


def read_table(body: bytes, name: str, options: ReadOptions) -> Table:
    """Read one file's bytes; raises MalformedPage saying what about them is not as the format demands."""
    table = _read(body, name, options)
    if options.unpivot is None:
        return table
    keep, wide = list(options.unpivot.keep), table.rows
    if missing := [column for column in keep if column not in wide.columns]:
        raise MalformedPage(f"{name} has no column {', '.join(missing)}; it has: {', '.join(wide.columns)}")
    named = [column for column in wide.columns if column not in keep and column.strip()]
    long = wide.unpivot(named, index=keep, variable_name=options.unpivot.name, value_name=options.unpivot.value)
    return Table(long, table.torn)


def _read(body: bytes, name: str, options: ReadOptions) -> Table:
    try:
        if zipfile.is_zipfile(io.BytesIO(body)) and _format(name, options) != "excel":
            return _read_zip(body, options)
        if body[:2] == b"\x1f\x8b":
            return _read_one(_gunzip(body), name.removesuffix(".gz"), options)
        return _read_one(body, name, options)
    except UNREADABLE as error:
        raise MalformedPage(f"{name} cannot be read: {_first_line(error)}") from None
    except Exception as error:  # the Excel reader raises types of its own, which differ between its versions
        if type(error).__module__.startswith(("fastexcel", "python_calamine", "_fastexcel")):
            raise MalformedPage(f"{name} cannot be read: {_first_line(error)}") from None
        raise


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _format(name: str, options: ReadOptions) -> Format | None:
    return options.format or SUFFIXES.get(PurePosixPath(name.removesuffix(".gz")).suffix.lower())


def _gunzip(body: bytes) -> bytes:
    with gzip.open(io.BytesIO(body)) as handle:
        data = handle.read(MAX_UNPACKED_BYTES + 1)
    if len(data) > MAX_UNPACKED_BYTES:
        raise ValueError(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    return data


def _read_zip(body: bytes, options: ReadOptions) -> Table:
    """Every member that matches, in order of name, one below the other."""
    tables = []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        members = [info for info in files if fnmatch.fnmatch(info.filename, options.member)]
        if not members:
            raise ValueError(f"the archive has no member like {options.member}")
        if sum(info.file_size for info in members) > MAX_UNPACKED_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
        for info in sorted(members, key=lambda info: info.filename):
            table = _read_one(archive.read(info), info.filename, options)
            tables.append(Table(table.rows.with_columns(pl.lit(info.filename).alias("@member")), table.torn))
    rows = pl.concat([table.rows for table in tables], how="diagonal")
    return Table(rows, [torn for table in tables for torn in table.torn])


def _read_one(body: bytes, name: str, options: ReadOptions) -> Table:
    kind = _format(name, options)
    if kind == "parquet":
        return Table(_texts(pl.read_parquet(io.BytesIO(body))))
    if kind == "csv":
        return _read_csv(body, options.delimiter or ("\t" if name.endswith(".tsv") else ","), options.encoding)
    if kind == "excel":
        return _read_excel(body, options)
    if kind == "jsonl":
        return _read_lines(body.decode(options.encoding))
    if kind == "json":
        return _from_records(_walk(json.loads(body.decode(options.encoding)), options))
    known = ", ".join(sorted(set(SUFFIXES.values())))
    raise ValueError(f"its format is not known from its name: give read.format, one of {known}")


def _read_csv(body: bytes, delimiter: str, encoding: str) -> Table:
    text = body.decode(encoding)
    try:
        return Table(pl.read_csv(io.BytesIO(text.encode()), separator=delimiter, infer_schema=False))
    except pl.exceptions.ComputeError:
        return _read_torn_csv(text, delimiter)  # some line has too many fields: find out which, and keep the others


def _read_torn_csv(text: str, delimiter: str) -> Table:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(lines)
    fitting: list[list[str | None]] = []
    torn: list[tuple[str, Any]] = []
    for line in lines:
        if len(line) > len(header):
            torn.append((f"{len(line)} fields under {len(header)} columns, line {lines.line_num}", line))
        elif line:
            fitting.append([*(value or None for value in line), *([None] * (len(header) - len(line)))])
    return Table(pl.DataFrame(fitting, schema=dict.fromkeys(header, pl.String), orient="row"), torn)


def _read_lines(text: str) -> Table:
    """A record a line; lines that are no JSON are torn, unless all are. JSON may hold the other ends of lines."""
    records: list[Any] = []
    torn: list[tuple[str, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                torn.append((f"line {number} is no JSON: {_first_line(error)}", line))
    if torn and not records:
        raise ValueError(torn[0][0])
    table = _from_records(records)
    return Table(table.rows, torn + table.torn)


def _read_excel(body: bytes, options: ReadOptions) -> Table:
    found = pl.read_excel(
        io.BytesIO(body),
        sheet_name=options.sheet,
        engine="calamine",
        read_options={"header_row": options.header_row, "dtypes": "string"},
        drop_empty_rows=True,
    )
    return Table(_texts(found))


def _walk(document: Any, options: ReadOptions) -> list[Any]:
    for step in options.records.split(".") if options.records else ():
        if not isinstance(document, dict) or step not in document:
            raise ValueError(f"there is nothing at {options.records}")
        document = document[step]
    if options.single:
        document = [document]
    if not isinstance(document, list):
        raise ValueError(
            f"there is no list of records at {options.records}" if options.records else "give read.records"
        )
    return document


def _from_records(records: list[Any]) -> Table:
    """Objects flattened to dotted names; what is no object is torn."""
    flat: list[dict[str, Any]] = []
    torn: list[tuple[str, Any]] = []
    for record in records:
        if isinstance(record, dict):
            flat.append(_flatten(record))
        else:
            torn.append((f"a {type(record).__name__} where a record was due", record))
    names = list(dict.fromkeys(name for record in flat for name in record))
    lists = {name for record in flat for name, value in record.items() if isinstance(value, list)}
    cells = {name: [_cell(record.get(name), name in lists) for record in flat] for name in names}
    return Table(pl.DataFrame(cells, schema={name: TEXTS if name in lists else pl.String for name in names}), torn)


def _flatten(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _cell(value: Any, in_list: bool) -> Any:
    if value is None:
        return None
    if in_list:
        return [_text(entry) for entry in (value if isinstance(value, list) else [value]) if entry is not None]
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else text.encode(errors="replace").decode()  # half a surrogate pair is no text


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text, or as a list of texts; a nested one as JSON."""
    casts: list[pl.Expr] = []
    for name, kind in frame.schema.items():
        if kind == pl.String:
            continue
        if isinstance(kind, pl.Struct):
            casts.append(pl.col(name).struct.json_encode())
        elif isinstance(kind, pl.List | pl.Array):
            casts.append(pl.col(name).cast(TEXTS, strict=False))
        else:
            casts.append(pl.col(name).cast(pl.String, strict=False))
    return frame.with_columns(casts)
