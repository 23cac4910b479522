"""Which two postings advertise the same opening, judged by what their fingerprints say; dates come later."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.openings.blocks import ATS, FEWEST_SHINGLES, REQUISITION, TITLE
from ingestion.openings.history import in_order
from ingestion.openings.numbers import numbers
from kit.frames import Schema
from normalisation.fingerprints import SKETCH_SIZE

# One row per block and pair found to be one opening, which depends on the two postings and the block's kind alone.
# `sure` edges join clusters; the others attach vague postings.
EDGES: Schema = {
    "key": pl.UInt64,
    "a": pl.Int64,  # posting ids, a < b
    "b": pl.Int64,
    "sure": pl.Boolean,  # same employer (or none known) and a place in common
    "rival": pl.Boolean,  # two numbers of one system: not one opening while both are open
    "undated": pl.Boolean,  # the same ad by its id, whenever it was seen
    "at_once": pl.Boolean,  # only if both were open on one day
    "while_alone": pl.Boolean,  # only while each is its source's only posting in the block
}
Compare = Callable[[int, int], tuple[bool, bool]]
BATCH = 100_000  # pairs whose sketches are compared at a time
PAD = np.iinfo(np.uint32).max
PAY_TOLERANCE = 1.02
# Ranks that make another opening of the same words.
RANKS = {
    *(
        "intern",
        "trainee",
        "apprentice",
        "graduate",
        "junior",
        "associate",
        "assistant",
        "mid",
        "intermediate",
        "senior",
    ),
    *("lead", "principal", "staff", "head", "manager", "director", "vice", "president", "chief"),
    *("i", "ii", "iii", "iv", "v", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
}


@dataclass(frozen=True)
class Thresholds:
    """How much of the shorter text must stand in the longer one (containment), and how equal they must be (Jaccard)."""

    containment: float
    jaccard: float


SAME_REQUISITION = Thresholds(0.3, 0.1)
SAME_TITLE = Thresholds(0.7, 0.3)
SIMILAR_TITLE = Thresholds(0.85, 0.7)
UNNAMED_SAME_TITLE = Thresholds(0.75, 0.25)
UNNAMED_SIMILAR_TITLE = Thresholds(0.92, 0.85)


class Scorer:
    """Compares postings of `fingerprints` (ordered by posting_id), whose sketches are rows of `sketch`."""

    def __init__(self, fingerprints: pl.DataFrame, sketch: np.ndarray) -> None:
        self.ids = fingerprints["posting_id"].to_numpy()
        self.sketch = sketch
        self.shingles = fingerprints["n_shingles"].to_numpy()
        self.source = _codes(fingerprints["source"])
        self.employer = _codes(fingerprints["employer_key"])
        self.title = _codes(fingerprints["title_key"])
        self.titles = fingerprints["title_key"].drop_nulls().unique().sort().to_list()
        told = fingerprints.select(**numbers())
        self.ats, self.ats_system = _codes(told["ats_number"]), _codes(told["ats_system"])
        self.requisition, self.numbering = _codes(told["requisition"]), _codes(told["numbering"])
        self.timeless = told["timeless"].to_numpy()
        places = fingerprints.select(in_order("places").list.join("|")).to_series()
        self.place = _codes(places)
        self.places = [frozenset(filter(None, text.split("|"))) for text in places.unique().sort().to_list()]
        least, most = fingerprints["pay_annual_min"], fingerprints["pay_annual_max"]
        known = (least.is_not_null() | most.is_not_null()).to_numpy()
        self.low = np.where(known, least.fill_null(0.0).to_numpy(), -np.inf)
        self.high = np.where(known, most.fill_null(np.inf).to_numpy(), np.inf)

    def edges(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """EDGES among `pairs` (columns key, kind, a, b, alone; a and b are posting ids)."""
        evidence = pl.min_horizontal("kind", pl.lit(TITLE, pl.UInt8)).alias("evidence")  # the other kinds give none
        pairs = pairs.with_columns(evidence)
        judged = self._judged(pairs.select("a", "b", "evidence").unique().sort("a", "b", "evidence"))
        by_title = (pl.col("kind") == TITLE) & pl.col("alone") & pl.col("by_title")
        found = pairs.join(judged, on=["a", "b", "evidence"]).filter(pl.col("by_text") | by_title)
        return found.with_columns(while_alone=~pl.col("by_text")).select(list(EDGES))

    def _judged(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """a, b, evidence, by_text, by_title and EDGES' flags of the pairs that may be one opening."""
        a, b = (np.searchsorted(self.ids, pairs[end].to_numpy()) for end in ("a", "b"))
        same_ad = (pairs["evidence"] == ATS).to_numpy()
        named = (self.employer[a] >= 0) & (self.employer[b] >= 0)
        same_employer = self.employer[a] == self.employer[b]
        common, compatible = self._places(a, b)
        two_requisitions = self._two_requisitions(a, b)
        other_vacancy = two_requisitions & self.timeless[a]
        may = same_ad | ((same_employer | ~named) & compatible & ~other_vacancy & self._pay_agrees(a, b))
        a, b, same_ad = a[may], b[may], same_ad[may]
        named, same_employer, common = named[may], same_employer[may], common[may]
        pairs = pairs.filter(may)
        requisition = (pairs["evidence"] == REQUISITION).to_numpy()
        same_title = self.title[a] == self.title[b]
        similar = same_title | self._similar_titles(a, b)
        text = self._same_text(a, b, named, same_title, similar, requisition)
        textless = np.minimum(self.shingles[a], self.shingles[b]) < FEWEST_SHINGLES
        numbered = requisition & similar & (text | textless)
        rival = (self._two_ids(a, b) | two_requisitions[may]) & ~same_ad
        # Of two boards' single ads with one title, employer and place, every fifth pair was two openings, one after the
        # other: without texts only the same pay or a day on which both were open says enough.
        alike = same_title & named & common & ~rival & (self.source[a] != self.source[b])
        by_text = same_ad | text | numbered
        return pairs.with_columns(
            by_text=by_text,
            by_title=textless & alike,
            at_once=~by_text & ~self._same_pay(a, b),
            sure=same_ad | (same_employer & common),
            rival=rival,
            undated=same_ad,
        )

    def _same_text(
        self,
        a: np.ndarray,
        b: np.ndarray,
        named: np.ndarray,
        same_title: np.ndarray,
        similar: np.ndarray,
        requisition: np.ndarray,
    ) -> np.ndarray:
        """Whether the texts are equal enough for what else is known of the pair."""
        worth = np.flatnonzero(similar & (np.minimum(self.shingles[a], self.shingles[b]) >= FEWEST_SHINGLES))
        same = np.zeros(len(a), dtype=bool)
        for start in range(0, len(worth), BATCH):
            part = worth[start : start + BATCH]
            containment, jaccard = overlap(self.sketch[a[part]], self.sketch[b[part]])
            for when, limit in (
                (named[part] & requisition[part], SAME_REQUISITION),
                (named[part] & same_title[part], SAME_TITLE),
                (named[part], SIMILAR_TITLE),
                (same_title[part], UNNAMED_SAME_TITLE),
                (np.ones(len(part), dtype=bool), UNNAMED_SIMILAR_TITLE),
            ):
                same[part] |= when & (containment >= limit.containment) & (jaccard >= limit.jaccard)
        return same

    def _two_ids(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (self.ats[a] >= 0) & (self.ats_system[a] == self.ats_system[b]) & (self.ats[a] != self.ats[b])

    def _two_requisitions(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        numbered = (self.requisition[a] >= 0) & (self.numbering[a] == self.numbering[b])
        return numbered & (self.requisition[a] != self.requisition[b])

    def _pay_agrees(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Annual ranges that touch; an unknown one touches every other."""
        return (self.low[a] <= self.high[b] * PAY_TOLERANCE) & (self.low[b] <= self.high[a] * PAY_TOLERANCE)

    def _same_pay(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Both state a closed range, and the same one."""
        closed = (self.low > 0) & (self.high < np.inf)
        return closed[a] & (self.low[a] == self.low[b]) & (self.high[a] == self.high[b])

    def _places(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(a place in common or none known on both sides, one may lie within the other), each distinct pair once."""
        return _memoised(
            self.place[a], self.place[b], lambda one, other: _compare_places(self.places[one], self.places[other])
        )

    def _similar_titles(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        similar, _ = _memoised(
            self.title[a], self.title[b], lambda one, other: (similar_titles(self.titles[one], self.titles[other]),) * 2
        )
        return similar


def overlap(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Containment and Jaccard of sketches, row by row: both (n, SKETCH_SIZE), ascending, filled up with PAD.

    Below the smaller of the two largest kept hashes both sketches are complete samples of their texts; a text
    with fewer shingles than a sketch holds is complete everywhere.
    """
    limit = np.minimum(_complete_to(one), _complete_to(other))[:, None]
    inside, outside = one <= limit, other <= limit
    counts = (inside & (one < PAD)).sum(axis=1), (outside & (other < PAD)).sum(axis=1)
    merged = np.sort(np.concatenate([one, other], axis=1), axis=1)
    shared = ((merged[:, 1:] == merged[:, :-1]) & (merged[:, 1:] < PAD)).sum(axis=1)
    least = np.maximum(np.minimum(*counts), 1)
    return shared / least, shared / np.maximum(counts[0] + counts[1] - shared, 1)


def similar_titles(one: str | None, other: str | None) -> bool:
    """Half of the shorter title's words in the longer one, and no rank in one alone."""
    first, second = set((one or "").replace(",", " ").split()), set((other or "").replace(",", " ").split())
    if not first or not second:
        return False
    return not ((first ^ second) & RANKS) and 2 * len(first & second) >= min(len(first), len(second))


def _compare_places(one: frozenset[str], other: frozenset[str]) -> tuple[bool, bool]:
    if not one or not other:
        return not one and not other, True
    within = any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)
    return bool(one & other), within


def _memoised(one: np.ndarray, other: np.ndarray, compare: Compare) -> tuple[np.ndarray, np.ndarray]:
    """`compare` of each distinct pair of codes, spread over all pairs."""
    width = int(max(one.max(initial=0), other.max(initial=0))) + 1
    keys, where = np.unique(one * width + other, return_inverse=True)
    results = np.array([compare(int(key // width), int(key % width)) for key in keys], dtype=bool).reshape(-1, 2)
    return results[where, 0], results[where, 1]


def _complete_to(sketch: np.ndarray) -> np.ndarray:
    """The hash up to which each sketch holds every shingle of its text."""
    return sketch[:, -1]


def sketch_rows(sketches: pl.Series) -> np.ndarray:
    """Sketches as rows of SKETCH_SIZE numbers, filled up with PAD."""
    counts = sketches.list.len().to_numpy()
    rows = np.full((len(counts), SKETCH_SIZE), PAD, dtype=np.uint32)
    values = sketches.explode(empty_as_null=False).to_numpy()
    rows[np.arange(SKETCH_SIZE) < counts[:, None]] = np.minimum(values, PAD - 1)
    return rows


def _codes(texts: pl.Series) -> np.ndarray:
    """Each text's place among the distinct texts in order; -1 for null."""
    return texts.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
