"""What became of every record: the canonical counts of a store, added up."""

import polars as pl

from ingestion.schema import COUNTS
from kit.store import Store

TALLIES = ("landed", "canonical", "rejected", "repeats")


def totals(store: Store) -> pl.DataFrame:
    """Landed, canonical, rejected and repeated records and the number of capture days; one row per source and frame."""
    files = [path for _, _, path in store.partitions("canonical", "counts")]
    counts = pl.concat([pl.DataFrame(schema=COUNTS), *(pl.read_parquet(path) for path in files)])
    summed = counts.group_by("source", "frame").agg(pl.len().alias("days"), pl.col(TALLIES).sum())
    return summed.sort("source", "frame")
