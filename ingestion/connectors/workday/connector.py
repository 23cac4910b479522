"""Workday's career sites: a listing by POST in steps of 20, and one answer a posting for its text."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import field_validator

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager, details
from ingestion.connectors.workday.parse import Site, detailed, listed

STEP = 20  # a larger limit is answered with 400
CAP = 2000  # `total` never says more, and nothing is given beyond it


class Options(BoardOptions):
    """`boards` are "tenant.wdN/Site", as in the career site's address tenant.wdN.myworkdayjobs.com/Site."""

    base_url: str = ""  # the tenant's host
    details: bool = True  # one more request a posting, for its description, exact places and date

    @field_validator("boards")
    @classmethod
    def _sites(cls, boards: dict[str, str]) -> dict[str, str]:
        for board in boards:
            host, _, site = board.partition("/")
            if not host or not site or "/" in site:
                raise ValueError(f'{board!r} is not of the form "tenant.wdN/Site"')
        return boards


class Workday(LiveConnector[Options]):
    kind = "workday"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        for board in sorted(options.boards):
            site = Site.of(board)
            root = f"{options.base_url or site.address}/wday/cxs/{site.tenant}/{site.name}"

            def ask_at(offset: int, root: str = root) -> Page:
                body = {"appliedFacets": {}, "limit": STEP, "offset": offset, "searchText": ""}
                return ask(fetcher, f"{root}/jobs", json=body)

            def ask_one(path: str, root: str = root) -> Page:
                return ask(fetcher, f"{root}{path}")

            listing = Pager(ask_at, _listing, options.max_pages, cap=CAP)
            yield from listing
            if options.details:
                yield from details([path for path in listing.ids if path.startswith("/")], ask_one)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        document = load_json(page)
        site = _site_of(options, page)
        employer = options.boards.get(site.board) or None
        if isinstance(document, dict) and "jobPostingInfo" in document:
            return postings([document], lambda record: detailed(record, site, employer, day))
        found = list_at(document, "jobPostings")
        # With details on, each listed posting has a page of its own: counting it here too would count it twice.
        return Parsed() if options.details else postings(found, lambda record: listed(record, site, employer, day))


def _site_of(options: Options, page: Page) -> Site:
    """The board whose tenant and site the page's request names."""
    tenant, _, rest = page.request.partition("/wday/cxs/")[2].partition("/")
    name = rest.partition("/")[0]
    sites = [Site.of(board) for board in sorted(options.boards)]
    return next((site for site in sites if (site.tenant, site.name) == (tenant, name)), sites[0])


def _listing(page: Page, offset: Any) -> Listing:
    document = load_json(page)
    found = list_at(document, "jobPostings")
    total = document.get("total")
    return Listing(
        ids(found, "externalPath"),
        total if isinstance(total, int) else None,
        offset + STEP if len(found) >= STEP else None,
    )


CONNECTOR = Workday()
