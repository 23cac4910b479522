"""A small model of which occupation a title's words and letters name, for titles that nobody has coded.

A title's features, weighted by how rare they are and scaled to length 1, are summed into a vector of some dozens of
numbers; a second table turns the vector into a score for each occupation, and a softmax into probabilities (the linear
text classifier of Joulin et al. 2017, "Bag of tricks for efficient text classification"). Every number of it is a
small integer, so that the sums are exact and a title has the same answer alone, in a batch and on any machine.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from normalisation.title_features import WORD, features_of, tokens_of

VECTOR_STEPS = 511  # so that float32 holds every sum of products: 511 x 127 x 256 < 2^24
RARITY_STEPS = 16  # a feature's inverse document frequency is a whole number of sixteenths
BUILT_IN = Path(__file__).parent / "reference" / "title_model.npz"
_MOST_REMEMBERED = 20_000  # tokens: some 20 MB
Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int32]


class _Token(NamedTuple):
    """What a token adds to a title: to its vector, and to the square of its length."""

    vector: Steps
    square: int
    is_known: bool


@dataclass(frozen=True)
class TitleModel:
    """`inwards` has a row a feature, `outwards` a column a code; both hold whole numbers. Safe to share."""

    codes: tuple[str, ...]  # SOC 2018, detailed, sorted
    vocabulary: Mapping[str, int]
    rarity: Steps  # a feature's inverse document frequency, in RARITY_STEPS
    inwards: npt.NDArray[np.int8]
    outwards: npt.NDArray[np.float32]
    offsets: Floats  # a code's score for a title of which nothing is known
    vector_scale: float  # what a step of `inwards` is worth in steps of the next table's input
    score_scale: float
    learned: frozenset[int]  # hashes of the keys of listed titles that it was trained on
    _tokens: dict[str, _Token] = field(default_factory=dict, repr=False, compare=False)

    def has_learned(self, key: str) -> bool:
        """Whether it was trained on the listed title with this key; of others one in 100,000 is taken for learned."""
        return hash_of(key) in self.learned

    def scores(self, titles: Sequence[Sequence[str]]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """For titles as cleaned parts: a row a title, a column a code, and which titles have any known feature.

        A score is the logarithm of a probability but for a constant of its title.
        """
        found = [self._found(parts) for parts in titles]
        known = np.array([any(token.is_known for token, _ in tokens) for tokens in found], bool)
        vectors = np.zeros((len(titles), self.inwards.shape[1]))
        if known.any():
            some = [tokens for tokens, is_known in zip(found, known.tolist(), strict=True) if is_known]
            flat = [each for tokens in some for each in tokens]
            shares = np.array([share for _, share in flat], np.int32)
            begins = np.cumsum([0, *map(len, some[:-1])])
            summed = np.concatenate([token.vector for token, _ in flat]).reshape(len(flat), -1) * shares[:, None]
            squares = np.array([token.square for token, _ in flat], np.int64) * shares.astype(np.int64) ** 2
            lengths = np.sqrt(np.add.reduceat(squares, begins).astype(np.float64))
            vectors[known] = np.add.reduceat(summed, begins, axis=0) / lengths[:, None] * self.vector_scale
        steps = np.clip(np.rint(vectors), -VECTOR_STEPS, VECTOR_STEPS).astype(np.float32)
        return (steps @ self.outwards).astype(np.float64) * self.score_scale + self.offsets, known

    def _found(self, parts: Sequence[str]) -> list[tuple[_Token, int]]:
        """A title's tokens with their shares; pairs and last words that are not known are nothing."""
        found = []
        for name, share in tokens_of(parts):
            token = self._tokens.get(name)
            if token is None:
                if name[0] != "w" and name not in self.vocabulary:
                    continue
                if len(self._tokens) > _MOST_REMEMBERED:
                    self._tokens.clear()
                token = self._tokens[name] = self._read(name)
            found.append((token, share))
        return found

    def _read(self, name: str) -> _Token:
        """A word that is not known counts in its title's length like the rarest that is: what is left says the less."""
        features = [(self.vocabulary[each], weight) for each, weight in features_of(name) if each in self.vocabulary]
        places = np.array([place for place, _ in features], np.int64)
        weights = np.array([weight for _, weight in features], np.int64) * self.rarity[places]
        square = int((weights**2).sum())
        if name[0] == "w" and name not in self.vocabulary:
            square += (WORD * int(self.rarity.max(initial=0))) ** 2
        # In float32, which is quick and exact here: a word of 30 letters sums to less than 2^23.
        vector = weights.astype(np.float32) @ self.inwards[places].astype(np.float32)
        return _Token(vector.astype(np.int32), square, bool(features))

    def save(self, path: Path) -> None:
        """Write the model as one file; `load` gives the same answers."""
        names = json.dumps(list(self.vocabulary), ensure_ascii=False).encode()
        np.savez_compressed(
            path,
            codes=np.array(self.codes),
            names=np.frombuffer(names, np.uint8),
            rarity=self.rarity.astype(np.uint8),
            inwards=self.inwards,
            outwards=self.outwards.astype(np.int8),
            offsets=self.offsets.astype(np.float32),
            learned=np.array(sorted(self.learned), np.uint32),
            scales=np.array([self.vector_scale, self.score_scale]),
        )

    @classmethod
    def load(cls, path: Path) -> "TitleModel":
        """The model that `save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            return cls(
                tuple(saved["codes"].tolist()),
                {name: place for place, name in enumerate(json.loads(saved["names"].tobytes()))},
                saved["rarity"].astype(np.int32),
                saved["inwards"],
                saved["outwards"].astype(np.float32),
                saved["offsets"].astype(np.float64),
                float(saved["scales"][0]),
                float(saved["scales"][1]),
                frozenset(saved["learned"].tolist()),
            )


@cache
def built_in_model() -> TitleModel:
    """The model that ships: normalisation.build_title_model makes it."""
    return TitleModel.load(BUILT_IN)


def hash_of(key: str) -> int:
    """A title's key in four bytes."""
    return zlib.crc32(key.encode())
