"""Spans of knowledge as found beside SkillSpan's: strict and overlapping F1."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from normalisation.skill_spans.decoding import overlapping
from normalisation.skill_spans.model import SpanTagger


@dataclass
class SpanTally:
    """Matched, found and labelled spans, a document at a time: documents, not spans, are independent of one another."""

    documents: dict[str, list[int]] = field(default_factory=dict)  # matched, found, labelled of each
    wrong: list[str] = field(default_factory=list)

    def take(self, document: str, matched: int, found: int, labelled: int) -> None:
        known = self.documents.get(document, [0, 0, 0])
        self.documents[document] = [a + b for a, b in zip(known, (matched, found, labelled), strict=True)]

    def _sums(self) -> tuple[int, int, int]:
        matched, found, labelled = (sum(counts) for counts in zip(*self.documents.values(), strict=True))
        return matched, found, labelled

    @property
    def spans(self) -> int:
        return sum(found + labelled for _, found, labelled in self.documents.values())

    @property
    def labelled(self) -> int:
        return sum(labelled for _, _, labelled in self.documents.values())

    @property
    def precision(self) -> float:
        matched, found, _ = self._sums()
        return matched / max(found, 1)

    @property
    def recall(self) -> float:
        matched, _, labelled = self._sums()
        return matched / max(labelled, 1)

    @property
    def f1(self) -> float:
        return 2 * self._sums()[0] / max(self.spans, 1)

    @property
    def error(self) -> float:
        """Standard error between documents: that of a ratio, linearised."""
        counts = np.array(list(self.documents.values()), dtype=np.float64)
        off = 2 * counts[:, 0] - self.f1 * (counts[:, 1] + counts[:, 2])
        return float(np.sqrt((off**2).sum()) / max(self.spans, 1))


def judge_spans(path: Path) -> tuple[SpanTally, SpanTally]:
    """A SkillSpan file's knowledge spans: strict (the same tokens) and overlapping (a token in common, one to one)."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    strict, overlap = SpanTally(), SpanTally()
    for row, found in zip(rows, SpanTagger.built_in().spans([row["tokens"] for row in rows]), strict=True):
        labelled = labelled_spans(row["tags_knowledge"])
        document = f"{row.get('source')} {row.get('idx')}"
        counts = len(found), len(labelled)
        strict.take(document, len(set(found) & set(labelled)), *counts)
        overlap.take(document, overlapping(found, labelled), *counts)
        for sign, some in (("-", set(labelled) - set(found)), ("+", set(found) - set(labelled))):
            strict.wrong.extend(f"{sign} {' '.join(row['tokens'][start:end])}" for start, end in sorted(some))
    return strict, overlap


def labelled_spans(tags: Iterable[str]) -> list[tuple[int, int]]:
    """[start, end) of each span of a B / I / O sequence; an I that follows no B begins one."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    place = 0
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and tag != "I":
            spans.append((start, place))
            start = None
        if start is None and tag != "O":
            start = place
    return spans
