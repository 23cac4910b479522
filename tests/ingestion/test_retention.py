from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from ingestion import landed_pages, landing, parsing
from ingestion.connector import Fetcher
from ingestion.registry import connector
from ingestion.retention import expire, take_down
from ingestion.sources import Rights, SourceSpec
from ingestion.synthetic import Market, market_sources
from kit.store import Store

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 4)
SPECS = market_sources(Market.sized(60, FIRST, LAST, text_bytes=800)).sources


def filled(folder: Path) -> Store:
    store = Store(folder)
    tools = Fetcher(http=httpx.Client(), data=None, now=datetime(2026, 1, 5, tzinfo=UTC))
    for spec in SPECS:
        source = connector(spec.connector)
        for day in source.days(spec, tools, None, None):
            landing.land(store, spec, day, source, tools)
            parsing.parse_partition(store, spec, day)
    return store


def days(store: Store, layer: str, source: str) -> list[date]:
    return [day for name, day, _ in store.partitions(layer, "postings") if name == source]


def test_days_past_their_sources_retention_go_and_others_stay(tmp_path: Path) -> None:
    store = filled(tmp_path)
    kept = SourceSpec(name=SPECS[0].name, connector="synthetic", rights=Rights(retention_days=2))
    removed = expire(store, [kept, *SPECS[1:]], date(2026, 1, 5))
    assert removed.days == 2
    assert removed.bodies > 0
    assert days(store, "canonical", SPECS[0].name) == [date(2026, 1, 3), date(2026, 1, 4)]
    assert len(days(store, "canonical", SPECS[1].name)) == 4
    assert expire(store, [kept, *SPECS[1:]], date(2026, 1, 5)).days == 0


def test_a_takedown_leaves_nothing_of_the_source_and_all_of_the_others(tmp_path: Path) -> None:
    store = filled(tmp_path)
    gone, stays = SPECS[0].name, SPECS[1].name
    before = [path.read_bytes() for name, _, path in store.partitions("canonical", "postings") if name == stays]
    take_down(store, gone)
    assert not list(store.root.rglob(f"*{gone}*"))
    assert [path.read_bytes() for name, _, path in store.partitions("canonical", "postings") if name == stays] == before
    for name, day in landed_pages.landed(store):
        assert all(page.body for page in landed_pages.pages(store, name, day) if page.outcome == "ok")
