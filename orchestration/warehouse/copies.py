"""What an engine that cannot read the store's Parquet files must hold a copy of, file by file.

An engine notes, of each file that it copied, the file's mark. Compared with what the store holds now that gives the
files to take out and those to copy, so that a day more costs a day.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from kit.frames import Schema, content_mark
from kit.identifiers import content_hash
from kit.store import Store

LAYERS = ("staging", "intermediate", "core", "api", "revenue")  # what dbt makes
STATE = "state"  # what was built from what, and what was copied
CHUNK_BYTES = 48_000_000  # of compressed files read at a time


@dataclass(frozen=True)
class Copy:
    """One table: `parts` maps each part's name ("" for a frame of one file, else "source/day") to its file and mark."""

    schema: str
    table: str
    columns: Schema
    parts: Mapping[str, tuple[Path, str]]
    partitioned: bool

    def changes(self, loaded: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """(parts whose rows must go, parts to copy), given the mark of each part that was copied before."""
        fresh = [part for part, (_, mark) in self.parts.items() if loaded.get(part) != mark]
        return [part for part in loaded if part not in self.parts or part in fresh], fresh

    def chunks(self, parts: Collection[str]) -> Iterator[tuple[list[str], pl.DataFrame]]:
        """The rows of those parts, some files at a time, with the parts that each frame is of."""
        held: list[str] = []
        size = 0
        for part in parts:
            held.append(part)
            size += self.parts[part][0].stat().st_size
            if size >= CHUNK_BYTES:
                yield held, self._read(held)
                held, size = [], 0
        if held:
            yield held, self._read(held)

    def _read(self, parts: list[str]) -> pl.DataFrame:
        files = [self.parts[part][0] for part in parts]
        return pl.read_parquet(files, columns=list(self.columns), hive_partitioning=False, glob=False)


def source_and_day(part: str) -> tuple[str, date]:
    """What a part's name names."""
    source, _, day = part.rpartition("/")
    return source, date.fromisoformat(day)


def copies(store: Store) -> Iterator[Copy]:
    """Every table that dbt's sources read, with the files that it is of."""
    for schema, table, columns, partitioned in tables():
        if partitioned:
            found = store.partitions(schema, table)
            parts = {f"{source}/{day}": (path, content_mark(path)) for source, day, path in found}
        else:
            folder = store.root / ("warehouse" if schema == "store" else schema)
            path = folder / f"{table}.parquet"
            parts = {"": (path, content_mark(path))}
        yield Copy(schema, table, columns, parts, partitioned)


def tables() -> Iterator[tuple[str, str, Schema, bool]]:
    """(schema, table, columns, whether it is partitioned) of each of those tables."""
    from orchestration.empty_frames import PARTITIONED, SINGLE  # which import estimates, which read a warehouse
    from orchestration.partition_index import INDEX

    for schema, frames in PARTITIONED.items():
        yield from ((schema, table, columns, True) for table, columns in frames.items())
    for schema, frames in SINGLE.items():
        yield from ((schema, table, columns, False) for table, columns in frames.items())
    yield "store", "partitions", INDEX, False


def schemas() -> list[str]:
    """Every schema that a warehouse has: the copies', the state's and dbt's."""
    return [*dict.fromkeys(schema for schema, *_ in tables()), STATE, *LAYERS]


def shape() -> str:
    """A hash of the copies' columns: tables of other columns are made anew."""
    told = [
        (schema, table, [f"{name} {kind}" for name, kind in columns.items()]) for schema, table, columns, _ in tables()
    ]
    return content_hash(repr(told).encode())[:16]
