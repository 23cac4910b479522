"""A connector to tables: files below the data folder, or one table behind a URL, through a mapping."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ingestion.connector import Fetcher, MalformedPage, Page, Parsed
from ingestion.connectors.live import ask
from ingestion.landing import PageRecord
from ingestion.sources import SourceSpec
from ingestion.tabular.apply import Mapped, apply_mapping
from ingestion.tabular.mapping import Mapping, load_mapping
from ingestion.tabular.readers import read_table
from kit.clock import today
from kit.errors import BadInput
from kit.identifiers import content_hash

VERSION = "1"  # raise it when reading or mapping itself gives something else than before


class TableOptions(BaseModel):
    """The options of a source of this kind in the sources file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | tuple[str, ...] | None = None  # below the data folder, or absolute; may be a glob
    url: str | None = None  # instead of a path
    mapping: str | dict[str, Any] | None = None  # a packaged mapping's name, a path ending in .yaml, or written out
    captured_on: date | None = None  # for mappings whose capture rule is `fetched`

    @model_validator(mode="after")
    def _one_place(self) -> "TableOptions":
        if (self.path is None) == (self.url is None):
            raise ValueError("give either path or url")
        return self


class TableConnector:
    """See the module's text. An instance is one kind, with its folder of mappings and the one taken by default."""

    kind: ClassVar[str] = "files"

    def __init__(self, kind: str, mappings: Path, default_mapping: str | None = None, default_url: str | None = None) -> None:
        self.kind = kind  # type: ignore[misc]
        self.mappings = mappings
        self.default_mapping = default_mapping
        self.default_url = default_url

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        """The capture days in the files, or the one of the table behind the URL."""
        options = self.options(spec)
        if options.path is None:
            found = {options.captured_on or today(lambda: fetcher.now)}
        else:
            found = {day for file in self._files(options, fetcher, spec) for day in self._days_of(spec, file)}
        return sorted(day for day in found if (first is None or first <= day) and (last is None or day <= last))

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        """The files that hold rows of that day, byte for byte; a file of several days is yielded for each of them."""
        options = self.options(spec)
        if options.url is not None and options.path is None:
            yield ask(fetcher, options.url)
            return
        for file in self._files(options, fetcher, spec):
            if day in self._days_of(spec, file):
                written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                yield Page(_request(file, fetcher), file.read_bytes(), "ok", fetched_at=written)

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        """The file's records of that day."""
        options = self.options(spec)
        mapping = self.mapping(options)
        whole = _mapped(page.body, page.request.rsplit("?", 1)[0], mapping, day if mapping.capture.fetched else None)
        return records_of(mapping, whole, day)

    def frames(self, spec: SourceSpec) -> tuple[str, ...]:
        """The one frame that the mapping fills."""
        return (self.mapping(self.options(spec)).frame,)

    def version(self, spec: SourceSpec) -> str:
        """Reading's own rules and the mapping's content."""
        return f"{VERSION}:{self.mapping(self.options(spec)).fingerprint()}"

    def live(self, spec: SourceSpec) -> bool:
        """A table behind a URL is asked again every day; files have their days for good."""
        return self.options(spec).path is None

    def unchanged(self, spec: SourceSpec, day: date, landed: Sequence[PageRecord], fetcher: Fetcher) -> bool:
        """Whether the files with rows of that day are those that landed."""
        options = self.options(spec)
        if options.path is None:
            return False
        files = [file for file in self._files(options, fetcher, spec) if day in self._days_of(spec, file)]
        there = [(_request(file, fetcher), _hash_of(file, file.stat().st_mtime_ns)) for file in files]
        return there == [(page.request, page.sha256) for page in landed]

    def options(self, spec: SourceSpec) -> TableOptions:
        """The source's options, checked; raises BadInput."""
        given = dict(spec.options)
        if self.default_url and "path" not in given:
            given.setdefault("url", self.default_url)
        try:
            return TableOptions.model_validate(given)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
            raise BadInput(f"source {spec.name} ({self.kind}): {faults}") from None

    def mapping(self, options: TableOptions) -> Mapping:
        """The mapping that the options name; raises BadInput."""
        named = options.mapping or self.default_mapping
        if named is None:
            raise BadInput(f"{self.kind}: give `mapping`: a name, a path ending in .yaml, or the mapping itself")
        return load_mapping(named, self.mappings)

    def _files(self, options: TableOptions, fetcher: Fetcher, spec: SourceSpec) -> list[Path]:
        patterns = (options.path,) if isinstance(options.path, str) else options.path or ()
        root = Path(fetcher.data) if fetcher.data else Path()
        found: list[Path] = []
        for pattern in patterns:
            at = root / pattern
            matches = [at] if at.is_file() else sorted(Path(at.anchor).glob(str(at.relative_to(at.anchor))) if at.is_absolute()
                                                       else root.glob(pattern))  # fmt: skip
            if not (files := [match for match in matches if match.is_file()]):
                where = f"below {fetcher.data}" if fetcher.data else "here (give --data, the folder that holds it)"
                raise BadInput(f"source {spec.name}: there is no file {pattern} {where}")
            found += files
        return list(dict.fromkeys(found))

    def _days_of(self, spec: SourceSpec, file: Path) -> tuple[date, ...]:
        options = self.options(spec)
        mapping = self.mapping(options)
        if mapping.capture.on is not None:
            return (mapping.capture.on,)
        if mapping.capture.fetched:
            return (options.captured_on or datetime.fromtimestamp(file.stat().st_mtime, UTC).date(),)
        return _days_in(file, file.stat().st_mtime_ns, mapping.fingerprint(), _Held(mapping))


