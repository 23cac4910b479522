"""Greenhouse's public Job Board API: one answer holds a whole board."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.greenhouse.parse import posting
from ingestion.connectors.live import BoardOptions, LiveConnector, ask
from ingestion.connectors.paging import Listing, Pager


class Options(BoardOptions):
    base_url: str = "https://boards-api.greenhouse.io"


class Greenhouse(LiveConnector[Options]):
    kind = "greenhouse"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        for board in sorted(options.boards):

            def ask_at(_: Any, board: str = board) -> Page:
                url = f"{options.base_url}/v1/boards/{board}/jobs"
                return ask(fetcher, url, params={"content": "true", "pay_transparency": "true"})

            yield from Pager(ask_at, _listing, options.max_pages)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        board = page.request.partition("/boards/")[2].partition("/")[0]
        employer = options.employer(board)
        return postings(list_at(load_json(page), "jobs"), lambda record: posting(record, employer))


def _listing(page: Page, _: Any) -> Listing:
    document = load_json(page)
    jobs = list_at(document, "jobs")
    meta = document.get("meta")
    total = meta.get("total") if isinstance(meta, dict) else None
    return Listing(ids(jobs, "id"), total if isinstance(total, int) else None)


CONNECTOR = Greenhouse()
