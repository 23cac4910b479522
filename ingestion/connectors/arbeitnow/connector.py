"""Arbeitnow's public job board API, paged by number until `links.next` is null."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.arbeitnow.parse import posting
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager


class Options(LiveOptions):
    base_url: str = "https://www.arbeitnow.com"


class Arbeitnow(LiveConnector[Options]):
    kind = "arbeitnow"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        def ask_at(number: int) -> Page:
            return ask(fetcher, f"{options.base_url}/api/job-board-api", params={"page": number})

        yield from Pager(ask_at, _listing, options.max_pages, start=1)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page), "data"), posting)


def _listing(page: Page, number: Any) -> Listing:
    document = load_json(page)
    links = document.get("links") if isinstance(document, dict) else None
    # Without links nothing says that this is the end: the next page will.
    ended = isinstance(links, dict) and "next" in links and links["next"] is None
    return Listing(ids(list_at(document, "data"), "slug"), next=None if ended else number + 1)


CONNECTOR = Arbeitnow()
