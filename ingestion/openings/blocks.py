"""Blocks: postings that share a key, small enough to compare pair by pair.

A posting stands in a block for each of its keys:

    ats           the id in the employer's own system, the same in every source that carries the ad
    requisition   employer and the employer's number for the vacancy
    title         employer (or none known), place and title
    band          employer (or none known), place, and part of the text's sketch
    vague_title   employer (or none known) and title, whatever the place: for postings whose place is no city
    vague_band    employer and part of the sketch, likewise
    unnamed       part of the sketch, whatever the employer: for postings that name none

In the last three only pairs with a vague posting count, so a chain of shops does not become one huge comparison.
"""

import numpy as np
import polars as pl

from kit.frames import Schema

# One row per block and posting.
BLOCKS: Schema = {"key": pl.UInt64, "posting_id": pl.Int64, "kind": pl.UInt8, "vague": pl.Boolean}
KINDS = ("ats", "requisition", "title", "band", "vague_title", "vague_band", "unnamed")
ATS, REQUISITION, TITLE, BAND, VAGUE_TITLE, VAGUE_BAND, UNNAMED = range(len(KINDS))
ONLY_VAGUE = (VAGUE_TITLE, VAGUE_BAND, UNNAMED)

CITY = 3
BANDS = 4
BAND_HASHES = 3  # two texts of Jaccard 0.9 share one of four such bands in 199 cases of 200
FEWEST_SHINGLES = 8  # a shorter text is no evidence
BANDED = (BAND, VAGUE_BAND, UNNAMED)
COMMON = 500  # a part of a sketch in more postings than this is boilerplate: copies share rarer parts too
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
LARGE = 48  # from this size on only neighbours in a fixed order are compared
NEIGHBOURS = 24


def fineness() -> pl.Expr:
    """How finely a posting says where it is: 0 nowhere, 1 a country, 2 a region, 3 a city."""
    parts = pl.element().str.count_matches("/", literal=True) + 1
    return pl.col("places").list.eval(parts).list.max().fill_null(0).clip(0, CITY).cast(pl.UInt8)


def blocks_of(fingerprints: pl.DataFrame) -> pl.DataFrame:
    """BLOCKS of these postings (rows of normalisation.schema.FINGERPRINTS)."""
    rows = fingerprints.select(
        "posting_id",
        "ats_id",
        "requisition_id",
        "employer_key",
        "title_key",
        "places",
        (fineness() < CITY).alias("vague"),
    )
    bands = _bands(fingerprints)
    known, unnamed = pl.col("employer_key").is_not_null(), pl.col("employer_key").is_null()
    placed = rows.explode("places")  # one row a place; no place is a place of its own
    placed_bands = placed.join(bands, on="posting_id")
    some_bands = rows.join(bands.filter(pl.col("band") < 2), on="posting_id")
    parts = [
        _keyed(rows.filter(pl.col("ats_id").is_not_null()), ATS, "ats_id"),
        _keyed(
            rows.filter(known & pl.col("requisition_id").is_not_null()), REQUISITION, "employer_key", "requisition_id"
        ),
        _keyed(placed, TITLE, "employer_key", "places", "title_key"),
        _keyed(placed_bands, BAND, "employer_key", "places", "band", "hash"),
        _keyed(rows, VAGUE_TITLE, "employer_key", "title_key"),
        _keyed(some_bands.filter(known), VAGUE_BAND, "employer_key", "band", "hash"),
        _keyed(some_bands.with_columns(vague=unnamed), UNNAMED, "band", "hash"),
    ]
    return pl.concat(parts)


def _keyed(rows: pl.DataFrame, kind: int, *columns: str) -> pl.DataFrame:
    key = pl.struct(pl.lit(kind, pl.UInt8).alias("kind"), *columns).hash()
    return rows.select(
        key.alias("key"),
        "posting_id",
        pl.lit(kind, pl.UInt8).alias("kind"),
        (pl.col("vague") | (kind not in ONLY_VAGUE)),
    ).unique()


def _bands(fingerprints: pl.DataFrame) -> pl.DataFrame:
    """posting_id, band, hash: of the sketch's values that are equal modulo BANDS, the smallest few together."""
    texts = fingerprints.filter(pl.col("n_shingles") >= FEWEST_SHINGLES).select("posting_id", "sketch")
    counts = texts["sketch"].list.len().to_numpy()
    values = texts["sketch"].explode(empty_as_null=False).to_numpy()
    rows = np.repeat(np.arange(len(counts)), counts)
    parts = []
    for band in range(BANDS):
        chosen = values % BANDS == band
        smallest, sizes = values[chosen].astype(np.uint64), np.bincount(rows[chosen], minlength=len(counts))
        first = np.cumsum(sizes) - sizes
        hashes = np.zeros(len(counts), dtype=np.uint64)
        for rank in range(BAND_HASHES):
            has = sizes > rank
            hashes *= MULTIPLIER
            hashes[has] += smallest[first[has] + rank]
        some = sizes > 0
        parts.append(texts.filter(some).select("posting_id", pl.lit(band, pl.UInt8).alias("band"), hash=hashes[some]))
    return pl.concat(parts)


def pairs_of(blocks: pl.DataFrame, rank: np.ndarray) -> pl.DataFrame:
    """Pairs to compare: key, kind, a < b (positions of postings).

    `blocks` has BLOCKS' columns with `at`, the posting's position, in place of posting_id; `rank` orders the
    positions by content, so that likely duplicates in a large block are neighbours.
    """
    rows = blocks.with_columns(pl.Series("rank", rank[blocks["at"].to_numpy()])).sort("key", "rank")
    key, at, vague = (rows[name].to_numpy() for name in ("key", "at", "vague"))
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(first, len(key)))
    end = np.repeat(first + sizes, sizes)
    reach = np.where(np.repeat(sizes, sizes) > LARGE, NEIGHBOURS, LARGE)
    left, right = [], []
    for step in range(1, min(LARGE, int(sizes.max(initial=1)))):
        here = np.flatnonzero((np.arange(len(key)) + step < end) & (step <= reach))
        here = here[vague[here] | vague[here + step]]
        left.append(here)
        right.append(here + step)
    one = np.concatenate(left) if left else np.zeros(0, np.int64)
    other = np.concatenate(right) if right else np.zeros(0, np.int64)
    return pl.DataFrame(
        {
            "key": rows["key"].gather(one),
            "kind": rows["kind"].gather(one),
            "a": np.minimum(at[one], at[other]),
            "b": np.maximum(at[one], at[other]),
            "alone": _alone(rows)[one] & _alone(rows)[other],
        }
    )


def _alone(rows: pl.DataFrame) -> np.ndarray:
    """Whether the posting is its source's only one in the block."""
    return rows.select((pl.len().over("key", "source") == 1).alias("alone"))["alone"].to_numpy()
