"""`payband bench normalise`: all of normalisation, on two processes, against one pass over the texts.

The reference is what anybody could write in three lines: `ahocorasick_rs` with our dictionary of skills over the same
texts, in lower case, one after the other, on one core. It finds words and nothing else.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ahocorasick_rs
import httpx
import polars as pl

from bench.measure import Measure, at_most
from ingestion import landing, openings, parsing
from ingestion.connector import Fetcher
from ingestion.normalising import normalise_partitions
from ingestion.registry import connector
from ingestion.synthetic.connector import market_sources
from ingestion.synthetic.market import Market
from kit.store import Store
from normalisation import taxonomy as taxonomies
from normalisation.skills import SkillMatcher

BOUND = 2.5
WORKERS = 2
DAYS = 30
LAST_DAY = date(2026, 6, 30)


def run(size: int = 200_000, text_bytes: int = 3000) -> Iterator[Measure]:
    """The measures for `size` synthetic postings of about `text_bytes`; clustering is timed apart."""
    with tempfile.TemporaryDirectory(prefix="payband-bench-") as folder:
        store, taxonomy = Store(Path(folder) / "store"), Path(folder) / "taxonomy"
        taxonomies.save(taxonomies.build({}), taxonomy)
        postings = canonical_market(store, size, text_bytes)
        one_pass = reference_seconds(store)
        partitions = [(source, day) for source, day, _ in store.partitions("canonical", "postings")]
        started = time.perf_counter()
        normalise_partitions(store, taxonomy, partitions, WORKERS)
        normalised = time.perf_counter() - started
        name = f"normalise: {postings:,} postings on {WORKERS} processes against one Aho-Corasick pass"
        yield at_most(name, normalised, one_pass, BOUND, "s")
        started = time.perf_counter()
        openings.cluster(store)
        clustered = time.perf_counter() - started
        yield at_most(f"openings: {postings:,} postings against normalising them", clustered, normalised, 1.0, "s")


def canonical_market(store: Store, size: int, text_bytes: int) -> int:
    """Write the canonical partitions of a synthetic market of about `size` postings; returns how many there are."""
    market = Market.sized(size, LAST_DAY - timedelta(DAYS - 1), LAST_DAY, seed=7, text_bytes=text_bytes)
    written = 0
    with httpx.Client() as client:
        fetcher = Fetcher(http=client, data=None, now=datetime.combine(LAST_DAY, datetime.min.time(), UTC))
        for spec in market_sources(market).sources:
            source = connector(spec.connector)
            for day in source.days(spec, fetcher, None, None):
                landing.land(store, spec, day, source, fetcher)
                written += parsing.parse_partition(store, spec, day).counts["postings"]["canonical"]
    return written


def reference_seconds(store: Store) -> float:
    """One pass over every title and description, a partition in memory at a time, reading left out."""
    automaton = ahocorasick_rs.AhoCorasick(SkillMatcher.built_in().patterns)
    seconds = 0.0
    for _, _, path in store.partitions("canonical", "postings"):
        texts = pl.read_parquet(path, columns=["title", "description"]).select(
            pl.concat_str("title", "description", separator="\n", ignore_nulls=True).str.to_lowercase()
        )
        lower = texts.to_series().to_list()
        started = time.perf_counter()
        for text in lower:
            automaton.find_matches_as_indexes(text)
        seconds += time.perf_counter() - started
    return seconds
