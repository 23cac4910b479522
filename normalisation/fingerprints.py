"""Sketches of texts, by which near-equal ones are found without keeping the texts.

A text is its set of shingles, five words in a row each. Its sketch is the smallest of their hashes: two sketches
tell how much of one text stands in the other (ingestion.openings). Hashes are made here, of bytes alone, in unsigned
64-bit arithmetic, so that they are the same on every machine, in every run and with every library version.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from normalisation.folding import BLANK, FoldedTexts

SHINGLE_WORDS = 5
SKETCH_SIZE = 48
HASH_BITS = 48  # a collision within a million texts' sketches is rare, and two bytes a value are saved on disk
STRETCH_BYTES = 1 << 20  # worked on at a time, so that arrays stay in the processor's cache

STRETCH_ROWS = 1 << (64 - HASH_BITS)  # a row and a hash are sorted as one 64-bit number

_WORD_BYTES = 8
_MAX_WORD_BYTES = 24  # of a longer word (a link, mostly) its first bytes and its length count
_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(_WORD_BYTES)] + [(1 << 64) - 1], dtype=np.uint64)
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)  # odd multipliers without pattern


def sketches(batch: FoldedTexts) -> pl.DataFrame:
    """One row a text, in order: n_shingles (Int32, distinct) and sketch (List(Int64), ascending, at most SKETCH_SIZE).

    A text of fewer than five words has no shingle and an empty sketch: it is no evidence of anything.
    """
    parts, first = [], 0
    while first < len(batch):
        limit = batch.starts[first] + STRETCH_BYTES
        last = max(int(np.searchsorted(batch.starts, limit, side="right")) - 1, first + 1)
        last = min(last, first + STRETCH_ROWS)
        parts.append(_stretch(batch, first, last))
        first = last
    return pl.concat(parts) if parts else _frame(np.zeros(0, np.int64), np.zeros(0, np.uint64), 0)


def _stretch(batch: FoldedTexts, first: int, last: int) -> pl.DataFrame:
    """The sketches of texts first..last."""
    base, end = batch.starts[first], batch.starts[last]
    data = np.frombuffer(batch.folded, dtype=np.uint8)[base:end]
    starts, ends = _words(data)
    words = _word_hashes(data, starts, ends - starts)
    rows = np.searchsorted(batch.starts[first : last + 1] - base, starts, side="right") - 1
    if len(words) < SHINGLE_WORDS:
        return _frame(np.zeros(0, np.int64), np.zeros(0, np.uint64), last - first)
    count = len(words) - SHINGLE_WORDS + 1
    shingles = words[:count].copy()
    for step in range(1, SHINGLE_WORDS):
        shingles *= _ODD[0]
        shingles += words[step : step + count]
    whole = rows[:count] == rows[SHINGLE_WORDS - 1 :]
    return _frame(rows[:count][whole], _mixed(shingles[whole]), last - first)


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


def _frame(rows: np.ndarray, hashes: np.ndarray, n_rows: int) -> pl.DataFrame:
    """Distinct hashes a row, counted, and the smallest kept."""
    hashes = hashes >> np.uint64(64 - HASH_BITS)
    keys = np.sort((rows.astype(np.uint64) << np.uint64(HASH_BITS)) | hashes)
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    counts = np.bincount((keys >> np.uint64(HASH_BITS)).astype(np.int64), minlength=n_rows)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    rank = np.arange(len(keys)) - np.repeat(offsets[:-1], counts)
    values = (keys & np.uint64((1 << HASH_BITS) - 1)).astype(np.int64)[rank < SKETCH_SIZE]
    return pl.DataFrame(
        {
            "n_shingles": pl.Series(counts, dtype=pl.Int32),
            "sketch": _lists(values, np.minimum(counts, SKETCH_SIZE)),
        }
    )


def _lists(values: np.ndarray, lengths: np.ndarray) -> pl.Series:
    """A List(Int64) series of these lengths, without a Python object a row."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return pl.Series(
        pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values))), dtype=pl.List(pl.Int64)
    )