class _Held:
    """Carries a mapping past a cache that is keyed by its fingerprint."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _days_in(file: Path, written_ns: int, fingerprint: str, held: _Held) -> tuple[date, ...]:
    """The capture days of a file's rows; one that cannot be read has a day too, so that it lands and is reported."""
    mapping = held.mapping
    only_capture = mapping.model_copy(update={"columns": {}, "identity": None, "reject": (), "withheld_marks": ()})
    try:
        mapped = apply_mapping(only_capture, read_table(file.read_bytes(), file.name, mapping.read), file.name)
    except MalformedPage:
        return (mapping.capture.otherwise or datetime.fromtimestamp(file.stat().st_mtime, UTC).date(),)
    found = mapped.rows["_day"].drop_nulls().unique().sort().to_list()
    return tuple(found) or ((mapping.capture.otherwise,) if mapping.capture.otherwise else ())


def _mapped(body: bytes, name: str, mapping: Mapping, fallback: date | None) -> tuple[Mapped, list[tuple[str, Any]]]:
    return _mapped_once(content_hash(body), name, mapping.fingerprint(), fallback, _Body(body, mapping))


class _Body(_Held):
    def __init__(self, body: bytes, mapping: Mapping) -> None:
        super().__init__(mapping)
        self.body = body


@lru_cache(maxsize=1)
def _mapped_once(
    sha256: str, name: str, fingerprint: str, fallback: date | None, held: _Body
) -> tuple[Mapped, list[tuple[str, Any]]]:
    """A file of twenty capture days is read and mapped once, when they are parsed one after the other."""
    table = read_table(held.body, name, held.mapping.read)
    file = name.rsplit("/", 1)[-1]
    return apply_mapping(held.mapping, table, file, fallback), table.torn


def records_of(mapping: Mapping, whole: tuple[Mapped, list[tuple[str, Any]]], day: date) -> Parsed:
    """The rows and rejects of one capture day. What has no day of its own belongs to the file's first."""
    mapped, torn = whole
    days = mapped.rows["_day"]
    first = days.min() if days.len() else None
    mine = days.fill_null(first) == day if first is not None else pl.Series([True] * days.len(), dtype=pl.Boolean)
    faulty = mapped.rows["_reason"].is_not_null()
    rows = mapped.rows.filter(mine & ~faulty).drop("_day", "_reason", "_detail")
    bad = mapped.rows.filter(mine & faulty).select("record_index", "_reason", "_detail")
    records = mapped.raw.filter(mine & faulty).to_dicts()
    rejects = [
        (mapping.frame, reason, detail or "", {"record_index": index} | record)
        for (index, reason, detail), record in zip(bad.iter_rows(), records, strict=True)
    ]
    if first is None or first == day:
        rejects += [(mapping.frame, "not_a_record", detail, {"fields": record}) for detail, record in torn]
    return Parsed({mapping.frame: rows}, rejects)


@lru_cache(maxsize=256)
def _hash_of(file: Path, written_ns: int) -> str:
    return content_hash(file.read_bytes())


def _request(file: Path, fetcher: Fetcher) -> str:
    """The file's name below the data folder: the same on every machine."""
    root = Path(fetcher.data).resolve() if fetcher.data else None
    resolved = file.resolve()
    return resolved.relative_to(root).as_posix() if root and resolved.is_relative_to(root) else file.name
