"""Raw pages as received: bodies by content, and per source and capture day one record that lists every page.

    landing/blobs/ab/abcd….zst            a body, compressed, named by the SHA-256 of what was received
    landing/pages/source=<name>/<day>.json  what was asked that day, and what came back
    landing/replaced/source=<name>/<day>/<inputs>.json  what it said before, so that an older release can be made again

Equal bodies are stored once, whoever sent them and whenever. The record's `inputs` covers requests, outcomes and
bodies, not times, so that fetching the same again changes nothing downstream.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import zstandard

from ingestion.connector import Connector, Fetcher, Page
from ingestion.sources import SourceSpec
from kit.errors import PaybandError, Permanent
from kit.identifiers import content_hash
from kit.store import Store

log = structlog.get_logger()
GOOD = ("ok", "empty")
LEVEL = 3


@dataclass(frozen=True)
class PageRecord:
    """One line of a partition's record: a page without its body, which `sha256` names."""

    request: str
    outcome: str
    status: int | None
    media_type: str
    fetched_at: str | None
    detail: str
    headers: dict[str, str]
    sha256: str
    size: int


@dataclass(frozen=True)
class LandingReport:
    """What landing one source and day did. `kept` says that an earlier, better partition stands."""

    source: str
    day: date
    pages: int
    bytes: int
    outcomes: dict[str, int] = field(default_factory=dict)
    inputs: str = ""
    changed: bool = True
    kept: bool = False
    failure: str = ""
    retriable: bool = False


def page_id(page: Page | PageRecord) -> str:
    """16 hex digits naming a page by what was asked and what came back."""
    body = page.sha256 if isinstance(page, PageRecord) else content_hash(page.body)
    return content_hash(f"{page.request}\x1f{body}".encode())[:16]


def record_path(store: Store, source: str, day: date) -> Path:
    """The file that lists the pages of one partition."""
    return store.landing / f"pages/source={source}/{day.isoformat()}.json"


def replaced_path(store: Store, source: str, day: date, inputs: str) -> Path:
    """The file that keeps a partition's record with those `inputs` once another has taken its place."""
    return store.landing / f"replaced/source={source}/{day.isoformat()}/{inputs}.json"


def record_with(store: Store, source: str, day: date, inputs: str) -> Path | None:
    """The record of a partition as it was with those `inputs`, the present one or a replaced one; None: it is gone."""
    now = record_path(store, source, day)
    if now.exists() and json.loads(now.read_bytes())["inputs"] == inputs:
        return now
    before = replaced_path(store, source, day, inputs)
    return before if before.exists() else None


def blob_path(store: Store, sha256: str) -> Path:
    """The file that holds a body."""
    return store.landing / "blobs" / sha256[:2] / f"{sha256}.zst"


def landed(store: Store) -> list[tuple[str, date]]:
    """Every landed partition as (source, day), in order."""
    files = (store.landing / "pages").glob("source=*/*.json")
    return sorted((path.parent.name.removeprefix("source="), date.fromisoformat(path.stem)) for path in files)


def land(store: Store, spec: SourceSpec, day: date, connector: Connector, fetcher: Fetcher) -> LandingReport:
    """Fetch every page of one source and capture day and replace the partition with them, atomically.

    A fetch that fails is kept as a page with the outcome `failed`. A partition on disk with fewer bad pages than the
    new one stays as it is, and the failure is noted in its record. Never raises for what a source does.
    """
    fetcher = replace(fetcher, previous=previous(store, spec.name))
    records: list[PageRecord] = []
    failure: PaybandError | None = None
    try:
        records.extend(_keep(store, page, fetcher.now) for page in connector.fetch(spec, day, fetcher))
    except PaybandError as error:
        failure = error
        records.append(_keep(store, Page(f"fetch {spec.name}", b"", "failed", detail=str(error)), fetcher.now))
        log.warning("landing.fetch_failed", source=spec.name, day=str(day), detail=str(error))
    before = read_record(store, spec.name, day)
    kept = before is not None and _bad(before["pages"]) < _bad(records)
    if kept and before is not None:
        _note_attempt(store, spec, day, before, records, fetcher.now)
        records_kept = before["pages"]
    else:
        records_kept = records
    inputs = _inputs(records_kept)
    changed = before is None or before["inputs"] != inputs
    if before is not None and changed:
        write_whole(
            replaced_path(store, spec.name, day, before["inputs"]), record_path(store, spec.name, day).read_bytes()
        )
    if not kept and (before is None or changed or _validators(before["pages"]) != _validators(records)):
        _write(store, spec.name, day, spec.connector, inputs, records, [])
    return LandingReport(
        source=spec.name,
        day=day,
        pages=len(records_kept),
        bytes=sum(record.size for record in records_kept),
        outcomes=dict(sorted(Counter(record.outcome for record in records).items())),
        inputs=inputs,
        changed=changed,
        kept=kept,
        failure=str(failure or ""),
        retriable=failure is not None and not isinstance(failure, Permanent),
    )


