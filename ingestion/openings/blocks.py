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


def rank() -> pl.Expr:
    """A posting's place in an order in which likely duplicates are neighbours: by title, then by the text's sketch."""
    title, least, next_least = pl.col("title_key"), *(pl.col("sketch").list.get(n, null_on_oob=True) for n in (0, 1))
    first, second, third = (part.hash() // 2**shift for part, shift in ((title, 40), (least, 44), (next_least, 44)))
    return first * 2**40 + second * 2**20 + third


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


def comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """Of these blocks those worth comparing: of two postings or more, one of them vague where it must, and no band that
    half the ads of a large employer share.
    """
    rows = rows.sort("key")
    key = rows["key"].to_numpy()
    if not len(key):
        return rows
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(np.append(first, len(key)))
    common = rows["kind"].is_in(BANDED).to_numpy()[first] & (sizes > COMMON)
    worth = (sizes > 1) & np.logical_or.reduceat(rows["vague"].to_numpy(), first) & ~common
    return rows.filter(np.repeat(worth, sizes))


def pairs_of(blocks: pl.DataFrame) -> pl.DataFrame:
    """Pairs to compare: key, kind, a < b (posting ids), `fresh` (one of them is), `alone` (each is its source's only
    posting in the block).

    `blocks` has BLOCKS' columns with the postings' source, rank and fresh.
    """
    rows = blocks.sort("key", "rank", "posting_id")
    key, posting, vague, fresh = (rows[name].to_numpy() for name in ("key", "posting_id", "vague", "fresh"))
    alone = rows.select((pl.len().over("key", "source") == 1).alias("alone"))["alone"].to_numpy()
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(first, len(key)))
    end = np.repeat(first + sizes, sizes)
    reach = np.where(np.repeat(sizes, sizes) > LARGE, NEIGHBOURS, LARGE)
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, min(LARGE, int(sizes.max(initial=1)))):
        here = np.flatnonzero((np.arange(len(key)) + step < end) & (step <= reach))
        here = here[vague[here] | vague[here + step]]
        left.append(here)
        right.append(here + step)
    one, other = np.concatenate(left), np.concatenate(right)
    return pl.DataFrame(
        {
            "key": rows["key"].gather(one),
            "kind": rows["kind"].gather(one),
            "a": np.minimum(posting[one], posting[other]),
            "b": np.maximum(posting[one], posting[other]),
            "fresh": fresh[one] | fresh[other],
            "alone": alone[one] & alone[other],
        }
    )
