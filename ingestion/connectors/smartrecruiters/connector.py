"""SmartRecruiters' public posting API: a paged listing, and one answer a posting for its text."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from pydantic import Field

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager, details
from ingestion.connectors.smartrecruiters.parse import posting


class Options(BoardOptions):
    base_url: str = "https://api.smartrecruiters.com"
    page_size: int = Field(default=100, gt=0, le=100)
    details: bool = True  # one more request a posting, for its description


class SmartRecruiters(LiveConnector[Options]):
    kind = "smartrecruiters"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        for board in sorted(options.boards):
            url = f"{options.base_url}/v1/companies/{board}/postings"

            def ask_at(offset: int, url: str = url) -> Page:
                return ask(fetcher, url, params={"limit": options.page_size, "offset": offset})

            def ask_one(key: str, url: str = url) -> Page:
                return ask(fetcher, f"{url}/{key}")

            listing = Pager(ask_at, partial(_listing, options.page_size), options.max_pages)
            yield from listing
            if options.details:
                yield from details(listing.ids, ask_one)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        document = load_json(page)
        employer = options.employer(page.request.partition("/companies/")[2].partition("/")[0])
        if isinstance(document, dict) and "jobAd" in document:
            return postings([document], lambda record: posting(record, employer))
        found = list_at(document, "content")
        # With details on, each listed posting has a page of its own: counting it here too would count it twice.
        return Parsed() if options.details else postings(found, lambda record: posting(record, employer))


def _listing(size: int, page: Page, offset: Any) -> Listing:
    document = load_json(page)
    found = list_at(document, "content")
    total = document.get("totalFound")
    return Listing(
        ids(found, "id"), total if isinstance(total, int) else None, offset + size if len(found) >= size else None
    )


CONNECTOR = SmartRecruiters()
