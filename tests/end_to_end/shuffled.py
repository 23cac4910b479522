"""A synthetic board that says the same as ever in another order: rows, pages, and what the pages are called."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ingestion.connector import Fetcher, Page
from ingestion.landed_pages import PageRecord
from ingestion.sources import SourceSpec
from ingestion.synthetic.connector import SyntheticConnector

PAGES = 3


class ShuffledConnector(SyntheticConnector):
    """Every fetch deals a day's lines to pages anew, so that each day is ingested again whenever it is asked for."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        there = list(super().fetch(spec, day, fetcher))
        lines = [line for page in there for line in page.body.splitlines()]
        self.random.shuffle(lines)
        for start in range(PAGES):
            body = b"\n".join(lines[start::PAGES])
            name = f"{there[0].request} dealt {self.random.random()}"
            yield replace(there[0], request=name, body=body, outcome="ok" if body else "empty")

    def unchanged(self, spec: SourceSpec, day: date, landed: Sequence[PageRecord], fetcher: Fetcher) -> bool:
        return False
