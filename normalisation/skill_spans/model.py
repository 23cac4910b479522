"""The shipped tagger: a conditional random field and some small networks, whose probabilities are averaged."""

import lzma
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from normalisation.skill_list import built_in as built_in_text
from normalisation.skill_list import parse_skills
from normalisation.skill_spans import network
from normalisation.skill_spans.decoding import LABELS, Span, best_spans, chances_of
from normalisation.skill_spans.features import Resources, features
from normalisation.skill_spans.lexicon import Lexicon
from normalisation.skill_spans.network import Network
from normalisation.skill_spans.phrases import load_lists, phrase_set
from normalisation.skill_spans.words import Words

PARTS = Path(__file__).parent / "parts"
# Chosen by cross-validation in the training part.
NETWORKS_SHARE = 0.8
EXACT = 0.4  # of a match; the rest is for overlapping at all
COST = 0.3  # expected matches that a span must bring
BATCH_TOKENS = 2000


@dataclass(frozen=True)
class FoundSpan:
    """Tokens [start, end) that name knowledge, and the mean probability that its tokens do."""

    start: int
    end: int
    probability: float


class SpanTagger:
    """Finds what knowledge a tokenised sentence names. Safe to share between threads."""

    def __init__(self, field: bytes, networks: Sequence[Network], resources: Resources, lexicon: Lexicon) -> None:
        import pycrfsuite

        self._resources, self._lexicon, self._networks = resources, lexicon, tuple(networks)
        self._field = field  # the tagger reads from these bytes
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._field)
        self._field_labels = [label for label in LABELS if label in self._tagger.labels()]
        self._lock = threading.Lock()  # a tagger keeps the sentence that it was last given

    @classmethod
    @cache
    def built_in(cls) -> "SpanTagger":
        """The tagger that comes with the project."""
        return cls(
            lzma.decompress((PARTS / "field.crfsuite.xz").read_bytes()),
            network.load(PARTS / "networks.npz"),
            built_in_resources(),
            Lexicon.load(PARTS / "lexicon.tsv.gz"),
        )

    def save(self, folder: Path) -> None:
        """Write the lexicon, the random field and the networks as files that `built_in` reads."""
        self._lexicon.save(folder / "lexicon.tsv.gz")
        (folder / "field.crfsuite.xz").write_bytes(lzma.compress(self._field, preset=9))
        network.save(folder / "networks.npz", self._networks)

    def spans(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """[start, end) of each span of each sentence's tokens, in order."""
        return [[(span.start, span.end) for span in found] for found in self.find(sentences)]

    def find(self, sentences: Sequence[Sequence[str]]) -> list[list[FoundSpan]]:
        """The spans of each sentence's tokens, in order, with their probabilities."""
        opinions = self.opinions([tokens for tokens in sentences if tokens])
        return [_spans(*next(opinions)) if tokens else [] for tokens in sentences]

    def opinions(self, sentences: Sequence[Sequence[str]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Of each sentence the probability of each label at each token (tokens, labels): the field's, the networks'."""
        for batch in _batches(sentences):
            windows = [network.windows(tokens, self._resources, self._lexicon) for tokens in batch]
            by_networks = self._of_networks(np.concatenate(windows))
            ends = np.cumsum([len(tokens) for tokens in batch])
            yield from zip(map(self._of_field, batch), np.split(by_networks, ends[:-1]), strict=True)

    def _of_field(self, tokens: Sequence[str]) -> np.ndarray:
        probability = np.zeros((len(tokens), len(LABELS)))
        seen = features(tokens, self._resources, self._lexicon)
        with self._lock:
            self._tagger.set(seen)
            for label in self._field_labels:
                probability[:, LABELS.index(label)] = [self._tagger.marginal(label, at) for at in range(len(tokens))]
        return probability

    def _of_networks(self, windows: np.ndarray) -> np.ndarray:
        probability = np.zeros((len(windows), len(LABELS)))
        for each in self._networks:
            for target, column in zip(each.targets, each.probabilities(windows).T, strict=True):
                probability[:, LABELS.index(target[0])] += column / len(self._networks)
        return probability


def _spans(by_field: np.ndarray, by_networks: np.ndarray) -> list[FoundSpan]:
    probability = (1 - NETWORKS_SHARE) * by_field + NETWORKS_SHARE * by_networks
    known = 1 - probability[:, 0]
    found = best_spans(chances_of(probability), EXACT, COST)
    return [FoundSpan(start, end, float(known[start:end].mean())) for start, end in found]


def _batches(sentences: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Sentences, in order, of some BATCH_TOKENS tokens together: large products of matrices are quick, not huge."""
    batch: list[Sequence[str]] = []
    tokens = 0
    for sentence in sentences:
        batch.append(sentence)
        tokens += len(sentence)
        if tokens >= BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


@cache
def built_in_resources() -> Resources:
    """Words, lists and the curated list of skills, as they come with the project."""
    lists = load_lists(PARTS / "phrases.tsv.gz")
    skills = parse_skills(built_in_text("skills.csv"))
    return Resources(
        Words.load(PARTS / "words.npz"),
        phrase_set(written for skill in skills for written, _ in skill.patterns()),
        phrase_set(lists["technology"]),
        phrase_set(lists["knowledge"]),
    )
