"""Training the model of titles: stochastic gradient descent on the cross-entropy, in numpy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from normalisation.title_features import WORD, features_of, tokens_of
from normalisation.title_model import RARITY_STEPS, VECTOR_STEPS, Steps, TitleModel, hash_of

DIMENSIONS = 192
ROUNDS = 10  # more of them learn the list by heart, and titles that were kept apart gain nothing
BATCH = 256
PACE = 0.1
FORGOTTEN = 0.5  # share of a title's features hidden in each round, so that no one of them carries it alone
LEAST_TITLES = 5  # a feature of fewer titles is left out, unless it is a whole word
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
        wrong = targets.wrong(_softmax(vectors @ self.outwards + self.offsets)) / BATCH
        columns = np.unique(titles.indices)
        inward = titles.T.tocsr()[columns] @ (wrong @ self.outwards.T)
        seen = self._seen[0]
        seen[columns] += (inward**2).mean(axis=1)
        self.inwards[columns] -= inward * (pace / np.sqrt(seen[columns]))[:, None]
        for table, seen, slope in (
            (self.outwards, self._seen[1], vectors.T @ wrong),
            (self.offsets, self._seen[2], wrong.sum(axis=0)),
        ):
            seen += slope**2
            table -= pace * slope / np.sqrt(seen)


@dataclass(frozen=True)
class _Targets:
    """What titles should say: `labels` has a row a title, a column a label and its share; `means` a row a label."""

    labels: sparse.csr_matrix
    means: sparse.csr_matrix
    weights: Array

    @classmethod
    def of(cls, examples: Sequence[Example], codes: Sequence[str]) -> "_Targets":
        column = {code: place for place, code in enumerate(codes)}
        label = {among: place for place, among in enumerate(sorted({a for e in examples for a, _ in e.labels}))}
        told = [(row, label[among], share) for row, each in enumerate(examples) for among, share in each.labels]
        meant = [(place, column[code], 1.0) for among, place in label.items() for code in among]
        return cls(
            _sparse(told, (len(examples), len(label))),
            _sparse(meant, (len(label), len(codes))),
            np.array([each.weight for each in examples], np.float32),
        )

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> "_Targets":
        return _Targets(self.labels[rows], self.means, self.weights[rows])

    def wrong(self, chances: Array) -> Array:
        """The slope of the loss: what the model says less what it should say, times the row's weight.

        A label of several codes asks for their sum only: it is shared among them as the model shares it.
        """
        wrong = chances.copy()
        means = self.means[self.labels.indices]
        sizes = np.diff(means.indptr)
        rows = np.repeat(np.repeat(np.arange(len(chances)), np.diff(self.labels.indptr)), sizes)
        among = chances[rows, means.indices]
        sums = np.maximum(np.add.reduceat(among, means.indptr[:-1]), 1e-12)
        asked = among * np.repeat(self.labels.data / sums, sizes)
        wrong -= sparse.csr_matrix((asked, (rows, means.indices)), shape=chances.shape).toarray()
        return wrong * self.weights[:, None]


def _sparse(entries: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> sparse.csr_matrix:
    rows, columns, values = zip(*entries, strict=True)
    return sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)


def _softmax(scores: Array) -> Array:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def train(
    titles: Sequence[Example], learned: Iterable[str] = (), texts: Sequence[Example] = (), seed: int = 0
) -> TitleModel:
    """The model of titles; `learned` are the keys of the listed ones among them.

    `texts` teach what the words of titles have to do with, and bring no features of their own. Same examples in the
    same order and the same seed: the same model.
    """
    examples = [*titles, *texts]
    codes = sorted({code for example in titles for among, _ in example.labels for code in among})
    tokens = [tokens_of(example.parts) for example in examples]
    vocabulary, rarity = _vocabulary(tokens[: len(titles)])
    matrix = _matrix(tokens, vocabulary, rarity)
    targets = _Targets.of(examples, codes)
    random = np.random.default_rng(seed)
    net = _Net(len(vocabulary), len(codes), random)
    for turn in range(ROUNDS):
        order = random.permutation(len(examples))
        shuffled, asked = matrix[order], targets[order]
        shuffled.data *= (random.random(len(shuffled.data)) > FORGOTTEN) / np.float32(1 - FORGOTTEN)
        for start in range(0, len(order), BATCH):
            rows = np.arange(start, min(start + BATCH, len(order)))
            net.learn(shuffled[rows], asked[rows], PACE * (1 - turn / ROUNDS))
    return _in_steps(net, codes, vocabulary, rarity, matrix[: len(titles)], frozenset(map(hash_of, learned)))


def _vocabulary(tokens: Sequence[Sequence[tuple[str, int]]]) -> tuple[dict[str, int], Steps]:
    counts = Counter(
        name for title in tokens for name in {name for token, _ in title for name, _ in features_of(token)}
    )
    names = sorted(name for name, count in counts.items() if count >= (2 if name[0] == "w" else LEAST_TITLES))
    rarity = [np.log((1 + len(tokens)) / (1 + counts[name])) * RARITY_STEPS for name in names]
    return {name: place for place, name in enumerate(names)}, np.rint(rarity).astype(np.int32)


def _matrix(
    tokens: Sequence[Sequence[tuple[str, int]]], vocabulary: Mapping[str, int], rarity: Steps
) -> sparse.csr_matrix:
    """A row a title, of length 1 where all its words are known, as title_model sums it."""
    rarest = (WORD * int(rarity.max(initial=0))) ** 2
    entries: list[tuple[int, int]] = []
    ends, squares = [0], []
    for title in tokens:
        found = [
            (vocabulary[name], share * weight * int(rarity[vocabulary[name]]))
            for token, share in title
            for name, weight in features_of(token)
            if name in vocabulary
        ]
        unknown = sum(share**2 for token, share in title if token[0] == "w" and token not in vocabulary)
        squares.append(max(sum(value**2 for _, value in found) + unknown * rarest, 1))
        entries += found
        ends.append(len(entries))
    columns, values = np.array(entries, np.int64).reshape(-1, 2).T
    lengths = np.repeat(np.sqrt(np.array(squares, np.float64)), np.diff(ends))
    shape = (len(tokens), len(vocabulary))
    matrix = sparse.csr_matrix(((values / lengths).astype(np.float32), columns, np.array(ends)), shape=shape)
    matrix.sum_duplicates()
    return matrix


def _in_steps(
    net: _Net,
    codes: list[str],
    vocabulary: dict[str, int],
    rarity: Steps,
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
        np.clip(np.rint(net.inwards / inward_step), -_BYTE, _BYTE).astype(np.int8),
        np.clip(np.rint(net.outwards / outward_step), -_BYTE, _BYTE).astype(np.float32),
        net.offsets.astype(np.float64),
        vector_scale=inward_step / vector_step,
        score_scale=vector_step * outward_step,
        learned=learned,
    )
