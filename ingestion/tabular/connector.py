"""A connector to tables: files below the data folder, or one table behind a URL, through a mapping."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.live import ask
from ingestion.landed_pages import PageRecord
from ingestion.sources import SourceSpec
from ingestion.tabular.mapping import Mapping, load_mapping
from ingestion.tabular.whole import days_of, hash_of, records_of, whole
from kit.clock import today
from kit.errors import BadInput

VERSION = "2"  # raise it when reading or mapping itself gives something else than before


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

    def __init__(
        self, kind: str, mappings: Path, default_mapping: str | None = None, default_url: str | None = None
    ) -> None:
        self.kind, self.mappings = kind, mappings
        self.default_mapping, self.default_url = default_mapping, default_url

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        """The capture days in the files, or the one of the table behind the URL."""
        options = self.options(spec)
        if options.path is None:
            found = {options.captured_on or today(lambda: fetcher.now)}
        else:
            files, mapping = self._files(options, fetcher, spec), self.mapping(options)
            found = {day for file in files for day in days_of(file, mapping, options.captured_on, _latest(fetcher.now))}
        return sorted(day for day in found if (first is None or first <= day) and (last is None or day <= last))

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        """The files that hold rows of that day, byte for byte; a file of several days is yielded for each of them."""
        options = self.options(spec)
        if options.url is not None and options.path is None:
            yield ask(fetcher, options.url)
            return
        for file in self._files_with(options, day, fetcher, spec):
            body = file.read_bytes()
            if body:
                yield Page(_request(file, fetcher), body, "ok", fetched_at=fetcher.now)
            else:
                yield Page(_request(file, fetcher), body, "empty", fetched_at=fetcher.now, detail="the file is empty")

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        """The file's records of that day."""
        options = self.options(spec)
        mapping = self.mapping(options)
        name = page.request.split("?", 1)[0]
        fallback = day if mapping.capture.fetched else None
        latest = _latest(page.fetched_at) if page.fetched_at else None
        return records_of(mapping, whole(page.body, name, mapping, fallback, latest), day)

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
        files = self._files_with(options, day, fetcher, spec)
        there = [(_request(file, fetcher), hash_of(file)) for file in files]
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
        """The files that the paths name, each once, in order of name below each path; raises BadInput for none."""
        root = (Path(fetcher.data) if fetcher.data else Path()).absolute()
        found: list[Path] = []
        for pattern in (options.path,) if isinstance(options.path, str) else options.path or ():
            at = root / pattern  # an absolute pattern stands for itself
            matches = [at] if at.is_file() else sorted(Path(at.anchor).glob(at.relative_to(at.anchor).as_posix()))
            files = [match for match in matches if match.is_file()]
            if not files:
                where = f"below {fetcher.data}" if fetcher.data else "here (--data names the folder that holds it)"
                raise BadInput(f"source {spec.name}: there is no file {pattern} {where}")
            found += files
        return list(dict.fromkeys(found))

    def _files_with(self, options: TableOptions, day: date, fetcher: Fetcher, spec: SourceSpec) -> list[Path]:
        mapping = self.mapping(options)
        files, latest = self._files(options, fetcher, spec), _latest(fetcher.now)
        return [file for file in files if day in days_of(file, mapping, options.captured_on, latest)]


def _latest(now: datetime) -> date:
    """The last capture day that a file can tell of: somewhere it is tomorrow already."""
    return now.astimezone(UTC).date() + timedelta(1)


def _request(file: Path, fetcher: Fetcher) -> str:
    """The file's name below the data folder: the same on every machine."""
    root = Path(fetcher.data).resolve() if fetcher.data else None
    resolved = file.resolve()
    return resolved.relative_to(root).as_posix() if root and resolved.is_relative_to(root) else file.name
