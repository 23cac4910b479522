"""What every connector to a live API shares: options, one way to ask, one way to page, one way to end.

Asking never raises for what a source did: the answer, or its absence, is a `Page` with an outcome. Only what is ours
raises: a bad option, the network switched off.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import httpx
import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from ingestion.connector import Fetcher, MalformedPage, Outcome, Page, Parsed
from ingestion.sources import SourceSpec
from kit.clock import today
from kit.errors import BadInput, Permanent, Retriable
from kit.http import REPEATABLE, NetworkOff, conditional, verdict

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


class LiveConnector(Generic[O]):
    """A source that shows the present only: its one capture day is today. Subclasses give `pages` and `records`."""

    kind: ClassVar[str]
    options: type[O]

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
        return self.records(self.read(spec), page)

    def pages(self, options: O, fetcher: Fetcher) -> Iterator[Page]:
        """Ask for everything there is, in a fixed order."""
        raise NotImplementedError

    def records(self, options: O, page: Page) -> Parsed:
        """Rows and rejects of one page that has the outcome ok. Raises MalformedPage."""
        raise NotImplementedError

    def read(self, spec: SourceSpec) -> O:
        """The options, checked; raises BadInput naming the source and every wrong option."""
        try:
            return self.options.model_validate(spec.options)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
            # A key's value never stands in e['msg'], which only names what is wrong with it.
            known = ", ".join(sorted(self.options.model_fields))
            raise BadInput(f"source {spec.name} ({self.kind}): {faults}. Its options are: {known}") from None


@dataclass(frozen=True)
class Listing:
    """What one page of a listing says: its records' ids, the source's own total, and where the next page is."""

    ids: Sequence[str]
    total: int | None = None
    next: Any = None  # what `ask_at` is given for the next page; None: this was the last


class Pager:
    """Pages through one listing until its end; iterate it for the pages, then read `ids`.

    Ends, and says so in a page's outcome, when an answer is not ok, cannot be read or brings no record that was not
    there before (some sources repeat their last page for ever), and after `max_pages`. Where fewer records came than
    the source's total promises, a last page without a body says by how many.
    """

    def __init__(
        self,
        ask_at: Callable[[Any], Page],
        read: Callable[[Page, Any], Listing],
        max_pages: int,
        start: Any = 0,
        cap: int | None = None,  # a total at which the source stops counting, and giving
    ) -> None:
        self._ask_at, self._read, self._max_pages, self._start, self._cap = ask_at, read, max_pages, start, cap
        self.ids: dict[str, None] = {}  # in order of appearance

    def __iter__(self) -> Iterator[Page]:
        at, total = self._start, 0
        for _ in range(self._max_pages):
            page = self._ask_at(at)
            if page.outcome != "ok":
                yield page
                return
            try:
                listing = self._read(page, at)
            except MalformedPage as error:
                yield replace(page, outcome="malformed", detail=str(error))
                return
            total = max(total, listing.total or 0)
            if not listing.ids:
                detail = "the listing ends before this page" if self.ids else "the listing holds no records"
                yield replace(page, outcome="empty", detail=detail)
                break
            fresh = [key for key in listing.ids if key not in self.ids]
            if not fresh:
                yield replace(page, outcome="malformed", detail="brings only records of earlier pages: paging stopped")
                break
            self.ids.update(dict.fromkeys(fresh))
            yield page
            at = listing.next
            if at is None:
                break
        else:
            yield incomplete(page.request, f"stopped at max_pages={self._max_pages}; the listing goes on")
            return
        if len(self.ids) < total:
            yield incomplete(page.request, f"the source counts {total} records and gave {len(self.ids)}")
        elif self._cap is not None and total >= self._cap:
            yield incomplete(page.request, f"the source never counts beyond {self._cap}: there may be more records")


def details(keys: Iterable[str], ask_one: Callable[[str], Page], patience: int = 5) -> Iterator[Page]:
    """One page a record; one that is gone since it was listed is empty, not an error.

    After `patience` failures in a row the rest is given up, with a page that says how many were not asked for.
    """
    waiting = list(keys)
    failures = 0
    for done, key in enumerate(waiting, start=1):
        page = ask_one(key)
        gone = page.status in (404, 410)
        yield replace(page, outcome="empty", detail=f"gone since it was listed: {page.detail}") if gone else page
        failures = failures + 1 if page.outcome == "failed" else 0
        if failures >= patience and done < len(waiting):
            yield incomplete(
                page.request, f"{failures} requests in a row failed: {len(waiting) - done} records were not asked for"
            )
            return


def incomplete(request: str, detail: str) -> Page:
    """A page without a body that says what is missing: a source never ends short of its records in silence."""
    return Page(request, b"", "failed", detail=f"incomplete: {detail}")


def ask(
    fetcher: Fetcher,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    hidden: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
) -> Page:
    """One request, a POST where there is a JSON body. `hidden` parameters (keys) are sent, and not shown in the page.

    The page's outcome is ok (any 2xx with a body), empty, refused (4xx) or failed (5xx, no answer, over the size cap).
    """
    method = "GET" if json is None else "POST"
    shown = httpx.URL(url, params=params) if params else httpx.URL(url)
    request = f"{method} {shown}" + (f" {_compact(json)}" if json is not None else "")
    sent = shown.copy_merge_params(dict(hidden)) if hidden else shown
    extensions = REPEATABLE if json is not None else None
    before = fetcher.previous(request)
    marks = conditional(before.headers.get("ETag"), before.headers.get("Last-Modified")) if before else {}
    try:
        response = fetcher.http.request(
            method, sent, headers={**marks, **(headers or {})}, json=json, extensions=extensions
        )
    except (Retriable, httpx.TooManyRedirects) as error:
        return Page(request, b"", "failed", fetched_at=fetcher.now, detail=str(error))
    except NetworkOff:
        raise
    except Permanent as error:
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
