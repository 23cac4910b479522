"""The list of written partitions, for dbt: it builds the large facts by what changed since it last built them."""

import polars as pl

from kit.frames import Schema, content_mark, write_frame
from kit.store import Store

FRAMES = ("postings", "posting_skills", "salaries")
INDEX: Schema = {"frame": pl.String, "source": pl.String, "captured_on": pl.Date, "made_from": pl.String}


def write_partition_index(store: Store) -> int:
    """List the normalised partitions with what each was made from; returns how many there are."""
    rows = [
        (frame, source, day, content_mark(path))
        for frame in FRAMES
        for source, day, path in store.partitions("normalised", frame)
    ]
    index = pl.DataFrame(rows, schema=INDEX, orient="row")
    write_frame(index, store.warehouse.parent / "partitions.parquet")
    return len(rows)
