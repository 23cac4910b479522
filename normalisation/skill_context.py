"""Matches of phrases in a batch of texts, and what stands around them."""

from dataclasses import dataclass

import numpy as np

from normalisation.folding import FoldedTexts
from normalisation.skill_requirements import CueMatches

NEAR_BYTES = 60
SPOKEN_BYTES = 40
LED_BYTES = 5  # "knowledge of Excel", "experience with the Unity"
FOLLOWED_BYTES = 2  # "ML expertise not required", "Java (not required)"


@dataclass(frozen=True)
class Matches:
    """Matches of phrases, as parallel arrays."""

    pattern: np.ndarray
    start: np.ndarray  # of the phrase itself, in bytes of the batch
    end: np.ndarray

    @classmethod
    def of(cls, flat: np.ndarray) -> "Matches":
        """From rows of (pattern, start, end) whose ends hold one blank on either side."""
        return cls(flat[:, 0], flat[:, 1] + 1, flat[:, 2] - 1)

    def where(self, keep: np.ndarray) -> "Matches":
        """Those of a mask or an order."""
        return Matches(self.pattern[keep], self.start[keep], self.end[keep])

    def longest(self) -> "Matches":
        """Ordered by start, without those that lie within a longer one: "SQL" within "SQL Server"."""
        matches = self.where(np.lexsort((-self.end, self.start)))
        if len(matches.end) < 2:
            return matches
        furthest = np.maximum.accumulate(matches.end)
        return matches.where(np.concatenate(([True], matches.end[1:] > furthest[:-1])))


def close(of: Matches, start: np.ndarray, end: np.ndarray, batch: FoldedTexts, limit: int) -> np.ndarray:
    """Whether one of the spans [start, end), ordered and apart, lies within `limit` bytes in the same text."""
    if not len(start) or not len(of.start):
        return np.zeros(len(of.start), dtype=bool)
    rows = batch.rows_of(of.start)
    span_rows = batch.rows_of(start)
    after = np.searchsorted(start, of.start)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(start) - 1)
    follows = (start[after] >= of.end) & (start[after] - of.end <= limit) & (span_rows[after] == rows)
    precedes = (end[before] <= of.start) & (of.start - end[before] <= limit) & (span_rows[before] == rows)
    return follows | precedes


def led(of: Matches, cue_ends: np.ndarray) -> np.ndarray:
    """Whether a cue such as "experience with" ends right before."""
    return _gap_before(of, cue_ends) <= LED_BYTES


def waived(of: Matches, cues: CueMatches) -> np.ndarray:
    """Whether the text says that it can do without: "no experience with Go needed", "ML expertise not required"."""
    starts = cues.start[cues.of("waived_after")]
    if not len(starts):
        return led(of, cues.end[cues.of("waived_before")])
    following = np.searchsorted(starts, of.end)
    gap = starts[np.minimum(following, len(starts) - 1)] - of.end
    after = (following < len(starts)) & (gap <= FOLLOWED_BYTES)
    return after | led(of, cues.end[cues.of("waived_before")])


def introduced(of: Matches, cue_ends: np.ndarray, sentence_ends: np.ndarray) -> np.ndarray:
    """Whether a cue such as "customers include" stands earlier in the same sentence."""
    if not len(cue_ends) or not len(of.start):
        return np.zeros(len(of.start), dtype=bool)
    cue_ends = np.sort(cue_ends)
    last = np.searchsorted(cue_ends, of.start, side="right") - 1
    reach = np.append(sentence_ends, np.iinfo(np.int64).max)[np.searchsorted(sentence_ends, cue_ends)]
    return (last >= 0) & (of.start <= reach[last])


def _gap_before(of: Matches, cue_ends: np.ndarray) -> np.ndarray:
    """Bytes between the last cue that ends before and the match; very many where there is none."""
    far = np.full(len(of.start), np.iinfo(np.int64).max)
    if not len(cue_ends):
        return far
    cue_ends = np.sort(cue_ends)
    last = np.searchsorted(cue_ends, of.start, side="right") - 1
    return np.where(last >= 0, of.start - cue_ends[np.maximum(last, 0)], far)
