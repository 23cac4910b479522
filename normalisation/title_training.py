"""Training the model of titles: stochastic gradient descent on the cross-entropy, in numpy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from normalisation.title_features import features_of
from normalisation.title_model import FEATURE_STEPS, VECTOR_STEPS, TitleModel, found_features, hash_of

DIMENSIONS = 96
ROUNDS = 6  # more of them learn the list by heart, and titles that were kept apart gain nothing
BATCH = 256
PACE = 0.1
FORGOTTEN = 0.3  # share of a title's features hidden in each round, so that no one of them carries it alone
LEAST_TITLES = 3  # a feature of fewer titles is left out, unless it is a whole word
_BYTE = 127
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """A title as cleaned parts, the share of each label, and how much it counts.

    A label is the set of codes that it may mean: one, or several where the labelling scheme is coarser than ours.
    """

    parts: tuple[str, ...]
    labels: tuple[tuple[tuple[str, ...], float], ...]
    weight: float = 1.0


class _Net:
    """The two tables with their accumulated squared gradients (Adagrad, one a row of the first)."""

    def __init__(self, features: int, codes: int, random: np.random.Generator) -> None:
        self.inwards: Array = random.normal(0, DIMENSIONS**-0.5, (features, DIMENSIONS)).astype(np.float32)
        self.outwards = np.zeros((DIMENSIONS, codes), np.float32)
        self.offsets = np.zeros(codes, np.float32)
        self._seen = [np.full(shape, 1e-6, np.float32) for shape in (features, self.outwards.shape, codes)]

    def learn(self, titles: sparse.csr_matrix, targets: "_Targets", pace: float) -> None:
        vectors = titles @ self.inwards
        chances = _softmax(vectors @ self.outwards + self.offsets)
        wrong = targets.wrong(chances)
        backwards = wrong @ self.outwards.T
        columns, places = np.unique(titles.indices, return_inverse=True)
        touched = sparse.csr_matrix((titles.data, places, titles.indptr), shape=(titles.shape[0], len(columns)))
        for place, table, rows, slope in (
            (0, self.inwards, columns, (touched.T @ backwards) / BATCH),
            (1, self.outwards, slice(None), vectors.T @ wrong / BATCH),
            (2, self.offsets, slice(None), wrong.sum(axis=0) / BATCH),
        ):
            seen = self._seen[place]
            seen[rows] += (slope**2).mean(axis=1) if place == 0 else slope**2
            step = pace / np.sqrt(seen[rows])
            table[rows] -= slope * (step[:, None] if place == 0 else step)


@dataclass(frozen=True)
class _Targets:
    """What the rows of a batch should say: (row, codes, share) of each label, and each row's weight."""

    labels: list[tuple[int, list[int], float]]
    weights: Array

    def wrong(self, chances: Array) -> Array:
        """The slope of the loss: what the model says less what it should say, times the row's weight.

        A label of several codes asks for their sum only: it is shared among them as the model shares it.
        """
        wrong = chances.copy()
        for row, codes, share in self.labels:
            among = chances[row, codes]
            wrong[row, codes] -= share * among / max(float(among.sum()), 1e-12)
        return wrong * self.weights[:, None]


def _softmax(scores: Array) -> Array:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def train(examples: Sequence[Example], learned: Iterable[str] = (), seed: int = 0) -> TitleModel:
    """The model of the examples; `learned` are the keys of the listed titles among them.

    Same examples in the same order and the same seed: the same model.
    """
    codes = sorted({code for example in examples for among, _ in example.labels for code in among})
    featured = [features_of(example.parts) for example in examples]
    vocabulary, rarity = _vocabulary(featured)
    found = found_features(featured, vocabulary, rarity)
    shape = (len(examples), len(vocabulary))
    titles = sparse.csr_matrix((found.steps / FEATURE_STEPS, found.columns, found.ends), shape=shape, dtype=np.float32)
    random = np.random.default_rng(seed)
    net = _Net(len(vocabulary), len(codes), random)
    column = {code: place for place, code in enumerate(codes)}
    for turn in range(ROUNDS):
        order = random.permutation(len(examples))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = titles[rows]
            batch.data *= (random.random(len(batch.data)) > FORGOTTEN) / np.float32(1 - FORGOTTEN)
            net.learn(batch, _targets([examples[row] for row in rows], column), PACE * (1 - turn / ROUNDS))
    return _in_steps(net, codes, vocabulary, rarity, titles, frozenset(map(hash_of, learned)))


def _vocabulary(featured: Sequence[Mapping[str, float]]) -> tuple[dict[str, int], Array]:
    counts = Counter(name for features in featured for name in features)
    names = sorted(name for name, count in counts.items() if count >= (2 if name[0] == "w" else LEAST_TITLES))
    rarity = [np.log((1 + len(featured)) / (1 + counts[name])) for name in names]
    # As they will be saved, so that training sees what inference will.
    return {name: place for place, name in enumerate(names)}, np.array(rarity, np.float16).astype(np.float32)


def _targets(examples: Sequence[Example], column: Mapping[str, int]) -> _Targets:
    labels = [
        (row, [column[code] for code in among], share)
        for row, example in enumerate(examples)
        for among, share in example.labels
    ]
    return _Targets(labels, np.array([example.weight for example in examples], np.float32))


def _in_steps(
    net: _Net,
    codes: list[str],
    vocabulary: dict[str, int],
    rarity: Array,
    titles: sparse.csr_matrix,
    learned: frozenset[int],
) -> TitleModel:
    """The tables as whole numbers of one byte, with what a step of each is worth."""
    inward_step = float(np.quantile(np.abs(net.inwards), 0.9999)) / _BYTE
    outward_step = float(np.quantile(np.abs(net.outwards), 0.9999)) / _BYTE
    vector_step = float(np.quantile(np.abs(titles @ net.inwards), 0.9999)) / VECTOR_STEPS
    return TitleModel(
        tuple(codes),
        vocabulary,
        rarity,
        np.clip(np.rint(net.inwards / inward_step), -_BYTE, _BYTE).astype(np.float32),
        np.clip(np.rint(net.outwards / outward_step), -_BYTE, _BYTE).astype(np.float64),
        net.offsets.astype(np.float64),
        vector_scale=inward_step / FEATURE_STEPS / vector_step,
        score_scale=vector_step * outward_step,
        learned=learned,
    )
