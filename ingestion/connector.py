"""What a source must offer: `days` and `fetch` (network or files) and `parse` (pure).

A connector is one module-level object in `ingestion/connectors/<kind>/connector.py`, listed in
`ingestion/registry.py`. It knows nothing of the store, of Dagster or of other connectors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

import httpx

from ingestion.sources import SourceSpec

Outcome = Literal["ok", "empty", "refused", "malformed", "failed"]


@dataclass(frozen=True)
class Page:
    """One answer as received: `body` byte for byte. An answer that could not be had is a Page too, with its outcome."""

    request: str  # method and URL without secrets, or the file's name below the data folder
    body: bytes
    outcome: Outcome
    status: int | None = None  # HTTP status, where there is one
    media_type: str = ""
    fetched_at: datetime | None = None
    detail: str = ""  # why it is not ok, for an operator to read
    headers: dict[str, str] = field(default_factory=dict)  # ETag, Last-Modified, Content-Type only


@dataclass(frozen=True)
class Parsed:
    """What one page holds. Every record of the page is in `rows` or in `rejects`; none is lost.

    `rows` maps a frame's name (a key of `ingestion.schema.FRAMES`) to its records, each a dict of that
    frame's columns without provenance and ids (absent keys are null); a polars DataFrame of such columns
    will do as well, and is what large pages should give. `rejects` holds (frame, reason, detail, record).
    """

    rows: dict[str, Any] = field(default_factory=dict)
    rejects: list[tuple[str, str, str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Fetcher:
    """What `fetch` may use: the one HTTP client, the folder that `--data` names, the moment."""

    http: httpx.Client
    data: str | None
    now: datetime
    # The last good page that this source gave for a request (its body, ETag and Last-Modified), for conditional
    # requests: on a 304, yield that page again with `status=304`.
    previous: Callable[[str], Page | None] = lambda _: None


class MalformedPage(Exception):
    """Raised by `parse` when the page as a whole is not what its source documents (HTML for JSON, cut off).

    The page then gets the outcome `malformed`, is kept, and the run reports it.
    """


class Connector(Protocol):
    """See the module's text. `kind` is its key in the registry.

    Four more methods may be there:

    - `frames(spec) -> tuple[str, ...]`: the frames that it gives (without it: postings).
    - `version(spec) -> str`: what besides the landed page its parse depends on (without it: "1"); a changed version
      parses every landed partition anew.
    - `live(spec) -> bool`: whether it can only be asked for today (without it: yes).
    - `unchanged(spec, day, landed, fetcher) -> bool`: whether fetching that day would give the landed pages (their
      records, without bodies) again, known without fetching (without it: no).
    """

    kind: str

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        """The capture days that can be had now within [first, last]: for a live source, today alone."""
        ...

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        """Every page of that capture day. Raises only `kit.errors`; a refused page is yielded, not raised."""
        ...

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        """The page's records of that capture day. Pure: no network, no clock, no disk but the spec's own mapping."""
        ...
