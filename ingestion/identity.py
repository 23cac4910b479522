"""What makes a canonical row the row it is: the hash of its content, and the id derived from its identity."""

import polars as pl

from ingestion.schema import FRAMES, IDENTITY, PROVENANCE
from kit.frames import Schema
from kit.identifiers import stable_id

HASH_ROWS = 20_000  # texts held as Python objects at a time
# What identifies a row within its source; salaries have an `identity` of their own, or their content.
KEYS = {
    "postings": ("source_posting_id",),
    "wage_statistics": ("year", "occupation_code", "area_kind", "area_code"),
    "fx_rates": ("rate_on", "base", "quote"),
}


def content_columns(frame: str) -> Schema:
    """The frame's columns that a source fills: without provenance and derived ids."""
    derived = {*PROVENANCE, IDENTITY.get(frame)}
    return {name: kind for name, kind in FRAMES[frame].items() if name not in derived}


def key_columns(frame: str) -> list[str]:
    """The columns that no two rows of a settled partition share."""
    return [IDENTITY[frame]] if frame in IDENTITY else list(KEYS[frame])


def with_hash(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    """`record_hash` of what the row says: its filled columns by name, so that a new, unused column changes nothing."""
    parts = []
    for name, kind in sorted(content_columns(frame).items()):
        text = pl.col(name).list.join("\x1e") if kind == pl.List(pl.String) else pl.col(name).cast(pl.String)
        parts.append(pl.lit(f"{name}=") + text)
    parts.append(pl.lit("identity=") + pl.col("identity"))
    said = rows.select(pl.concat_str(parts, separator="\x1f", ignore_nulls=True).alias("said")).to_series()
    return rows.with_columns(_hashes(said).alias("record_hash"))


def _hashes(texts: pl.Series) -> pl.Series:
    numbers: list[int] = []
    for start in range(0, len(texts), HASH_ROWS):
        numbers += [stable_id(text) for text in texts.slice(start, HASH_ROWS)]
    return pl.Series(numbers, dtype=pl.Int64)


def with_ids(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The frame's derived id. Rows without an identity of their own get one from content and occurrence: equal rows are
    distinct observations, and which is which does not matter."""
    derived = IDENTITY.get(frame)
    if derived is None:
        return rows
    if frame == "salaries":
        nth = pl.int_range(pl.len()).over("record_hash")
        content = pl.format("content\x1f{}\x1f{}", pl.col("record_hash"), nth)
        key = pl.coalesce(pl.lit("key\x1f") + pl.col("identity"), content)
    else:
        key = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in KEYS[frame]], separator="\x1f")
    named = rows.select(pl.concat_str([pl.col("source"), key], separator="\x1f").alias("key")).to_series()
    return rows.with_columns(_hashes(named).alias(derived))
