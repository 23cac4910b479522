"""A file as a whole, read and mapped once however many capture days its rows belong to."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

import polars as pl

from ingestion.connector import MalformedPage, Parsed
from ingestion.tabular.apply import Mapped, apply_mapping
from ingestion.tabular.mapping import Mapping
from ingestion.tabular.readers import read_table
from kit.errors import BadInput
from kit.identifiers import content_hash

T = TypeVar("T")


class Memo(Generic[T]):
    """The last results by key, as many as weigh `size` together, the newest whatever it weighs: a plain cache whose
    values may be made from more than their key."""

    def __init__(self, size: int, weigh: Callable[[T], int] = lambda _: 1) -> None:
        self._size, self._weigh = size, weigh
        self._held, self._lock = OrderedDict[Hashable, tuple[T, int]](), Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
        made = make()
        with self._lock:
            self._held[key] = made, self._weigh(made)
            while len(self._held) > 1 and sum(weight for _, weight in self._held.values()) > self._size:
                self._held.popitem(last=False)
        return made


@dataclass(frozen=True)
class Whole:
    """Every record of a file, mapped; `torn` could not even be read as one."""

    mapped: Mapped
    torn: list[tuple[str, Any]]


# The days of a source are parsed one after the other, each from every file that has rows of it.
_WHOLES: Memo[Whole] = Memo(256 * 1024**2, lambda whole: int(whole.mapped.rows.estimated_size()))
_DAYS: Memo[tuple[date, ...]] = Memo(256)
_HASHES: Memo[str] = Memo(256)


def whole(body: bytes, name: str, mapping: Mapping, fallback: date | None, latest: date | None) -> Whole:
    """The file's records. `fallback` is the capture day under the rule `fetched`, `latest` the last possible one.
    Raises MalformedPage."""

    def make() -> Whole:
        table = read_table(body, name, mapping.read)
        return Whole(apply_mapping(mapping, table, name.rsplit("/", 1)[-1], fallback, latest), table.torn)

    return _WHOLES.get((content_hash(body), name, mapping.fingerprint(), fallback, latest), make)


def records_of(mapping: Mapping, records: Whole, day: date) -> Parsed:
    """The rows and rejects of one capture day. What has no day of its own belongs to the file's first."""
    rows, raw = records.mapped.rows, records.mapped.raw
    days = rows["_day"]
    first = days.min()
    mine = pl.repeat(True, rows.height, eager=True) if first is None else days.fill_null(first) == day
    faulty = rows["_reason"].is_not_null()
    bad = rows.filter(mine & faulty).select("record_index", "_reason", "_detail")
    rejects: list[tuple[str, str, str, Any]] = [
        (mapping.frame, reason, detail, {"record_index": index} | record)
        for (index, reason, detail), record in zip(bad.iter_rows(), raw.filter(mine & faulty).to_dicts(), strict=True)
    ]
    if first is None or first == day:
        rejects += [(mapping.frame, "not_a_record", detail, {"fields": record}) for detail, record in records.torn]
    return Parsed({mapping.frame: rows.filter(mine & ~faulty).drop("_day", "_reason", "_detail")}, rejects)


def written_on(file: Path) -> date:
    """The day on which the file was last written, UTC."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).date()


def days_of(file: Path, mapping: Mapping, captured_on: date | None, latest: date) -> tuple[date, ...]:
    """The capture days of a file's rows, in order, none after `latest`. Where none can be read, the day on which the
    file was written, so that it lands and what is wrong with it is reported. Raises BadInput where the mapping or the
    options name a day after `latest`."""
    rule = mapping.capture
    given = captured_on if rule.fetched else rule.on or rule.otherwise
    if given is not None and given > latest:
        raise BadInput(f"{file.name}: the capture day {given} is still to come")
    if rule.on is not None:
        return (rule.on,)
    if rule.fetched:
        return (captured_on or written_on(file),)
    key = (file, file.stat().st_mtime_ns, mapping.fingerprint(), latest)
    return _DAYS.get(key, lambda: _read_days(file, mapping, latest)) or (rule.otherwise or written_on(file),)


def _read_days(file: Path, mapping: Mapping, latest: date) -> tuple[date, ...]:
    only_capture = mapping.model_copy(update={"columns": {}, "identity": None, "reject": (), "withheld_marks": ()})
    try:
        table = read_table(file.read_bytes(), file.name, mapping.read)
        mapped = apply_mapping(only_capture, table, file.name, latest_day=latest)
    except MalformedPage:
        return ()
    return tuple(mapped.rows["_day"].drop_nulls().unique().sort().to_list())


def hash_of(file: Path) -> str:
    """The hash of the file's content, read again only when the file was written again."""
    return _HASHES.get((file, file.stat().st_mtime_ns), lambda: content_hash(file.read_bytes()))
