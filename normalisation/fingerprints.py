"""Sketches of texts, by which near-equal ones are found without keeping the texts.

A text is its set of shingles, five words in a row each. Its sketch is the smallest of their hashes: two sketches
tell how much of one text stands in the other (ingestion.openings). Hashes are made here, of bytes alone, in unsigned
64-bit arithmetic, so that they are the same on every machine, in every run and with every library version.
"""

import numpy as np
import polars as pl

from normalisation.folding import BLANK, FoldedTexts

SHINGLE_WORDS = 5
SKETCH_SIZE = 48
HASH_BITS = 32  # two long texts share a hash by chance in one pair of 100,000, and then one of 48
STRETCH_BYTES = 1 << 18  # worked on at a time, so that arrays stay in the processor's cache

STRETCH_ROWS = 1 << (64 - HASH_BITS)  # a row and a hash are sorted as one 64-bit number

_WORD_BYTES = 8
_MAX_WORD_BYTES = 24  # of a longer word (a link, mostly) its first bytes and its length count
_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(_WORD_BYTES)] + [(1 << 64) - 1], dtype=np.uint64)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)  # odd multipliers without pattern


def sketches(batch: FoldedTexts) -> pl.DataFrame:
    """One row a text, in order: n_shingles (Int32) and sketch (List(UInt32), ascending, at most SKETCH_SIZE).

    n_shingles counts distinct shingles up to SKETCH_SIZE: a longer text is long enough, and counting on would cost
    more than all the rest. A text of fewer than five words has no shingle and an empty sketch: it is no evidence of
    anything.
    """
    parts, first = [np.zeros(0, np.uint64)], 0
    counts = [np.zeros(0, np.int64)]
    while first < len(batch):
        limit = batch.starts[first] + STRETCH_BYTES
        last = max(int(np.searchsorted(batch.starts, limit, side="right")) - 1, first + 1)
        last = min(last, first + STRETCH_ROWS)
        kept, count = _smallest(*_shingles(batch, first, last), last - first)
        parts.append(kept)
        counts.append(count)
        first = last
    return _frame(np.concatenate(parts), np.concatenate(counts))


def _shingles(batch: FoldedTexts, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """The row, counted from `first`, and the hash of every shingle of texts first..last."""
    base, end = batch.starts[first], batch.starts[last]
    data = np.frombuffer(batch.folded, dtype=np.uint8)[base:end]
    starts, ends = _words(data)
    words = _word_hashes(data, starts, ends - starts)
    rows = np.repeat(np.arange(last - first), np.diff(np.searchsorted(starts, batch.starts[first : last + 1] - base)))
    count = max(len(words) - SHINGLE_WORDS + 1, 0)
    shingles = words[:count].copy()
    for step in range(1, SHINGLE_WORDS):
        shingles *= _ODD[0]
        shingles += words[step : step + count]
    whole = rows[:count] == rows[SHINGLE_WORDS - 1 :]
    return rows[:count][whole], _mixed(shingles[whole]) >> np.uint64(64 - HASH_BITS)


def _words(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where words begin and end. A text ends in a blank, so every word does."""
    within = data > BLANK
    edges = np.flatnonzero(within[1:] != within[:-1]) + 1
    return edges[0::2], edges[1::2]  # a text begins with a blank too


def _word_hashes(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each word: its bytes as up to three little-endian integers, and its length."""
    padded = np.concatenate([data, np.zeros(_MAX_WORD_BYTES + _WORD_BYTES, dtype=np.uint8)])
    eights = np.ndarray((len(padded) - _WORD_BYTES + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
    hashes = _ODD[3] * lengths.astype(np.uint64)
    hashes += (eights[starts] & _MASKS[np.minimum(lengths, _WORD_BYTES)]) * _ODD[0]
    for part in (1, 2):
        longer = np.flatnonzero(lengths > part * _WORD_BYTES)
        taken = np.minimum(lengths[longer] - part * _WORD_BYTES, _WORD_BYTES)
        hashes[longer] ^= _mixed((eights[starts[longer] + part * _WORD_BYTES] & _MASKS[taken]) * _ODD[part])
    return _mixed(hashes)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Every bit of the result depends on every bit of the value (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _smallest(rows: np.ndarray, hashes: np.ndarray, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The smallest SKETCH_SIZE distinct hashes of each row, ascending, and how many each row has.

    Hashes are spread evenly, so that those below a limit are about as many as wanted: twice as many are nearly always
    enough, and far fewer to sort than all. Where they are not, because a text repeats itself, all are sorted.
    """
    counts = np.bincount(rows, minlength=n_rows)
    likely = np.minimum(2 * SKETCH_SIZE / np.maximum(counts, 1), 1) * 2.0**HASH_BITS
    low = hashes < likely.astype(np.uint64)[rows]
    kept, sizes = _distinct(rows[low], hashes[low], n_rows)
    if ((sizes < SKETCH_SIZE) & (counts > 2 * SKETCH_SIZE)).any():
        kept, sizes = _distinct(rows, hashes, n_rows)
    rank = np.arange(len(kept)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return kept[rank < SKETCH_SIZE], np.minimum(sizes, SKETCH_SIZE)


def _distinct(rows: np.ndarray, hashes: np.ndarray, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct hashes of each row, ascending, and how many each row has."""
    keys = np.sort((rows.astype(np.uint64) << np.uint64(HASH_BITS)) | hashes)
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    sizes = np.bincount((keys >> np.uint64(HASH_BITS)).astype(np.int64), minlength=n_rows)
    return keys & np.uint64((1 << HASH_BITS) - 1), sizes


def _frame(hashes: np.ndarray, counts: np.ndarray) -> pl.DataFrame:
    """`counts` hashes a row as lists."""
    texts = pl.DataFrame({"row": np.arange(len(counts)), "n_shingles": counts.astype(np.int32)})
    values = pl.DataFrame({"row": np.repeat(texts["row"].to_numpy(), counts), "sketch": hashes.astype(np.uint32)})
    lists = values.group_by("row", maintain_order=True).agg("sketch")
    return texts.join(lists, on="row", how="left", maintain_order="left").select(
        "n_shingles", pl.col("sketch").fill_null([])
    )
