"""Learn the words and write the lists: `python -m normalisation.skill_spans.build_words --help`.

Words come from texts without labels: every long text column of a folder of Parquet files (job postings), O*NET's task
statements, ESCO's labels and descriptions, and the training sentences. What is kept are counts: classes of words with
similar neighbours, how often commas part them, which words attract one another. No text can be read from them.
"""

import argparse
import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse

from normalisation.skill_spans.model import PARTS
from normalisation.skill_spans.phrases import save_lists
from normalisation.skill_spans.words import VECTOR_SCALE, Words, plain

LONG_BYTES = 120  # a column of longer texts than this, on average, holds prose
TEXTS_A_COLUMN = 3000
MOST_WORDS, LEAST_USES = 15_000, 6
CONTEXTS = 8_000  # words that count as neighbours
DIMENSIONS, KEPT_DIMENSIONS = 100, 64
CLASSES = (64, 256, 1000)
BREAK, COMMA, OTHER = -1, -2, -3
COMMA_STEPS = (0.02, 0.06, 0.15, 0.3)
ATTRACTION_STEPS = (1.0, 2.5, 4.0, 6.0)  # pointwise mutual information, nats
UNPARTED_STEPS = (-1.5, 0.0, 1.5, 3.0)  # log odds of standing together against a comma between
_TAG = re.compile(r"<[^>]+>")
_PIECE = re.compile(r"[^\s,]+|,|\n")


def texts(postings: Path, reference: Path, train: Path) -> Iterator[str]:
    """Every text to learn from, in a fixed order."""
    for path in sorted(postings.glob("*.parquet")):
        frame = pl.read_parquet(path)
        for name, kind in frame.schema.items():
            if kind == pl.String and frame[name].str.len_bytes().sum() > LONG_BYTES * frame[name].count():
                distinct = frame[name].drop_nulls().unique(maintain_order=True).head(TEXTS_A_COLUMN)
                yield from (_TAG.sub("\n", html.unescape(html.unescape(text))) for text in distinct)
    for name, column in (
        ("onet_task_statements", "Task"),
        ("onet_occupation_data", "Description"),
        ("esco_skill_labels_en", "skills"),
        ("esco_occupations_en", "description"),
    ):
        yield from pl.read_parquet(reference / f"{name}.parquet")[column].drop_nulls().unique(maintain_order=True)
    with gzip.open(train, "rt", encoding="utf-8") as lines:
        yield from (" ".join(json.loads(line)["tokens"]) for line in lines)


