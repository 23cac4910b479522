"""Raw pages as received, read back: bodies by content, and per source and capture day one record of every page.

    landing/blobs/ab/abcd….zst            a body, compressed, named by the SHA-256 of what was received
    landing/pages/source=<name>/<day>.json  what was asked that day, and what came back
    landing/replaced/source=<name>/<day>/<inputs>.json  what it said before, so that an older release can be made again

Equal bodies are stored once, whoever sent them and whenever. The record's `inputs` covers requests, outcomes and
bodies, not times, so that fetching the same again changes nothing downstream. `ingestion.landing` writes all of it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import zstandard

from ingestion.connector import Page
from kit.errors import Permanent
from kit.identifiers import content_hash
from kit.store import Store

GOOD = ("ok", "empty")


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
