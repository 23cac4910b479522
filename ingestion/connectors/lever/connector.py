"""Lever's public postings API, paged by skip and limit; European customers live on another host."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Literal

from pydantic import Field

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.lever.parse import posting
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager

HOSTS = {"us": "https://api.lever.co", "eu": "https://api.eu.lever.co"}


class Options(BoardOptions):
    region: Literal["us", "eu"] = "us"
    base_url: str = ""  # the region's host
    page_size: int = Field(default=100, gt=0, le=100)


class Lever(LiveConnector[Options]):
    kind = "lever"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        base = options.base_url or HOSTS[options.region]
        for board in sorted(options.boards):

            def ask_at(skip: int, board: str = board) -> Page:
                params = {"mode": "json", "skip": skip, "limit": options.page_size}
                return ask(fetcher, f"{base}/v0/postings/{board}", params=params)

            yield from Pager(ask_at, partial(_listing, options.page_size), options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        board = page.request.partition("/postings/")[2].partition("?")[0]
        employer = options.employer(board)
        return postings(list_at(load_json(page)), lambda record: posting(record, employer))


def _listing(size: int, page: Page, skip: Any) -> Listing:
    found = list_at(load_json(page))
    return Listing(ids(found, "id"), next=skip + size if len(found) >= size else None)


CONNECTOR = Lever()
