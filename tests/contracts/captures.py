"""One capture of a recorded source, what it must be when the source fails, and the ways in which answers are spoilt."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import httpx
import orjson

from ingestion.canonical import Conformed, conform
from ingestion.connector import Fetcher, MalformedPage, Page, Parsed
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.http import HttpSettings, client
from tests.recordings.peer import Change, Peer

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
TODAY = NOW.date()
TRIES = 3


class Run:
    """One capture of one recorded source through the real client: its pages, rows, rejects, and how long it slept."""

    def __init__(self, kind: str, change: Change | None = None) -> None:
        self.peer = Peer(kind) if change is None else Peer(kind, change=change)
        self.slept: list[float] = []
        self.connector = connector(kind)
        self.spec = spec_of(kind, self.peer.options)
        settings = HttpSettings(network="on", tries=TRIES)
        transport = httpx.MockTransport(self.peer.answer)
        with client(settings, transport, clock=lambda: NOW, sleep=self.slept.append, monotonic=lambda: 0.0) as http:
            self.pages = list(self.connector.fetch(self.spec, TODAY, Fetcher(http, None, NOW)))
        self.parsed: list[Parsed] = []
        self.malformed: list[str] = []
        for page in self.pages:
            if page.outcome == "ok":
                self._parse(page)

    def _parse(self, page: Page) -> None:
        try:
            self.parsed.append(self.connector.parse(self.spec, TODAY, page))
        except MalformedPage as error:
            self.malformed.append(str(error))

    @cached_property
    def conformed(self) -> Conformed:
        """Every page's rows as canonical ones."""
        rows = [row for parsed in self.parsed for row in parsed.rows.get("postings", [])]
        return conform("postings", rows, self.spec.name, TODAY, "page")

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.conformed.rows.to_dicts()

    @property
    def reasons(self) -> Counter[str]:
        """Why records are no rows, as the parser and the canonical rules say."""
        by_parser = [reason for parsed in self.parsed for _, reason, _, _ in parsed.rejects]
        return Counter(by_parser + self.conformed.rejected["reason"].to_list())

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(page.outcome for page in self.pages)


def spec_of(kind: str, options: dict[str, Any]) -> SourceSpec:
    return SourceSpec(name=f"{kind}_recorded", connector=kind, options=options)


def records(parsed: Parsed) -> list[Any]:
    return [*parsed.rows.get("postings", []), *parsed.rejects]


def misshapen(body: bytes) -> Iterator[bytes]:
    """The document with one value changed, for every place in it and a few odd values."""
    document = orjson.loads(body)
    for holder, key in list(_places(document)):
        kept = holder[key]
        for odd in (None, True, -7, "\u0000 odd", [None, 3], {"odd": [1]}):
            holder[key] = odd if not isinstance(kept, list) or not isinstance(odd, list) else kept
            yield orjson.dumps(document)
        holder[key] = kept


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, below in list(entries):
        yield value, key
        yield from _places(below)


def is_fault(run: Run, outcomes: set[str]) -> None:
    """Assert that pages are there, none of them counts as good, and no row came of them."""
    assert run.pages
    assert set(run.outcomes) <= outcomes, [(p.outcome, p.detail) for p in run.pages]
    assert all(page.detail for page in run.pages)
    assert run.rows == []


def is_listing(kind: str, request: httpx.Request) -> bool:
    """Whether the answer to this request lists records (the first recorded answer does, unless the recording says)."""
    exchange = Peer(kind).exchange
    return request.url.path in exchange.get("listings", [exchange["answers"][0]["path"]])


def on_listings(kind: str, change: Callable[[httpx.Response], httpx.Response]) -> Change:
    """Spoils the answers that list records and leaves the others."""
    return lambda request, response: change(response) if is_listing(kind, request) else response


def with_body(response: httpx.Response, body: bytes) -> httpx.Response:
    headers = {"Content-Type": response.headers["Content-Type"]} if "Content-Type" in response.headers else {}
    return httpx.Response(response.status_code, content=body, headers=headers)


def mojibake(body: bytes) -> bytes:
    """UTF-8 read as Latin-1 and written again: what a careless server in between does."""
    return body.decode().encode().decode("latin-1").encode()


def renamed(body: bytes) -> bytes:
    """Every key of the document under another name."""
    return body.replace(b'":', b'_v2":').replace(b"JobPosting", b"Vacancy").replace(b"<loc>", b"<location>")
