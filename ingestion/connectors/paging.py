"""Going through a listing to its end, and saying so where it ends short."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingestion.connector import MalformedPage, Page


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
