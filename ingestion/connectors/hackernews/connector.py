"""Hacker News' monthly "Who is hiring?" threads by the Algolia API: one answer a thread, one posting a comment."""

import re
from collections.abc import Iterator
from datetime import date

from pydantic import Field

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.hackernews.parse import posting
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager

_HIRING = re.compile(r"who is hiring\?", re.I)


class Options(LiveOptions):
    base_url: str = "https://hn.algolia.com"
    months: int = Field(default=1, gt=0, le=24)  # newest threads to read


class HackerNews(LiveConnector[Options]):
    kind = "hackernews"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        """The search that finds the threads is itself a page, kept so that the choice can be seen later."""
        api = f"{options.base_url}/api/v1"
        search = ask(fetcher, f"{api}/search_by_date", params={"tags": "story,author_whoishiring", "hitsPerPage": 100})
        listing = Pager(lambda _: search, lambda page, _: Listing(_threads(page)), max_pages=1)
        yield from listing
        for thread in list(listing.ids)[: options.months]:
            yield from Pager(
                lambda _, thread=thread: ask(fetcher, f"{api}/items/{thread}"),  # type: ignore[misc]
                lambda page, _: Listing(ids(list_at(load_json(page), "children"), "id")),
                max_pages=1,
            )

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        document = load_json(page)
        if isinstance(document, dict) and "hits" in document:
            return Parsed()  # the search: stories, not jobs
        return postings(list_at(document, "children"), posting)


def _threads(page: Page) -> list[str]:
    """Ids of the hiring threads, newest first; the same account also posts "Who wants to be hired?"."""
    hits = list_at(load_json(page), "hits")
    found = [hit for hit in hits if isinstance(hit, dict) and _HIRING.search(str(hit.get("title")))]
    return ids(sorted(found, key=lambda hit: str(hit.get("created_at")), reverse=True), "objectID")


CONNECTOR = HackerNews()
