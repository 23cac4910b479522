"""Many texts as one folded buffer: lower case, punctuation to blanks, byte for byte as long as the original.

Skills and fingerprints both read it, so a batch of texts is folded once and scanned without a Python loop over texts.
A byte's position in `folded` is its position in `raw`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

BLANK, FULL_STOP = 0x20, 0x2E
# Part of a word besides letters and digits: C++ C# .NET R&D user@host snake_case. A full stop only within a word.
WORD_MARKS = b"+#.&@_"
# First bytes of UTF-8 characters that are punctuation, bullets or symbols rather than letters, with their lengths.
SYMBOL_LEADS = {0xC2: 2, 0xE2: 3, 0xEF: 3, 0xF0: 4}


def _fold_table() -> bytes:
    table = bytearray(range(256))
    for code in range(128):
        if not (chr(code).isalnum() or code in WORD_MARKS):
            table[code] = BLANK
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = code + 32
    return bytes(table)


FOLD = _fold_table()


@dataclass(frozen=True)
class FoldedTexts:
    """A batch of texts. Text i lies in [starts[i], starts[i + 1]) of both buffers, between two line ends."""

    raw: bytes
    folded: bytes
    starts: np.ndarray  # int64, one more than there are texts

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows_of(self, positions: np.ndarray) -> np.ndarray:
        """The text in which each byte position lies."""
        return np.searchsorted(self.starts, positions, side="right") - 1


def fold_texts(texts: pl.Series) -> FoldedTexts:
    """Fold a String series; a null is an empty text."""
    framed = pl.select(pl.concat_str(pl.lit("\n"), _plain(texts), pl.lit("\n"))).to_series()
    array = framed.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    if not isinstance(array, pa.LargeStringArray):
        array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    raw = data.to_pybytes()[starts[0] : starts[-1]] if data is not None else b""
    return FoldedTexts(raw, fold(raw), starts - starts[0])


def fold(raw: bytes) -> bytes:
    """Fold UTF-8 bytes; the result has the same length."""
    folded = raw.translate(FOLD)
    buffer = np.frombuffer(bytearray(folded), dtype=np.uint8)
    stops = np.flatnonzero(buffer == FULL_STOP)
    buffer[stops[buffer[np.minimum(stops + 1, len(buffer) - 1)] == BLANK]] = BLANK
    for lead, length in SYMBOL_LEADS.items():
        if lead in folded:
            found = np.flatnonzero(buffer == lead)
            for step in range(length):
                buffer[np.minimum(found + step, len(buffer) - 1)] = BLANK
    return buffer.tobytes()


def _plain(texts: pl.Series) -> pl.Series:
    """Typographic apostrophes and hard blanks as their plain forms, one character for one."""
    return texts.fill_null("").str.replace_many(["\u2019", "\u00a0"], ["'", " "])
