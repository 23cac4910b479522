"""Whether a text asks for a skill, would like it, or only mentions it.

A cue in the same sentence decides ("is a plus"); else the heading under which the sentence stands ("Nice to have");
else the skill is only mentioned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from normalisation.folding import BLANK, FULL_STOP, FoldedTexts

REQUIREMENTS = ("mentioned", "preferred", "required")
MENTIONED, PREFERRED, REQUIRED = range(3)
HEADING_LINE_BYTES = 70  # a longer line is a sentence, not a heading
HEADING_LEAD_BYTES = 12  # bullets, numbers and blanks before the heading's words
HEADINGS = {"heading_required": REQUIRED, "heading_preferred": PREFERRED, "heading_other": MENTIONED}
CUE_KINDS = (
    *HEADINGS,
    *("required", "preferred", "spoken", "tool", "organisations", "waived_before", "waived_after"),
)
LINE_END, COLON = 0x0A, 0x3A
BLOCK_BYTES = 1 << 18  # compared at a time, so that what is compared stays in the processor's cache


@dataclass(frozen=True)
class CueMatches:
    """Cue phrases found in a batch, ordered by start."""

    cue: np.ndarray
    start: np.ndarray
    end: np.ndarray
    kinds: Mapping[str, np.ndarray]  # of each kind, whether a cue is of it: see `masks_of`

    def of(self, kind: str) -> np.ndarray:
        """A mask of the matches of that kind."""
        return self.kinds[kind][self.cue]


def masks_of(kinds: Sequence[frozenset[str]]) -> dict[str, np.ndarray]:
    """Of each of CUE_KINDS whether a cue is of it, from the kinds of each cue."""
    return {kind: np.array([kind in each for each in kinds], dtype=bool) for kind in CUE_KINDS}


def requirement_of(
    batch: FoldedTexts, positions: np.ndarray, cues: CueMatches, lines: np.ndarray, sentence_ends: np.ndarray
) -> np.ndarray:
    """The level (index into REQUIREMENTS) of skills at these byte positions; `ends` gives the last two arguments."""
    raw = np.frombuffer(batch.raw, dtype=np.uint8)
    level = _section_levels(batch, raw, lines, positions, cues)
    sentences = np.searchsorted(sentence_ends, positions)
    for kind, asked in (("required", REQUIRED), ("preferred", PREFERRED)):  # preferred is the more particular
        cued = np.searchsorted(sentence_ends, cues.start[cues.of(kind)])
        level[np.isin(sentences, cued)] = asked
    return level


def _section_levels(
    batch: FoldedTexts, raw: np.ndarray, lines: np.ndarray, positions: np.ndarray, cues: CueMatches
) -> np.ndarray:
    """The level of the last heading before each position, in the same text."""
    at, level = _headings(raw, lines, cues)
    if not len(at):
        return np.full(len(positions), MENTIONED, dtype=np.int64)
    last = np.searchsorted(at, positions, side="right") - 1
    same_text = (last >= 0) & (batch.rows_of(at)[last] == batch.rows_of(positions))
    return np.where(same_text, level[last], MENTIONED)


def _headings(raw: np.ndarray, lines: np.ndarray, cues: CueMatches) -> tuple[np.ndarray, np.ndarray]:
    """Where headings stand, and their levels: a short line that begins with the cue, or a capital and a colon."""
    level_of = np.max([np.where(cues.kinds[kind], asked, -1) for kind, asked in HEADINGS.items()], axis=0)
    level = level_of[cues.cue]
    some = level >= 0
    start, end, level = cues.start[some], cues.end[some], level[some]
    following = np.searchsorted(lines, start)
    line_start, line_end = lines[following - 1] + 1, lines[following]
    alone = (start - line_start <= HEADING_LEAD_BYTES) & (line_end - line_start <= HEADING_LINE_BYTES)
    capital = (raw[start] >= ord("A")) & (raw[start] <= ord("Z"))
    heads = alone | (capital & (raw[end] == COLON))
    return start[heads], level[heads]


def ends(text: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Positions that end a line, and those that end a sentence: a line end, or . ! ? ; before a blank."""
    raw = np.frombuffer(text, dtype=np.uint8)
    blocks = range(0, max(len(raw), 1), BLOCK_BYTES)
    sentence_ends = np.concatenate([at + _ends_of_block(raw, at) for at in blocks])
    return sentence_ends[raw[sentence_ends] == LINE_END], sentence_ends


def _ends_of_block(raw: np.ndarray, at: int) -> np.ndarray:
    here, after = raw[at : at + BLOCK_BYTES], raw[at + 1 : at + 1 + BLOCK_BYTES]
    found = here == FULL_STOP
    for mark in b"!?;":
        found |= here == mark
    found[len(after) :] = False
    found[: len(after)] &= after == BLANK
    found |= here == LINE_END
    return np.flatnonzero(found)
