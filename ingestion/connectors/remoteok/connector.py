"""Remote OK's public feed: one answer, whose first element is the legal notice."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager
from ingestion.connectors.remoteok.parse import posting


class Options(LiveOptions):
    base_url: str = "https://remoteok.com"


class RemoteOk(LiveConnector[Options]):
    kind = "remoteok"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        yield from Pager(lambda _: ask(fetcher, f"{options.base_url}/api"), _listing, options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(_jobs(page), posting)


def _jobs(page: Page) -> list[Any]:
    """Everything but the notice, which has terms and no job."""
    found = list_at(load_json(page))
    return [job for job in found if not (isinstance(job, dict) and "legal" in job and "id" not in job)]


def _listing(page: Page, _: Any) -> Listing:
    return Listing(ids(_jobs(page), "id"))


CONNECTOR = RemoteOk()
