"""USAJOBS' search API, with a key and the address it was given to, paged by number in steps of 500."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import Field, SecretStr

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import ids, list_at, load_json, postings
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import Listing, Pager
from ingestion.connectors.usajobs.parse import posting

CAP = 10_000  # a search gives no more, whatever it counts


class Options(LiveOptions):
    base_url: str = "https://data.usajobs.gov"
    email: SecretStr  # the one that the key was issued to; the API wants it as User-Agent
    api_key: SecretStr
    keyword: str = ""
    job_category_code: str = ""  # OPM series, several separated by semicolons
    location: str = ""
    page_size: int = Field(default=500, gt=0, le=500)


class UsaJobs(LiveConnector[Options]):
    kind = "usajobs"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        query = {
            "Keyword": options.keyword,
            "JobCategoryCode": options.job_category_code,
            "LocationName": options.location,
            "Fields": "Full",
            "ResultsPerPage": options.page_size,
        }
        params = {name: value for name, value in query.items() if value != ""}
        headers = {
            "User-Agent": options.email.get_secret_value(),
            "Authorization-Key": options.api_key.get_secret_value(),
        }

        def ask_at(number: int) -> Page:
            return ask(fetcher, f"{options.base_url}/api/search", params=params | {"Page": number}, headers=headers)

        yield from Pager(ask_at, _listing, options.max_pages, start=1, cap=CAP)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page), "SearchResult", "SearchResultItems"), posting)


def _listing(page: Page, number: Any) -> Listing:
    document = load_json(page)
    found = ids(list_at(document, "SearchResult", "SearchResultItems"), "MatchedObjectId")
    result = document["SearchResult"]
    total, shown = result.get("SearchResultCountAll"), result.get("UserArea")
    last = int(shown["NumberOfPages"]) if isinstance(shown, dict) and str(shown.get("NumberOfPages")).isdecimal() else 1
    return Listing(found, total if isinstance(total, int) else None, number + 1 if number < last else None)


CONNECTOR = UsaJobs()