def read_words(found: Iterable[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The commonest words, and all texts as their rows, with BREAK, COMMA and OTHER between them."""
    pieces = [piece for text in found for piece in (*_pieces(text), "\n")]
    uses = Counter(piece for piece in pieces if piece not in {",", "\n"})
    ordered = sorted(uses, key=lambda word: (-uses[word], word))[:MOST_WORDS]
    words = tuple(word for word in ordered if uses[word] >= LEAST_USES)
    row = {word: place for place, word in enumerate(words)} | {"\n": BREAK, ",": COMMA}
    return words, np.array([row.get(piece, OTHER) for piece in pieces], dtype=np.int64)


def _pieces(text: str) -> Iterator[str]:
    """Plain words, commas, and line ends where a bracket, a bullet or the end of a sentence parts words."""
    for piece in _PIECE.findall(text):
        if piece in {",", "\n"}:
            yield piece
            continue
        if piece[0] in "(*•":
            yield "\n"
        yield plain(piece)
        if piece[-1] in ".;:)!?":
            yield "\n"


def commas(rows: np.ndarray, n_words: int) -> np.ndarray:
    """uint8 (words, 2): steps of how often a comma follows each word, and goes before it."""
    uses = np.bincount(rows[rows >= 0], minlength=n_words) + 5
    before, after = rows[:-1], rows[1:]
    follows = np.bincount(before[(before >= 0) & (after == COMMA)], minlength=n_words)
    precedes = np.bincount(after[(after >= 0) & (before == COMMA)], minlength=n_words)
    shares = np.stack([follows / uses, precedes / uses], axis=1)
    return np.searchsorted(COMMA_STEPS, shares, side="right").astype(np.uint8)


def bonds(rows: np.ndarray, n_words: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of words met together three times, or twice with a comma between, and their two codes."""
    uses = np.bincount(rows[rows >= 0], minlength=n_words)
    together, times = _pairs(rows[:-1], rows[1:], n_words, np.ones(len(rows) - 1, dtype=bool))
    parted, apart = _pairs(rows[:-2], rows[2:], n_words, rows[1:-1] == COMMA)
    together, times = together[times >= 3], times[times >= 3]
    parted, apart = parted[apart >= 2], apart[apart >= 2]
    pairs = np.union1d(together, parted)
    met, split = (_aligned(pairs, *counted) for counted in ((together, times), (parted, apart)))
    expected = uses[pairs // n_words] * uses[pairs % n_words] / uses.sum()
    attraction = 1 + np.searchsorted(ATTRACTION_STEPS, np.log(np.maximum(met, 1) / expected), side="right")
    unparted = 1 + np.searchsorted(UNPARTED_STEPS, np.log((met + 0.5) / (split + 0.5)), side="right")
    return pairs, np.stack([np.where(met > 0, attraction, 0), unparted], axis=1).astype(np.uint8)


def _pairs(one: np.ndarray, other: np.ndarray, n_words: int, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    both = (one >= 0) & (other >= 0) & where
    return np.unique(one[both] * n_words + other[both], return_counts=True)


def _aligned(pairs: np.ndarray, some: np.ndarray, counts: np.ndarray) -> np.ndarray:
    aligned = np.zeros(len(pairs), dtype=np.int64)
    aligned[np.searchsorted(pairs, some)] = counts
    return aligned


def vectors(rows: np.ndarray, n_words: int) -> np.ndarray:
    """Unit vectors (words, DIMENSIONS): the neighbours that a word has on either side, reduced."""
    from sklearn.utils.extmath import randomized_svd

    words = rows[rows != COMMA]
    near = [_neighbours(words, n_words, sign, (1,)) for sign in (1, -1)]
    far = [_neighbours(words, n_words, sign, (2, 3, 4)) for sign in (1, -1)]
    counts = sparse.hstack([*near, *far]).tocoo()
    marginal = np.asarray(counts.sum(axis=0)).ravel() ** 0.75  # smoothed, so that rare neighbours do not dominate
    of_word = np.asarray(counts.sum(axis=1)).ravel()
    information = np.log(counts.data / (of_word[counts.row] * marginal[counts.col] / marginal.sum()))
    positive = information > 0
    where = (counts.row[positive], counts.col[positive])
    matrix = sparse.csr_matrix((information[positive], where), shape=counts.shape)
    left, singular, _ = randomized_svd(matrix, DIMENSIONS, n_iter=3, random_state=0)
    return _unit(left * np.sqrt(singular))


def classes(found: np.ndarray) -> np.ndarray:
    """uint16 (words, 3): clusters of words with near vectors."""
    return np.stack([_clusters(found, size) for size in CLASSES], axis=1).astype(np.uint16)


def kept(found: np.ndarray) -> np.ndarray:
    """int8 (words, KEPT_DIMENSIONS): the vectors as they are kept."""
    scaled = np.rint(_unit(found[:, :KEPT_DIMENSIONS]) * VECTOR_SCALE)
    return np.clip(scaled, -127, 127).astype(np.int8)


def _unit(found: np.ndarray) -> np.ndarray:
    return found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9)


def _neighbours(rows: np.ndarray, n_words: int, sign: int, offsets: Iterable[int]) -> sparse.csr_matrix:
    """How often each word has each of the CONTEXTS words at these distances, nearer ones counting more."""
    total = sparse.csr_matrix((n_words, CONTEXTS))
    for offset in offsets:
        one, other = (rows[:-offset], rows[offset:])[::sign]
        both = (one >= 0) & (other >= 0) & (other < CONTEXTS)
        weight = np.full(both.sum(), 1 / offset)
        total += sparse.coo_matrix((weight, (one[both], other[both])), shape=total.shape).tocsr()
    return total


def _clusters(found: np.ndarray, size: int) -> np.ndarray:
    """Spherical k-means from a fixed start among the commoner words."""
    start = np.random.default_rng(0).choice(min(len(found), CONTEXTS), size, replace=False)
    centres = found[start]
    for _ in range(15):
        nearest = (found @ centres.T).argmax(axis=1)
        centres = _unit(np.stack([np.bincount(nearest, column, minlength=size) for column in found.T], axis=1))
    return (found @ centres.T).argmax(axis=1)


def main() -> None:
    """Write words.npz and phrases.tsv.gz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=Path, required=True, help="folder of Parquet files with texts of postings")
    parser.add_argument("--reference", type=Path, required=True, help="folder with O*NET and ESCO tables")
    parser.add_argument("--train", type=Path, required=True, help="skillspan_train.jsonl.gz")
    asked = parser.parse_args()
    words, rows = read_words(texts(asked.postings, asked.reference, asked.train))
    pairs, codes = bonds(rows, len(words))
    found = vectors(rows, len(words))
    Words(words, classes(found), kept(found), commas(rows, len(words)), pairs, codes).save(PARTS / "words.npz")
    technology = pl.read_parquet(asked.reference / "onet_technology_skills.parquet")["Example"]
    knowledge = pl.read_parquet(asked.reference / "esco_skill_labels_en.parquet")["skills"]
    save_lists(PARTS / "phrases.tsv.gz", {"technology": technology.to_list(), "knowledge": knowledge.to_list()})


if __name__ == "__main__":
    main()
