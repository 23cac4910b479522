"""What every connector to a live API shares: options, one way to ask, one way to fail; paging.py goes through listings.

Asking never raises for what a source did: the answer, or its absence, is a `Page` with an outcome. Only what is ours
raises: a bad option, the network switched off.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import httpx
import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from ingestion.connector import Fetcher, Outcome, Page, Parsed
from ingestion.sources import SourceSpec
from kit.clock import today
from kit.errors import BadInput, Permanent, Retriable
from kit.http import REPEATABLE, NetworkOff, conditional, verdict

READERS = "1"  # raise it when text.py, documents.py or pay.py read the same page otherwise
_KEPT_HEADERS = ("ETag", "Last-Modified", "Content-Type")


class SourceOptions(BaseModel):
    """Options of a source: what is not among them is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LiveOptions(SourceOptions):
    """Options of every source behind HTTP; each connector adds its own. `base_url` points it at another server."""

    base_url: str
    max_pages: int = Field(default=100, gt=0)  # a listing (or board) at a time


def _named(value: Any) -> Any:
    return dict.fromkeys(map(str, value), "") if isinstance(value, list) else value


class BoardOptions(LiveOptions):
    """`boards`: a list of slugs, or a mapping from slug to the employer's name for APIs that do not tell it."""

    boards: Annotated[dict[str, str], BeforeValidator(_named), Field(min_length=1)]

    def employer(self, board: str) -> str | None:
        """The configured name, else the slug itself; None when the page's request names no board."""
        return self.boards.get(board) or board or None


O = TypeVar("O", bound=SourceOptions)  # noqa: E741


def _with_secrets(options: O, spec: SourceSpec) -> O:
    """Keys are read from the environment only here, where the network is; parsing never needs them."""
    keys = {name: spec.secret(name) for name, value in options if isinstance(value, SecretStr)}
    if unset := sorted(name for name, key in keys.items() if key is None):
        named = ", ".join(f"{name} ({spec.options[name]})" for name in unset)
        raise BadInput(f"source {spec.name}: set the environment variable for {named}")
    return options.model_copy(update={name: SecretStr(key) for name, key in keys.items() if key is not None})


class LiveConnector(ABC, Generic[O]):
    """A source that shows the present only: its one capture day is today. Subclasses give `pages` and `records`."""

    kind: ClassVar[str]
    options: type[O]
    parsing: ClassVar[str] = "1"  # raise it when one connector makes other rows of the same page

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        self.read(spec)
        now = today(lambda: fetcher.now)
        return [now] if (first is None or first <= now) and (last is None or now <= last) else []

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        now = today(lambda: fetcher.now)
        if day != now:
            raise Permanent(f"{spec.name}: {self.kind} shows the present only, so {day} can come from landing alone")
        yield from self.pages(_with_secrets(self.read(spec), spec), fetcher)

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        return self.records(self.read(spec), page, day)

    def version(self, spec: SourceSpec) -> str:
        """What, besides page and options, the rows depend on: the shared readers and the connector's own."""
        return f"{READERS}.{self.parsing}"

    @abstractmethod
    def pages(self, options: O, fetcher: Fetcher) -> Iterator[Page]:
        """Ask for everything there is, in a fixed order."""

    @abstractmethod
    def records(self, options: O, page: Page, day: date) -> Parsed:
        """Rows and rejects of one page that has the outcome ok. Raises MalformedPage.

        `day` is the capture day, for sources that say "4 days ago".
        """

    def read(self, spec: SourceSpec) -> O:
        """The options, checked; raises BadInput naming the source and every wrong option."""
        try:
            return self.options.model_validate(spec.options)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
            # A key's value never stands in e['msg'], which only names what is wrong with it.
            known = ", ".join(sorted(self.options.model_fields))
            raise BadInput(f"source {spec.name} ({self.kind}): {faults}. Its options are: {known}") from None


def ask(
    fetcher: Fetcher,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    hidden: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    spacing_s: float = 0,
) -> Page:
    """One request, a POST where there is a JSON body. `hidden` parameters (keys) are sent, and not shown in the page.

    A request with hidden parameters or headers of its own is not redirected: its keys are for one host. `spacing_s` is
    the pause that the host asks for, where it is longer than ours.

    The page's outcome is ok (any 2xx with a body), empty, refused (4xx) or failed (5xx, no answer, over the size cap).
    """
    method = "GET" if json is None else "POST"
    shown = httpx.URL(url, params=params) if params else httpx.URL(url)
    request = f"{method} {shown}" + (f" {_compact(json)}" if json is not None else "")
    sent = shown.copy_merge_params(dict(hidden)) if hidden else shown
    extensions = (REPEATABLE if json is not None else {}) | {"spacing_s": spacing_s}
    before = fetcher.previous(request)
    marks = conditional(before.headers.get("ETag"), before.headers.get("Last-Modified")) if before else {}
    try:
        response = fetcher.http.request(
            method,
            sent,
            headers={**marks, **(headers or {})},
            json=json,
            extensions=extensions,
            follow_redirects=not (hidden or headers),
        )
    except NetworkOff:
        raise
    except (Retriable, Permanent, httpx.TooManyRedirects) as error:
        return Page(request, b"", "failed", fetched_at=fetcher.now, detail=str(error))
    if response.status_code == 304 and before is not None:
        return replace(before, status=304, fetched_at=fetcher.now)
    return _page(request, response, fetcher)


def _page(request: str, response: httpx.Response, fetcher: Fetcher) -> Page:
    error = verdict(response, fetcher.now)
    outcome: Outcome = "ok"
    detail = ""
    if error is not None:
        # A 429 that outlived the retries is a refusal; only 5xx is the source's failure.
        outcome = "failed" if response.status_code >= 500 else "refused"
        detail = str(error)
    elif 300 <= response.status_code < 400:
        outcome, detail = "refused", f"{response.status_code}: a request with keys is not redirected elsewhere"
    elif not response.content.strip():
        outcome, detail = "empty", "the answer has no body"
    return Page(
        request,
        response.content,
        outcome,
        status=response.status_code,
        media_type=response.headers.get("Content-Type", ""),
        fetched_at=fetcher.now,
        detail=detail,
        headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
    )


def _compact(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
