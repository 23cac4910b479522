"""The package itself: a zip of one JSON file a table, each with its JSON schema, and a page that says what is what."""

import base64
import json
import uuid
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Float, Integer, SmallInteger, Uuid
from sqlalchemy.types import TypeEngine

from accounts.privacy.holding import Holding
from accounts.privacy.holdings import HOLDINGS
from accounts.vault.service import PersonKey

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: tuple[tuple[type[TypeEngine[Any]], dict[str, str]], ...] = (
    (Uuid, {"type": "string", "format": "uuid"}),
    (DateTime, {"type": "string", "format": "date-time"}),
    (Date, {"type": "string", "format": "date"}),
    (Boolean, {"type": "boolean"}),
    (BigInteger, {"type": "integer"}),
    (SmallInteger, {"type": "integer"}),
    (Integer, {"type": "integer"}),
    (Float, {"type": "number"}),
)
OUTBOX_SCHEMA = {
    "$schema": DIALECT,
    "title": "outbox",
    "description": "Messages to you as files, where no mail server sends them. One entry per message.",
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"file": {"type": "string"}, "message": {"type": "string"}},
        "required": ["file", "message"],
        "additionalProperties": False,
    },
}


class Writable(Protocol):
    """As much of a file as a zip needs."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


class Archive:
    """Writes the package."""

    def __init__(self, out: Writable) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._counts: dict[str, int] = {}

    async def add(self, holding: Holding, rows: AsyncIterator[Mapping[str, Any]], key: PersonKey) -> None:
        """One table of the person's rows, opened."""
        count = 0
        with self._zip.open(f"{holding.name}.json", "w") as entry:
            async for row in rows:
                entry.write(b",\n" if count else b"[\n")
                entry.write(as_json(told(holding, row, key)))
                count += 1
            entry.write(b"\n]\n" if count else b"[]\n")
        self._zip.writestr(f"{holding.name}.schema.json", as_json(schema_of(holding), indent=2))
        self._counts[holding.name] = count

    def add_messages(self, files: Iterable[Path]) -> None:
        """The messages to the person that lie in the outbox."""
        found = [{"file": file.name, "message": file.read_text(errors="replace")} for file in sorted(files)]
        self._zip.writestr("outbox.json", as_json(found, indent=2))
        self._zip.writestr("outbox.schema.json", as_json(OUTBOX_SCHEMA, indent=2))
        self._counts["outbox"] = len(found)

    def close(self, user_id: uuid.UUID, made_at: datetime) -> None:
        """End the package with its table of contents."""
        about = {holding.name: holding.about for holding in HOLDINGS} | {"outbox": OUTBOX_SCHEMA["description"]}
        contents = {
            "account": user_id,
            "made_at": made_at,
            "files": [
                {"file": f"{name}.json", "schema": f"{name}.schema.json", "entries": count, "about": about[name]}
                for name, count in self._counts.items()
            ],
            "withheld": {
                holding.name: dict(holding.withholds) for holding in HOLDINGS if holding.exported and holding.withholds
            },
        }
        self._zip.writestr("contents.json", as_json(contents, indent=2))
        self._zip.close()


def told(holding: Holding, row: Mapping[str, Any], key: PersonKey) -> dict[str, Any]:
    """A row as the person reads it: opened, and without what is withheld."""
    return {
        name_of(column): _value(holding, column, row[column.name], key)
        for column in holding.table.columns
        if column.name not in holding.withholds
    }


def schema_of(holding: Holding) -> dict[str, Any]:
    """The JSON schema of a table's file."""
    columns = [column for column in holding.table.columns if column.name not in holding.withholds]
    return {
        "$schema": DIALECT,
        "title": holding.name,
        "description": f"{holding.about}. One entry per row.",
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name_of(column): _kind(holding, column) for column in columns},
            "required": [name_of(column) for column in columns],
            "additionalProperties": False,
        },
    }


def name_of(column: Column[Any]) -> str:
    """What a column is called once it is opened."""
    return "detail" if column.name == "sealed" else column.name.removesuffix("_sealed")


def as_json(value: Any, indent: int | None = None) -> bytes:
    """UTF-8, with ids and times as text."""
    return json.dumps(value, default=_as_text, ensure_ascii=False, indent=indent).encode(errors="replace")


def _value(holding: Holding, column: Column[Any], value: Any, key: PersonKey) -> Any:
    if value is None:
        return None
    if column.name in holding.opens:
        value = key.open(holding.opens[column.name], value)
    return json.loads(value) if column.name in holding.json else value


def _kind(holding: Holding, column: Column[Any]) -> dict[str, Any]:
    if column.name in holding.json:
        return {}
    kind = _kind_of(column.type) if column.name not in holding.opens else {"type": "string"}
    return kind | {"type": [kind["type"], "null"]} if column.nullable else kind


def _kind_of(type_: TypeEngine[Any]) -> dict[str, Any]:
    if isinstance(type_, ARRAY):
        return {"type": "array", "items": _kind_of(type_.item_type)}
    return next((kind for known, kind in KINDS if isinstance(type_, known)), {"type": "string"})


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
