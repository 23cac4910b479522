"""Recruitee's public careers-site API: one host and one answer an employer."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager
from ingestion.connectors.recruitee.parse import posting


class Options(BoardOptions):
    base_url: str = "https://{board}.recruitee.com"  # or the employer's own domain, without "{board}"


class Recruitee(LiveConnector[Options]):
    kind = "recruitee"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        for board in sorted(options.boards):

            def ask_at(_: Any, board: str = board) -> Page:
                return ask(fetcher, f"{options.base_url.replace('{board}', board)}/api/offers/")

            yield from Pager(ask_at, _listing, options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page), "offers"), posting)


def _listing(page: Page, _: Any) -> Listing:
    return Listing(ids(list_at(load_json(page), "offers"), "id", "guid"))


CONNECTOR = Recruitee()
