"""The shipped tagger: two conditional random fields whose probabilities are averaged."""

import lzma
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from normalisation.skill_list import built_in as built_in_text
from normalisation.skill_list import parse_skills
from normalisation.skill_spans.decoding import LABELS, best_labels, spans_of
from normalisation.skill_spans.features import Resources, features
from normalisation.skill_spans.lexicon import Lexicon
from normalisation.skill_spans.phrases import load_lists, phrase_set
from normalisation.skill_spans.words import Words

PARTS = Path(__file__).parent / "parts"
MEMBERS = (
    "plain",
    "joint",
)  # `joint` also tells whether a token lies within a skill: its labels have a second character
CAUTION = 0.5  # chosen by cross-validation in the training part


@dataclass(frozen=True)
class FoundSpan:
    """Tokens [start, end) that name knowledge, and the mean probability that its tokens do."""

    start: int
    end: int
    probability: float


class SpanTagger:
    """Finds what knowledge a tokenised sentence names. Safe to share between threads."""

    def __init__(
        self, models: Sequence[bytes], resources: Resources, lexicon: Lexicon, caution: float = CAUTION
    ) -> None:
        import pycrfsuite

        self._resources, self._lexicon, self._caution = resources, lexicon, caution
        self._models = tuple(models)  # the taggers below read from these bytes
        self._taggers = []
        for model in self._models:
            tagger = pycrfsuite.Tagger()
            tagger.open_inmemory(model)
            self._taggers.append((tagger, _columns(tagger.labels())))
        self._lock = threading.Lock()  # a tagger keeps the sentence that it was last given

    @classmethod
    @cache
    def built_in(cls) -> "SpanTagger":
        """The tagger that comes with the project."""
        models = [lzma.decompress((PARTS / f"{name}.crfsuite.xz").read_bytes()) for name in MEMBERS]
        return cls(models, built_in_resources(), Lexicon.load(PARTS / "lexicon.tsv.gz"))

    def spans(self, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """[start, end) of each span of a sentence's tokens, in order."""
        return [(span.start, span.end) for span in self.find(tokens)]

    def find(self, tokens: Sequence[str]) -> list[FoundSpan]:
        """The spans of a sentence's tokens, in order, with their probabilities."""
        if not tokens:
            return []
        probability = self.probabilities(tokens)
        known = 1 - probability[:, 0]
        return [
            FoundSpan(start, end, float(known[start:end].mean()))
            for start, end in spans_of(best_labels(probability, self._caution))
        ]

    def probabilities(self, tokens: Sequence[str]) -> np.ndarray:
        """The probability of each label at each token: (tokens, labels)."""
        seen = features(tokens, self._resources, self._lexicon)
        total = np.zeros((len(tokens), len(LABELS)))
        with self._lock:
            for tagger, columns in self._taggers:
                tagger.set(seen)
                for label, column in columns:
                    total[:, column] += [tagger.marginal(label, place) for place in range(len(tokens))]
        return total / len(self._taggers)


def _columns(labels: Sequence[str]) -> list[tuple[str, int]]:
    return [(label, LABELS.index(label[0])) for label in labels]


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
