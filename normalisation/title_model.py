"""A small model of which occupation a title's words and letters name, for titles that nobody has coded.

A title's features, weighted by how rare they are and scaled to length 1, are summed into a vector of some dozens of
numbers; a second table turns the vector into a score for each occupation, and a softmax into probabilities (the linear
text classifier of Joulin et al. 2017, "Bag of tricks for efficient text classification"). Every number of it is a
small integer, so that the sums are exact and a title has the same answer alone, in a batch and on any machine.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from normalisation.title_features import features_of

FEATURE_STEPS = 255  # a feature's weight in a title is a whole number of these
VECTOR_STEPS = 2047
BUILT_IN = Path(__file__).parent / "reference" / "title_model.npz"
Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.float32]  # holds whole numbers only


@dataclass(frozen=True)
class TitleModel:
    """`inwards` has a row a feature, `outwards` a column a code; both hold whole numbers. Immutable, safe to share."""

    codes: tuple[str, ...]  # SOC 2018, detailed, sorted
    vocabulary: Mapping[str, int]
    rarity: Steps  # a feature's inverse document frequency
    inwards: Steps
    outwards: Floats
    offsets: Floats  # a code's score for a title of which nothing is known
    vector_scale: float  # what a step of the summed vector is worth in steps of the next table's input
    score_scale: float
    learned: frozenset[int]  # hashes of the keys of listed titles that it was trained on

    def has_learned(self, key: str) -> bool:
        """Whether it was trained on the listed title with this key; of others one in 100,000 is taken for learned."""
        return hash_of(key) in self.learned

    def scores(self, titles: Sequence[Sequence[str]]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """For titles as cleaned parts: a row a title, a column a code, and which titles have any known feature.

        A score is the logarithm of a probability but for a constant of its title.
        """
        found = found_features([features_of(parts) for parts in titles], self.vocabulary, self.rarity)
        known = np.diff(found.ends) > 0
        sums = np.zeros((len(titles), self.inwards.shape[1]), np.float64)
        if known.any():
            weighted = self.inwards[found.columns] * found.steps[:, None]
            sums[known] = np.add.reduceat(weighted, found.ends[:-1][known], axis=0)
        vectors = np.rint(sums * self.vector_scale)
        scores: Floats = np.clip(vectors, -VECTOR_STEPS, VECTOR_STEPS) @ self.outwards
        return scores * self.score_scale + self.offsets, known

    def save(self, path: Path) -> None:
        """Write the model as one file; `load` gives the same answers."""
        names = json.dumps(list(self.vocabulary), ensure_ascii=False).encode()
        np.savez_compressed(
            path,
            codes=np.array(self.codes),
            names=np.frombuffer(names, np.uint8),
            rarity=self.rarity.astype(np.float16),
            inwards=self.inwards.astype(np.int8),
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
                saved["rarity"].astype(np.float32),
                saved["inwards"].astype(np.float32),
                saved["outwards"].astype(np.float64),
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


class Found(NamedTuple):
    """Known features of titles: those of title i lie from ends[i] to ends[i + 1]."""

    columns: npt.NDArray[np.int32]
    steps: Steps
    ends: npt.NDArray[np.int64]


def found_features(featured: Sequence[Mapping[str, float]], vocabulary: Mapping[str, int], rarity: Steps) -> Found:
    """Weights times rarity, a title scaled to length FEATURE_STEPS and rounded to whole numbers.

    A word that is not known counts in its title's length like the rarest that is: what is left says the less.
    """
    columns: list[int] = []
    weights: list[float] = []
    ends = [0]
    unknown = np.zeros(len(featured))
    for row, features in enumerate(featured):
        for name, weight in features.items():
            column = vocabulary.get(name)
            if column is not None:
                columns.append(column)
                weights.append(weight)
            elif name[0] == "w":
                unknown[row] += weight**2
        ends.append(len(columns))
    counts = np.diff(ends)
    values = np.array(weights, np.float64) * rarity[columns] if columns else np.zeros(0)
    owner = np.repeat(np.arange(len(counts)), counts)
    rarest = float(rarity.max(initial=0.0))
    lengths = np.sqrt(np.bincount(owner, values**2, minlength=len(counts)) + unknown * rarest**2)
    steps = np.rint(values * FEATURE_STEPS / lengths[owner]).astype(np.float32)
    return Found(np.array(columns, np.int32), steps, np.array(ends, np.int64))
