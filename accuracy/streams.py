"""Postings through the pipeline's own steps, from a source's pages or from canonical rows to openings."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import httpx
import polars as pl

from ingestion import canonical, landing, openings, parsing
from ingestion.connector import Fetcher
from ingestion.normalising import normalise_partitions
from ingestion.registry import connector
from ingestion.schema import FRAMES
from ingestion.sources import SourceSpec
from kit.frames import write_frame
from kit.store import Store
from normalisation import taxonomy as taxonomies
from normalisation.taxonomy import Taxonomy

NOW = datetime(2030, 1, 1, tzinfo=UTC)  # after any day that is asked for


@cache
def taxonomy() -> Taxonomy:
    """The built-in taxonomy, made once a process: openings, employers and places depend on no other."""
    return taxonomies.build({})


def ingest(store: Store, sources: Iterable[SourceSpec], data: Path | None = None) -> None:
    """Land and parse every day of these sources; files are below `data`."""
    with httpx.Client() as http:
        fetcher = Fetcher(http, str(data) if data else None, NOW)
        for spec in sources:
            source = connector(spec.connector)
            for day in source.days(spec, fetcher, None, None):
                landing.land(store, spec, day, source, fetcher)
                parsing.parse_partition(store, spec, day)


def write_rows(store: Store, source: str, day: date, rows: pl.DataFrame) -> None:
    """Write canonical postings of one source and day; `rows` has the columns that a connector would give."""
    found = canonical.settle("postings", [canonical.conform("postings", rows, source, day, f"{source} {day}").rows])
    write_frame(found.rows, store.partition("canonical", "postings", source, day), "given")


def without_ids(store: Store) -> None:
    """Take from every canonical posting what would name it on another board: its ids and its link."""
    ids = ("ats_id", "requisition_id", "url")
    for _, _, path in store.partitions("canonical", "postings"):
        rows = pl.read_parquet(path).with_columns(pl.lit(None, FRAMES["postings"][name]).alias(name) for name in ids)
        write_frame(rows, path, "without ids")


def clustered(store: Store, sources: Sequence[str] | None = None) -> pl.DataFrame:
    """source, source_posting_id, posting_id and opening_id of every posting in the store, in order of posting_id."""
    partitions = [(source, day) for source, day, _ in store.partitions("canonical", "postings")]
    normalise_partitions(store, taxonomy(), partitions)
    openings.cluster(store, sources)
    named = pl.concat(
        pl.read_parquet(path, columns=["source", "source_posting_id", "posting_id"])
        for _, _, path in store.partitions("canonical", "postings")
    )
    members = pl.read_parquet(store.openings / "members.parquet")
    return named.unique().join(members, on="posting_id").sort("posting_id")
