"""The known titles as a sparse matrix of words and letters, and the nearest of them to a new title."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from normalisation.title_text import match_words

# How much each kind of feature counts: whole words, pairs of words, runs of letters.
_KIND_WEIGHT = {"w": 1.0, "b": 0.5, "c": 0.35}
_LATER_PARTS = 0.35  # of a title: what follows the first comma or dash matters this much
_HEAD = 1.5  # the last word names the work, those before it qualify it
_RUN = 4  # letters
_BATCH = 256
Floats = npt.NDArray[np.float32]


def features_of(parts: Sequence[str]) -> dict[str, float]:
    """Weights of what a title is compared by, keyed w:word, b:pair of words and c:run of letters."""
    weights: dict[str, float] = defaultdict(float)
    for index, part in enumerate(parts[:4]):
        share = _LATER_PARTS if index else 1.0
        words = match_words(part)
        for place, word in enumerate(words):
            weights[f"w:{word}"] += share * (_HEAD if place == len(words) - 1 else 1.0)
            padded = f" {word} "
            for start in range(max(1, len(padded) - _RUN + 1)):
                weights[f"c:{padded[start : start + _RUN]}"] += share
        for first, second in pairwise(words):
            weights[f"b:{first} {second}"] += share
    return weights


@dataclass
class TitleIndex:
    """Rows are known titles, columns features; rows have length 1, so a product of rows is their similarity."""

    vocabulary: dict[str, int]
    weights: Floats  # per feature: inverse document frequency times the weight of its kind
    rows: sparse.csr_matrix

    @classmethod
    def build(cls, titles: Sequence[Sequence[str]]) -> "TitleIndex":
        """An index over titles given as their cleaned parts."""
        featured = [features_of(parts) for parts in titles]
        counts = Counter(feature for features in featured for feature in features)
        # A run of letters that one title in thirty has finds nothing and costs most of the time.
        common = max(50, len(titles) // 30)
        names = sorted(name for name, count in counts.items() if name[0] != "c" or count <= common)
        weights = [_KIND_WEIGHT[name[0]] * math.log((1 + len(titles)) / (1 + counts[name])) for name in names]
        index = cls(
            {name: place for place, name in enumerate(names)},
            np.array(weights, np.float32),
            sparse.csr_matrix((0, len(names))),
        )
        index.rows = index._matrix(featured)
        return index

    def _matrix(self, featured: Sequence[dict[str, float]]) -> sparse.csr_matrix:
        data: list[float] = []
        columns: list[int] = []
        ends = [0]
        for features in featured:
            for name, weight in features.items():
                column = self.vocabulary.get(name)
                if column is not None:
                    columns.append(column)
                    data.append(weight)
            ends.append(len(columns))
        values = np.array(data, np.float32) * self.weights[columns] if columns else np.zeros(0, np.float32)
        matrix = sparse.csr_matrix(
            (values, columns, ends), shape=(len(featured), len(self.vocabulary)), dtype=np.float32
        )
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        return sparse.diags((1 / np.where(lengths > 0, lengths, 1)).astype(np.float32)).dot(matrix).tocsr()

    @cached_property
    def _transposed(self) -> sparse.csr_matrix:
        """What queries are multiplied with; made once, because making it costs more than looking up one title."""
        return self.rows.T.tocsr()

    def nearest(self, titles: Sequence[Sequence[str]], count: int) -> list[tuple[npt.NDArray[np.int32], Floats]]:
        """For each title (cleaned parts) the `count` nearest rows and their similarities, in no order; may be fewer."""
        found = []
        for start in range(0, len(titles), _BATCH):
            queries = self._matrix([features_of(parts) for parts in titles[start : start + _BATCH]])
            similar = (queries @ self._transposed).tocsr()
            for low, high in pairwise(similar.indptr):
                scores, rows = similar.data[low:high], similar.indices[low:high]
                if len(scores) > count:
                    # Ties at the edge are settled by row, so that the answer does not depend on the batch.
                    edge = np.partition(scores, len(scores) - count)[len(scores) - count]
                    keep = np.flatnonzero(scores >= edge)
                    keep = keep[np.lexsort((rows[keep], -scores[keep]))][:count]
                    scores, rows = scores[keep], rows[keep]
                found.append((rows, scores))
        return found

    def save(self, folder: Path) -> None:
        rows = self.rows
        np.savez_compressed(
            folder / "index.npz", data=rows.data, indices=rows.indices, indptr=rows.indptr, weights=self.weights
        )
        (folder / "vocabulary.json").write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TitleIndex":
        names = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "index.npz", allow_pickle=False) as saved:
            shape = (len(saved["indptr"]) - 1, len(names))
            rows = sparse.csr_matrix((saved["data"], saved["indices"], saved["indptr"]), shape=shape)
            return cls({name: place for place, name in enumerate(names)}, saved["weights"], rows)
