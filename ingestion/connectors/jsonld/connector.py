"""schema.org JobPosting out of HTML pages: a list of pages, or those of a sitemap, as robots.txt allows."""

import html
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Self

from pydantic import Field, field_validator, model_validator

from ingestion.connector import Fetcher, MalformedPage, Page, Parsed
from ingestion.connectors.documents import postings
from ingestion.connectors.jsonld.extract import job_postings
from ingestion.connectors.jsonld.parse import posting
from ingestion.connectors.live import LiveConnector, LiveOptions, ask
from ingestion.connectors.paging import details, incomplete
from kit.robots import Robots

_LOC = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*</loc>", re.S)
_SITEMAP_BYTES = 64 * 2**20  # unpacked


class Options(LiveOptions):
    base_url: str = ""  # relative addresses of `urls` and `sitemaps` start here
    urls: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    match: str = ""  # of a sitemap's addresses, those that this regular expression finds
    max_pages: int = Field(default=500, gt=0)

    @field_validator("match")
    @classmethod
    def _compiles(cls, match: str) -> str:
        try:
            re.compile(match)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return match

    @model_validator(mode="after")
    def _has_pages(self) -> Self:
        if not self.urls and not self.sitemaps:
            raise ValueError("give urls or sitemaps")
        return self


class JsonLd(LiveConnector[Options]):
    kind = "jsonld"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        robots = Robots(fetcher.http)
        addresses = dict.fromkeys(options.base_url + url if url.startswith("/") else url for url in options.urls)
        waiting = [options.base_url + url if url.startswith("/") else url for url in options.sitemaps]
        seen: set[str] = set()
        while waiting and len(seen) < options.max_pages:
            sitemap = waiting.pop(0)
            if sitemap in seen:
                continue
            seen.add(sitemap)
            page, below, found = _sitemap(_allowed(sitemap, fetcher, robots))
            yield page
            waiting += below
            addresses.update(dict.fromkeys(url for url in found if re.search(options.match, url)))
        chosen = list(addresses)[: options.max_pages]
        yield from details(chosen, lambda url: _job_page(_allowed(url, fetcher, robots)))
        if left := len(addresses) - len(chosen) + len(waiting):
            yield incomplete(f"GET {options.base_url}", f"stopped at max_pages={options.max_pages}; {left} are left")

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        if _is_sitemap(page.body):
            return Parsed()  # addresses, not jobs
        return postings(job_postings(page.body, page.media_type), lambda record: posting(record, page.request))


def _allowed(url: str, fetcher: Fetcher, robots: Robots) -> Page:
    if robots.allows(url):
        return ask(fetcher, url, spacing_s=robots.delay_s(url))
    return Page(f"GET {url}", b"", "refused", fetched_at=fetcher.now, detail="robots.txt does not allow this page")


def _job_page(page: Page) -> Page:
    """A page that holds no JobPosting, or one that cannot be read, says so already here."""
    if page.outcome != "ok":
        return page
    try:
        found = job_postings(page.body, page.media_type)
    except MalformedPage as error:
        return replace(page, outcome="malformed", detail=str(error))
    return page if found else replace(page, outcome="empty", detail="no schema.org JobPosting on this page")


def _sitemap(page: Page) -> tuple[Page, list[str], list[str]]:
    """The page with its outcome, the sitemaps that it points to, and the addresses that it lists."""
    if page.outcome != "ok":
        return page, [], []
    try:
        body = _unpacked(page.body)
    except zlib.error as error:
        return replace(page, outcome="malformed", detail=f"not a gzip file: {error}"), [], []
    if not _is_sitemap(body) or (b"</urlset>" not in body and b"</sitemapindex>" not in body):
        return replace(page, outcome="malformed", detail="no sitemap, or one cut off"), [], []
    found = [html.unescape(address.decode("utf-8", "replace")) for address in _LOC.findall(body)]
    if not found:
        return replace(page, outcome="empty", detail="the sitemap lists nothing"), [], []
    return (page, found, []) if b"<sitemapindex" in body else (page, [], found)


def _unpacked(body: bytes) -> bytes:
    """Sitemaps often come gzipped as files; what unpacks beyond the cap is cut, and so seen as cut off."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    return zlib.decompressobj(wbits=31).decompress(body, _SITEMAP_BYTES)


def _is_sitemap(body: bytes) -> bool:
    start = (body[:2048] if not body.startswith(b"\x1f\x8b") else _unpacked(body)[:2048]).lower()
    return b"<urlset" in start or b"<sitemapindex" in start


CONNECTOR = JsonLd()
