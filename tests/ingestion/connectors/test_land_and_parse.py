"""Recorded sources on 127.0.0.1, through the real client, landing and parsing, into canonical files."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from ingestion.connector import Fetcher
from ingestion.landed_pages import pages, record_path
from ingestion.landing import land
from ingestion.parsing import parse_partition
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.http import HttpSettings, client
from kit.store import Store
from tests.recordings.peer import KINDS, Peer, serving

pytestmark = pytest.mark.usefixtures("recorded_keys")
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
DAY = NOW.date()
SETTINGS = HttpSettings(network="on", spacing_s=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_served_source_becomes_canonical_files(kind: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    with serving(Peer(kind)) as peer, client(SETTINGS) as http:
        spec = SourceSpec(name=f"{kind}_served", connector=kind, options=peer.options)
        landed = land(store, spec, DAY, connector(kind), Fetcher(http, None, NOW))
    assert landed.failure == ""
    assert set(landed.outcomes) <= {"ok", "empty"}
    report = parse_partition(store, spec, DAY)
    written = pl.read_parquet(store.partition("canonical", "postings", spec.name, DAY))
    assert written.height == peer.exchange["postings"]
    assert report.counts["postings"]["canonical"] == peer.exchange["postings"]
    assert report.reasons == peer.exchange.get("rejects", {})
    assert not written["description"].str.contains("alpenglas.example|1234567").any()  # people's contacts are masked
    assert b"s3cr3t-value" not in record_path(store, spec.name, DAY).read_bytes()


def test_landing_again_changes_nothing_and_parsing_needs_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    with serving(Peer("greenhouse")) as peer, client(SETTINGS) as http:
        spec = SourceSpec(name="served", connector="greenhouse", options=peer.options)
        fetcher = Fetcher(http, None, NOW)
        assert land(store, spec, DAY, connector("greenhouse"), fetcher).changed
        assert not land(store, spec, DAY, connector("greenhouse"), fetcher).changed
    monkeypatch.setenv("PAYBAND_NETWORK", "off")
    assert parse_partition(store, spec, DAY).counts["postings"]["canonical"] == 3
    assert parse_partition(store, spec, DAY).skipped


def test_a_server_that_is_down_is_a_failed_page_and_the_good_day_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    quick = HttpSettings(network="on", spacing_s=0, tries=1)
    with serving(Peer("ashby")) as peer, client(quick) as http:
        spec = SourceSpec(name="served", connector="ashby", options=peer.options)
        land(store, spec, DAY, connector("ashby"), Fetcher(http, None, NOW))
    with client(quick) as http:
        again = land(store, spec, DAY, connector("ashby"), Fetcher(http, None, NOW))
        elsewhere = spec.model_copy(update={"name": "never_reached"})
        failed = land(store, elsewhere, DAY, connector("ashby"), Fetcher(http, None, NOW))
    assert again.kept
    assert parse_partition(store, spec, DAY).counts["postings"]["canonical"] == 2
    assert failed.outcomes == {"failed": 1}
    assert "could not be reached" in next(iter(pages(store, "never_reached", DAY))).detail
