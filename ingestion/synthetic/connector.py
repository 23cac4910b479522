"""The synthetic market as a source: three boards of one seeded market, as connector kind `synthetic`.

options:
  board: a
  market: {seed: 1, first_day: 2026-01-01, last_day: 2026-06-30, postings_per_day: 100, text_bytes: 3000}
"""

import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from ingestion.connector import Fetcher, MalformedPage, Page, Parsed
from ingestion.landed_pages import PageRecord
from ingestion.sources import Rights, SourcesFile, SourceSpec
from ingestion.synthetic.feed import pages
from ingestion.synthetic.market import BOARDS, Market
from kit.errors import BadInput
from kit.frames import Schema

SENT: dict[str, tuple[str, pl.DataType | type[pl.DataType]]] = {  # field -> canonical column, type as sent
    "id": ("source_posting_id", pl.String),
    "url": ("url", pl.String),
    "title": ("title", pl.String),
    "company": ("employer", pl.String),
    "locations": ("places", pl.List(pl.String)),
    "country": ("country_hint", pl.String),
    "description": ("description", pl.String),
    "posted": ("posted_on", pl.Date),
    "closes": ("closes_on", pl.Date),
    "employment": ("employment_text", pl.String),
    "workplace": ("remote_text", pl.String),
    "industry": ("industry_text", pl.String),
    "company_size": ("company_size_text", pl.String),
    "requisition": ("requisition_id", pl.String),
    "ats_id": ("ats_id", pl.String),
    "salary_text": ("pay_text", pl.String),
    "salary_min": ("pay_min", pl.Float64),
    "salary_max": ("pay_max", pl.Float64),
    "salary_currency": ("pay_currency", pl.String),
    "salary_period": ("pay_period", pl.String),
    "salary_kind": ("pay_kind", pl.String),
}
SCHEMA: Schema = {field: kind for field, (_, kind) in SENT.items()}
RENAMED = {field: column for field, (column, _) in SENT.items()}
VERSION = 1  # raise it when the same options give other bytes
DEMO_DAYS = 400  # a year, four weeks to compare with the year before, and a week to spare
DEMO_BOARDS = ("a", "b")  # a capture day costs as much as a hundred postings: two show what clustering does
DEMO_POSTINGS = 30_000


class SyntheticConnector:
    """See the module's text. Pages are drawn, not fetched: any day of the market can be had at any time."""

    kind = "synthetic"

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        """Every day of the market within [first, last]."""
        market, _ = options(spec)
        return [day for day in market.days if (first is None or day >= first) and (last is None or day <= last)]

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        """The board's pages of that day: the same bytes whenever and for whatever window they are asked for."""
        market, board = options(spec)
        for number, body in enumerate(pages(market, board, day), start=1):
            yield Page(
                request=f"{_request(market, board, day)} page {number}",
                body=body,
                outcome="ok" if body else "empty",
                media_type="application/x-ndjson",
                fetched_at=fetcher.now,
            )

    def live(self, spec: SourceSpec) -> bool:
        """Never: every day can be had at any time."""
        return False

    def unchanged(self, spec: SourceSpec, day: date, landed: Sequence[PageRecord], fetcher: Fetcher) -> bool:
        """Whether the landed pages are of this very market, so that drawing them again would give the same bytes."""
        prefix = _request(*options(spec), day)
        return all(page.request.startswith(prefix) for page in landed)

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        """The page's lines as canonical columns; lines without a title are for the canonical step to reject."""
        if not page.body:
            return Parsed()
        try:
            lines = pl.read_ndjson(io.BytesIO(page.body), schema=SCHEMA)
        except pl.exceptions.PolarsError as error:
            raise MalformedPage(f"not JSON lines of postings: {error}") from None
        return Parsed(rows={"postings": lines.rename(RENAMED)})


CONNECTOR = SyntheticConnector()


def _request(market: Market, board: str, day: date) -> str:
    """What decides the bytes of a day: all but the market's window."""
    size = f"{market.postings_per_day:g} a day of {market.text_bytes} bytes"
    return f"synthetic market {VERSION}.{market.seed}, {size}, board {board}, {day}"


def options(spec: SourceSpec) -> tuple[Market, str]:
    """A source's market and board; raises BadInput saying what is wrong with its options."""
    unknown = sorted(spec.options.keys() - {"market", "board"})
    board = spec.options.get("board")
    if unknown or board not in BOARDS or not isinstance(spec.options.get("market"), dict):
        raise BadInput(
            f"source {spec.name}: a synthetic source has `board` ({', '.join(BOARDS)}) and `market` as options"
        )
    return Market.of(spec.options["market"]), str(board)


def market_sources(market: Market, boards: Sequence[str] = BOARDS) -> SourcesFile:
    """Boards of one market as sources `synthetic_a`, `synthetic_b` and `synthetic_c`."""
    rights = Rights(aggregates=True, display=True, export=True, attribution="Synthetic labour market: no real posting")
    settings = market.model_dump(mode="json")
    return SourcesFile(
        sources=tuple(
            SourceSpec(
                name=f"synthetic_{board}",
                connector="synthetic",
                rights=rights,
                options={"board": board, "market": settings},
            )
            for board in boards
        )
    )


def demo_sources(today: date) -> SourcesFile:
    """What `payband up` shows when no sources are configured: about 30,000 postings up to yesterday.

    The rate is a constant, so that on the next day the same days have the same bytes and only one is new.
    """
    last = today - timedelta(1)
    rate = Market.sized(DEMO_POSTINGS, date(2026, 1, 1), date(2026, 1, 1) + timedelta(DEMO_DAYS - 1)).postings_per_day
    market = Market(
        seed=1, first_day=last - timedelta(DEMO_DAYS - 1), last_day=last, postings_per_day=rate, text_bytes=2400
    )
    return market_sources(market, DEMO_BOARDS)