def read_record(store: Store, source: str, day: date) -> dict[str, Any] | None:
    """The partition's record, its `pages` as PageRecords; None where nothing landed."""
    path = record_path(store, source, day)
    if not path.exists():
        return None
    record: dict[str, Any] = json.loads(path.read_bytes())
    record["pages"] = [PageRecord(**page) for page in record["pages"]]
    return record


def landed_inputs(store: Store, source: str, day: date) -> str | None:
    """The hash of what landed for that source and day; None where nothing did."""
    record = read_record(store, source, day)
    return None if record is None else record["inputs"]


def pages(store: Store, source: str, day: date) -> Iterator[Page]:
    """The partition's pages in the order in which they came, read from disk: no network."""
    record = read_record(store, source, day)
    for entry in record["pages"] if record else ():
        yield _page(store, entry)


def previous(store: Store, source: str) -> Callable[[str], Page | None]:
    """Looks a request up among the last good pages of that source, newest day first. Nothing is read until asked."""

    @cache
    def newest() -> dict[str, PageRecord]:
        found: dict[str, PageRecord] = {}
        for path in sorted((store.landing / "pages" / f"source={source}").glob("*.json")):  # a later day overwrites
            record = read_record(store, source, date.fromisoformat(path.stem))
            found |= {page.request: page for page in (record or {"pages": []})["pages"] if page.outcome in GOOD}
        return found

    def look_up(request: str) -> Page | None:
        entry = newest().get(request)
        return None if entry is None else _page(store, entry)

    return look_up


def read_blob(store: Store, sha256: str) -> bytes:
    """A landed body; raises Permanent when it is missing or does not have the content that its name says."""
    path = blob_path(store, sha256)
    try:
        body = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    except (FileNotFoundError, zstandard.ZstdError) as error:
        raise Permanent(f"landed body {sha256} cannot be read ({error}): land its source and day again") from None
    if content_hash(body) != sha256:
        raise Permanent(f"landed body {path} is damaged: remove it and land its source and day again")
    return body


def _page(store: Store, entry: PageRecord) -> Page:
    return Page(
        request=entry.request,
        body=read_blob(store, entry.sha256),
        outcome=entry.outcome,  # type: ignore[arg-type]
        status=entry.status,
        media_type=entry.media_type,
        fetched_at=datetime.fromisoformat(entry.fetched_at) if entry.fetched_at else None,
        detail=entry.detail,
        headers=entry.headers,
    )


def _keep(store: Store, page: Page, now: datetime) -> PageRecord:
    sha256 = content_hash(page.body)
    path = blob_path(store, sha256)
    if not path.exists():
        write_whole(path, zstandard.ZstdCompressor(level=LEVEL).compress(page.body))
    fetched_at = (page.fetched_at or now).astimezone(UTC).isoformat()
    return PageRecord(
        page.request, page.outcome, page.status, page.media_type, fetched_at, page.detail,
        dict(page.headers), sha256, len(page.body),
    )  # fmt: skip


def _bad(records: list[PageRecord]) -> int:
    return sum(record.outcome not in GOOD for record in records)


def _validators(records: list[PageRecord]) -> list[dict[str, str]]:
    return [record.headers for record in records]


def _inputs(records: list[PageRecord]) -> str:
    said = [[record.request, record.outcome, record.sha256] for record in records]
    return content_hash(json.dumps(said).encode())


def _note_attempt(
    store: Store, spec: SourceSpec, day: date, before: dict[str, Any], records: list[PageRecord], now: datetime
) -> None:
    bad = [record for record in records if record.outcome not in GOOD]
    failed = [{"request": record.request, "outcome": record.outcome, "detail": record.detail} for record in bad]
    attempts = [*before["attempts"], {"at": now.astimezone(UTC).isoformat(), "pages": failed}]
    _write(store, spec.name, day, before["connector"], before["inputs"], before["pages"], attempts)


def _write(
    store: Store, source: str, day: date, kind: str, inputs: str, records: list[PageRecord], attempts: list[Any]
) -> None:
    record = {
        "source": source,
        "day": f"{day:%Y-%m-%d}",
        "connector": kind,
        "inputs": inputs,
        "pages": [asdict(entry) for entry in records],
        "attempts": attempts,
    }
    write_whole(record_path(store, source, day), json.dumps(record, indent=1, ensure_ascii=False).encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, flush, rename: a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with open(beside, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
