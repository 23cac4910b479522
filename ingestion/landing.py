"""Landing one source and capture day: every page as received, where `ingestion.landed_pages` finds it."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import structlog
import zstandard

from ingestion.connector import Connector, Fetcher, Page
from ingestion.landed_pages import GOOD, PageRecord, blob_path, previous, read_record, record_path, replaced_path
from ingestion.sources import SourceSpec
from kit.errors import PaybandError, Permanent
from kit.files import write_whole
from kit.identifiers import content_hash
from kit.store import Store

log = structlog.get_logger()
LEVEL = 3


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
