"""Remotive's public API: one answer holds every job."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager
from ingestion.connectors.remotive.parse import posting


class Options(LiveOptions):
    base_url: str = "https://remotive.com"


class Remotive(LiveConnector[Options]):
    kind = "remotive"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        yield from Pager(lambda _: ask(fetcher, f"{options.base_url}/api/remote-jobs"), _listing, options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page), "jobs"), posting)


def _listing(page: Page, _: Any) -> Listing:
    document = load_json(page)
    total = document.get("job-count") if isinstance(document, dict) else None
    return Listing(ids(list_at(document, "jobs"), "id"), total if isinstance(total, int) else None)


CONNECTOR = Remotive()
