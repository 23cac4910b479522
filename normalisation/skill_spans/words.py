"""What is known of words and of neighbouring words, learned from texts without labels."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

UNKNOWN = "?"
VECTOR_SCALE = 200  # components of unit vectors beyond 0.635 are cut
_EDGE = ".,;:()[]!?\"'*•-–/"
_DIGIT = re.compile(r"\d")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "ly", "er", "ers")


def plain(token: str) -> str:
    """A token in lower case, its digits all alike, without the punctuation at its edges."""
    lower = _DIGIT.sub("0", token.lower())
    return lower.strip(_EDGE) or lower


def stem(word: str) -> str:
    """A plain word without a common English ending, where four letters stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def shape(token: str) -> str:
    """Kinds of characters, runs cut to two: "DevOps2" is XxxXxx0."""
    kinds = re.sub("[a-z]", "x", re.sub("[A-Z]", "X", _DIGIT.sub("0", token)))
    return re.sub(r"(.)\1+", r"\1\1", kinds)[:10]


@dataclass(frozen=True)
class Words:
    """Words by falling frequency, with their classes; pairs of words that stand together or with a comma between.

    classes     uint16 (words, 3): which of 64, 256 and 1,000 clusters of similar contexts
    vectors     int8 (words, 64): where its contexts lie, a unit vector times VECTOR_SCALE
    commas      uint8 (words, 2): how often a comma follows it, and goes before it, in five steps
    pairs       int64, ordered: first word * number of words + second word
    bonds       uint8 (pairs, 2): how strongly they attract one another, and how seldom a comma parts them
    """

    words: tuple[str, ...]
    classes: np.ndarray
    vectors: np.ndarray
    commas: np.ndarray
    pairs: np.ndarray
    bonds: np.ndarray

    @cached_property
    def index(self) -> dict[str, int]:
        """Word -> its row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def _bond_of(self) -> dict[int, str]:
        codes = ["".join(map(str, bond)) for bond in self.bonds.tolist()]
        return dict(zip(self.pairs.tolist(), codes, strict=True))

    def classes_of(self, word: str) -> tuple[str, str, str]:
        """Its coarse, middle and fine cluster."""
        row = self.index.get(word)
        if row is None:
            return UNKNOWN, UNKNOWN, UNKNOWN
        coarse, middle, fine = self.classes[row].tolist()
        return str(coarse), str(middle), str(fine)

    def commas_of(self, word: str) -> tuple[str, str]:
        """How often a comma follows it, and goes before it: 0 (hardly ever) to 4."""
        row = self.index.get(word)
        if row is None:
            return UNKNOWN, UNKNOWN
        follows, precedes = self.commas[row].tolist()
        return str(follows), str(precedes)

    def bond(self, first: str, second: str) -> str:
        """Two digits: attraction 0 to 5, and 0 to 5 how seldom a comma parts them (0: never met)."""
        one, other = self.index.get(first), self.index.get(second)
        if one is None or other is None:
            return UNKNOWN + UNKNOWN
        return self._bond_of.get(one * len(self.words) + other, "00")

    def save(self, path: Path) -> None:
        """Write as one compressed file; the same content gives the same bytes."""
        text = np.frombuffer("\n".join(self.words).encode(), dtype=np.uint8)
        steps = np.diff(self.pairs, prepend=0).astype(np.uint32)  # packs much smaller than the pairs themselves
        columns = {name: getattr(self, name) for name in ("classes", "vectors", "commas", "bonds")}
        np.savez_compressed(path, words=text, steps=steps, **columns)

    @classmethod
    def load(cls, path: Path) -> "Words":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            words = tuple(saved["words"].tobytes().decode().split("\n"))
            pairs = np.cumsum(saved["steps"], dtype=np.int64)
            return cls(words, saved["classes"], saved["vectors"], saved["commas"], pairs, saved["bonds"])
