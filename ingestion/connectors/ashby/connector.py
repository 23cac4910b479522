"""Ashby's public job posting API: one answer holds a whole board, with compensation when asked for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.ashby.parse import posting
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager


class Options(BoardOptions):
    base_url: str = "https://api.ashbyhq.com"


class Ashby(LiveConnector[Options]):
    kind = "ashby"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        for board in sorted(options.boards):

            def ask_at(_: Any, board: str = board) -> Page:
                url = f"{options.base_url}/posting-api/job-board/{board}"
                return ask(fetcher, url, params={"includeCompensation": "true"})

            yield from Pager(ask_at, _listing, options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        board = page.request.partition("/job-board/")[2].partition("?")[0]
        employer = options.employer(board)
        return postings(list_at(load_json(page), "jobs"), lambda record: posting(record, employer))


def _listing(page: Page, _: Any) -> Listing:
    return Listing(ids(list_at(load_json(page), "jobs"), "id"))


CONNECTOR = Ashby()
