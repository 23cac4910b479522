"""Rows by their keys in one memory-mapped LMDB file: what answers a request without a query engine.

A row of table `t` with keys a and b stands under b"t\\0a\\0b" as a JSON array of its columns, in the table's order;
dates as ISO text, NaN as null. Keys are UTF-8 and sort bytewise, so rows that share their first keys stand together.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import lmdb
import orjson
import zstandard

from kit.errors import BadInput

SEPARATOR = b"\0"
LONGEST = 511  # LMDB's limit for a key, in bytes
SLICE = 20_000
DICTIONARY = b"\0dictionary"  # sorts before every table
SAMPLES, SAMPLES_BYTES = 60, 16_384  # of each table
LEVEL = 3

Row = dict[str, Any]


def key_of(table: str, *parts: str) -> bytes:
    """The key of a row, or of what rows have in common when parts are left out."""
    return SEPARATOR.join([table.encode(), *(part.encode() for part in parts)])


def build_lookup(path: Path, tables: Path, keys: Mapping[str, Sequence[str]]) -> None:
    """Write the look-up of the Parquet files in `tables` to the new file `path`.

    `keys`: table -> the columns that name a row; a table without any is left out. Raises BadInput for keys that are
    too long or hold the separator.
    """
    rough = path.with_name(f"{path.name}.rough")
    with lmdb.open(str(rough), map_size=1 << 40, subdir=False, lock=False, sync=False, writemap=False) as rows:
        with rows.begin(write=True) as transaction:
            samples = _samples(tables, keys)
            transaction.put(DICTIONARY, samples, append=True)
            compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(samples), write_checksum=False)
            for table in sorted(keys):
                for key, value in _rows(table, tables / f"{table}.parquet", list(keys[table])):
                    if not transaction.put(key, compressor.compress(value), append=True):
                        raise BadInput(f"table {table}: key {key!r} is out of order or stands twice")
        with open(path, "wb") as handle:
            rows.copyfd(handle.fileno(), compact=True)  # without the gaps that building leaves
    rough.unlink()


def _samples(tables: Path, keys: Mapping[str, Sequence[str]]) -> bytes:
    """Rows from all over every table, one after another."""
    parts = []
    for table in sorted(keys):
        rows = _rows(table, tables / f"{table}.parquet", list(keys[table]), spread=SAMPLES)
        parts.append(b"".join(value for _, value in islice(rows, SAMPLES))[:SAMPLES_BYTES])
    return b"".join(parts)


def _dictionary(samples: bytes | memoryview) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(bytes(samples), dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _rows(table: str, file: Path, keys: list[str], spread: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values in order; `spread`: only about so many rows, evenly from the whole table."""
    import polars as pl  # a reader of look-ups needs none of it

    if not keys:
        return
    frame = pl.read_parquet(file, hive_partitioning=False)
    frame = frame.sort(*[pl.col(key).cast(pl.String) for key in keys])  # bytewise, as LMDB sorts
    if spread is not None:
        frame = frame.gather_every(max(1, frame.height // spread))
    for piece in frame.iter_slices(SLICE):
        texts = piece.select(pl.col(keys).cast(pl.String)).rows()
        for parts, row in zip(texts, piece.rows(), strict=True):
            yield _checked(table, parts), orjson.dumps(row)


def _checked(table: str, parts: tuple[str, ...]) -> bytes:
    key = key_of(table, *parts)
    if len(key) > LONGEST:
        raise BadInput(f"table {table}: the key {parts} is longer than {LONGEST} bytes")
    if key.count(SEPARATOR) != len(parts):
        raise BadInput(f"table {table}: the key {parts!r} holds the separator")
    return key


class Lookup:
    """An open look-up. `tables`: name -> (key columns, all columns), as the manifest tells them."""

    def __init__(self, path: Path, tables: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> None:
        self._tables = {name: (tuple(keys), tuple(columns)) for name, (keys, columns) in tables.items() if keys}
        self._rows = lmdb.open(str(path), subdir=False, readonly=True, lock=False, readahead=False, max_readers=1024)
        with self._rows.begin() as transaction:
            self._dictionary = _dictionary(transaction.get(DICTIONARY, b""))
        self._own = threading.local()  # a decompressor is for one thread at a time

    def __contains__(self, table: str) -> bool:
        return table in self._tables

    def keys(self, table: str) -> tuple[str, ...]:
        """The key columns of a table, in order."""
        return self._tables[table][0]

    def get(self, table: str, *parts: str) -> Row | None:
        """The row with exactly these keys; None when there is none or no such table."""
        if table not in self._tables:
            return None
        with self._rows.begin(buffers=True) as transaction:
            found = transaction.get(key_of(table, *parts))
            return self._row(table, found) if found is not None else None

    def scan(self, table: str, *parts: str, after: Sequence[str] | None = None) -> Iterator[Row]:
        """Rows whose first keys are `parts`, in key order; from behind the row with the keys `after`, if given."""
        if table not in self._tables:
            return
        for _, value in self._entries(table, parts, after):
            yield self._row(table, value)

    def scan_keys(self, table: str, *parts: str, after: Sequence[str] | None = None) -> Iterator[tuple[str, ...]]:
        """The keys alone of the rows that `scan` gives: cheap enough to count or filter a whole table."""
        if table not in self._tables:
            return
        for key, _ in self._entries(table, parts, after):
            yield tuple(part.decode() for part in bytes(key).split(SEPARATOR)[1:])

    def _entries(
        self, table: str, parts: Sequence[str], after: Sequence[str] | None
    ) -> Iterator[tuple[memoryview, memoryview]]:
        prefix = key_of(table, *parts)
        prefix += b"" if len(parts) == len(self.keys(table)) else SEPARATOR
        start = key_of(table, *after) + b"\0" if after else prefix
        with self._rows.begin(buffers=True) as transaction, transaction.cursor() as cursor:
            if not cursor.set_range(start):
                return
            for key, value in cursor.iternext(keys=True, values=True):
                if bytes(key[: len(prefix)]) != prefix:
                    return
                yield key, value

    def _row(self, table: str, value: memoryview) -> Row:
        try:
            decompressor = self._own.decompressor
        except AttributeError:
            decompressor = self._own.decompressor = zstandard.ZstdDecompressor(dict_data=self._dictionary)
        return dict(zip(self._tables[table][1], orjson.loads(decompressor.decompress(value)), strict=True))

    def close(self) -> None:
        """Unmap the file; no other call may follow."""
        self._rows.close()
