"""The postings as fingerprints tell them: each one's latest state, and the days on which it was open."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from kit.frames import Schema, content_mark, made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store
from normalisation.schema import FINGERPRINTS

# One row per posting and partition: what is needed to tell whether it changed, and when it was open. `partition` stands
# for its source, day and what it was made from.
CAPTURES: Schema = {"partition": pl.UInt64, "posting_id": pl.Int64, "content": pl.UInt64, "posted_on": pl.Date}
# One row per posting: where its latest fingerprint is, and the days on which it was open.
POSTINGS: Schema = {
    "posting_id": pl.Int64,
    "content": pl.UInt64,
    "source": pl.String,
    "captured_on": pl.Date,
    "first_day": pl.Date,
    "last_day": pl.Date,
}

TOGETHER = 50_000  # postings whose fingerprints are read at once


def in_order(lists: str) -> pl.Expr:
    """A column of lists, each sorted; `list.sort` takes seventy times as long for short lists."""
    return pl.col(lists).list.eval(pl.element().sort())


def partitions(store: Store, sources: Collection[str] | None = None) -> list[tuple[str, date, Path, str]]:
    """The fingerprint partitions of these sources (all without them): source, day, file, what it was made from."""
    return [
        (source, day, path, content_mark(path))
        for source, day, path in store.partitions("normalised", "fingerprints")
        if sources is None or source in sources
    ]


def postings(store: Store, state: Path, version: str, sources: Collection[str] | None = None) -> pl.DataFrame:
    """POSTINGS, ordered by posting_id. Reads again only the partitions that changed since they were last read.

    What was read is kept in the folder `state`; `version` names the rules by which it was.
    """
    found = partitions(store, sources)
    keys = [_key(f"{source} {day} {made}") for source, day, _, made in found]
    where = pl.DataFrame(
        {"partition": keys, "source": [part[0] for part in found], "captured_on": [part[1] for part in found]},
        schema={"partition": pl.UInt64, "source": pl.Categorical, "captured_on": pl.Date},
    )
    files = dict(zip(keys, (part[2] for part in found), strict=True))
    captures = _captures(state / "captures.parquet", version, files).join(where, on="partition")
    # A date of posting after the capture is a mistake of the source.
    opened = pl.min_horizontal(pl.coalesce("posted_on", "captured_on"), "captured_on")
    latest = pl.col("captured_on").arg_max()
    return (
        captures.group_by("posting_id")
        .agg(
            pl.col("content", "source").get(latest),
            pl.col("captured_on").max(),
            opened.min().alias("first_day"),
            pl.col("captured_on").max().alias("last_day"),
        )
        .sort("posting_id")
        .cast(dict(POSTINGS))  # type: ignore[arg-type]
    )


def _key(said: str) -> int:
    return int(content_hash(said.encode())[:16], 16)


def _captures(kept: Path, version: str, files: Mapping[int, Path]) -> pl.DataFrame:
    """CAPTURES of these files (by partition): as kept, but for those that are not kept yet, which it keeps too.

    What is kept counts only when it is whole and these rules wrote it.
    """
    known = pl.read_parquet(kept) if made_from(kept) == version else pl.DataFrame(schema=CAPTURES)
    current = known.filter(pl.col("partition").is_in(list(files)))
    fresh = sorted(files.keys() - set(current["partition"].unique()))
    captures = pl.concat([current, *(_read(files[key], key) for key in fresh)])
    if fresh or len(current) < len(known):
        write_frame(captures, kept, version)
    return captures


def _read(path: Path, key: int) -> pl.DataFrame:
    frame = pl.read_parquet(path, columns=[name for name in FINGERPRINTS if name not in ("source", "captured_on")])
    sketch = pl.col("sketch").list
    content = pl.struct(
        "ats_id", "requisition_id", "employer_key", "title_key", "pay_annual_min", "pay_annual_max", "n_shingles",
        places=in_order("places").list.join("|"), least=sketch.first(), most=sketch.last(), sum=sketch.sum(),
    ).hash()  # fmt: skip
    captures = frame.select(pl.lit(key).alias("partition"), "posting_id", content.alias("content"), "posted_on")
    return captures.cast(dict(CAPTURES))  # type: ignore[arg-type]


def fingerprints(
    store: Store, wanted: pl.DataFrame, columns: Sequence[str] = tuple(FINGERPRINTS)
) -> Iterator[pl.DataFrame]:
    """The latest fingerprints of the `wanted` postings (rows of POSTINGS), some partitions at a time.

    Opening files one by one takes longer than reading a few rows of each; sketches of all would take much memory.
    """
    where = ["source", "captured_on"]
    parts = wanted.group_by(where, maintain_order=True).len()
    batches = parts.with_columns(batch=pl.col("len").cum_sum() // TOGETHER)
    for _, batch in batches.group_by("batch", maintain_order=True):
        paths = [store.partition("normalised", "fingerprints", source, day) for source, day, *_ in batch.iter_rows()]
        ids = wanted.lazy().join(batch.lazy(), on=where, how="semi").select("posting_id", *where)
        found = pl.scan_parquet(paths, hive_partitioning=False).join(ids, on=["posting_id", *where], how="semi")
        yield found.select(columns).collect()
