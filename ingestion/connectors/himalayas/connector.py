"""Himalayas' public feed, paged by cursor in steps of 20."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import Field

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.himalayas.parse import posting
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager


class Options(LiveOptions):
    base_url: str = "https://himalayas.app"
    page_size: int = Field(default=20, gt=0, le=20)


class Himalayas(LiveConnector[Options]):
    kind = "himalayas"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        def ask_at(cursor: str | None) -> Page:
            place = {"cursor": cursor} if cursor else {}
            return ask(fetcher, f"{options.base_url}/jobs/api", params={"limit": options.page_size} | place)

        yield from Pager(ask_at, _listing, options.max_pages, start=None)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page), "jobs"), posting)


def _listing(page: Page, _: Any) -> Listing:
    document = load_json(page)
    found = ids(list_at(document, "jobs"), "guid")
    total = document.get("totalCount")
    return Listing(found, total if isinstance(total, int) else None, document.get("nextCursor") or None)


CONNECTOR = Himalayas()
