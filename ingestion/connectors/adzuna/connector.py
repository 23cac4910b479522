"""Adzuna's search API, with a key, paged by number in steps of 50."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Literal

from pydantic import Field, SecretStr

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.adzuna.parse import CURRENCIES, posting
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager

Country = Literal[
    "at", "au", "be", "br", "ca", "ch", "de", "es", "fr", "gb", "in", "it", "mx", "nl", "nz", "pl", "sg", "us", "za"
]  # fmt: skip


class Options(LiveOptions):
    base_url: str = "https://api.adzuna.com"
    country: Country
    app_id: SecretStr
    app_key: SecretStr
    what: str = ""
    where: str = ""
    category: str = ""
    max_days_old: int | None = Field(default=None, gt=0)
    page_size: int = Field(default=50, gt=0, le=50)
    max_pages: int = Field(default=20, gt=0)  # the free plan allows 250 requests a day


class Adzuna(LiveConnector[Options]):
    kind = "adzuna"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        query = {
            "results_per_page": options.page_size,
            "sort_by": "date",  # a fixed order, so that pages do not overlap
            "what": options.what,
            "where": options.where,
            "category": options.category,
            "max_days_old": options.max_days_old,
        }
        params = {name: value for name, value in query.items() if value not in ("", None)}
        keys = {"app_id": options.app_id.get_secret_value(), "app_key": options.app_key.get_secret_value()}

        def ask_at(number: int) -> Page:
            url = f"{options.base_url}/v1/api/jobs/{options.country}/search/{number}"
            return ask(fetcher, url, params=params, hidden=keys)

        yield from Pager(ask_at, partial(_listing, options.page_size), options.max_pages, start=1)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        country = options.country
        found = list_at(load_json(page), "results")
        return postings(found, lambda record: posting(record, country.upper(), CURRENCIES[country]))


def _listing(size: int, page: Page, number: Any) -> Listing:
    document = load_json(page)
    found = ids(list_at(document, "results"), "id")
    total = document.get("count")
    return Listing(found, total if isinstance(total, int) else None, number + 1 if len(found) >= size else None)


CONNECTOR = Adzuna()
