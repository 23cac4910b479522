"""How probable each occupation is for a title, from the model's opinion and what is known of its spelling.

The model's probabilities are the prior of a Dirichlet distribution that weighs one observation; a list that has the
title adds as many observations as its kind has been found to be worth, shared among the codes that it gives. The
probability of the best group at each level is then set to how often such a probability was right on titles that none of
this had seen.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from normalisation.reference.soc import group_of, is_within, level_rank, parts_of_soc2010
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.title_evidence import PART, Evidence

Floats = npt.NDArray[np.float64]
FITTED = Path(__file__).parent / "reference" / "title_weights.json"
# Who speaks beside the model, the weightiest first; nobody: ALONE.
SPEAKERS = ("filed", "decided", "chosen", "added", "listed")
ALONE, DECIDED = "alone", "decided"
ALONE_ON_FILED = "alone on filed"  # nobody, and the model names a group that filings have judged
OWN = ("named", "chosen")  # the names of occupations and our own table
DECIDES = 9.5  # observations, so that one code is just sure
JUST_SURE = DECIDES / (1 + DECIDES)  # what is decided is not measured, and claims no more
CONFIRMED = 0.7  # of a wide group, from which on our own table's word makes it just sure
_WIDE = ("minor", "major")
_LEAST, _MOST = 1e-4, 1 - 1e-4


@dataclass(frozen=True)
class Weights:
    """What normalisation.build_title_model fits.

    `sharpness` is the power that the model's probabilities are raised to. `observations`: what a list's word is worth
    by kind (chosen, listed, added, filed: each filing); `part` times that where it has a part of the title only.
    `calibration`: who speaks beside the model (`voice`), then level, to slope and offset of the log odds. `judged`: the
    codes, of occupations and of the groups that they lie in, that filings have judged.
    """

    sharpness: float
    part: float
    observations: Mapping[str, float]
    calibration: Mapping[str, Mapping[str, tuple[float, float]]]
    judged: frozenset[str] = frozenset()

    def save(self, path: Path) -> None:
        """Write them as JSON."""
        content = {**asdict(self), "judged": sorted(self.judged)}
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Weights":
        """The weights that `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**content, "judged": frozenset(content["judged"])})

    def decides(self, evidence: Evidence) -> bool:
        """Whether a word is taken as meant: an occupation's own name, and our table's where no filings judge."""
        return evidence.kind == "named" or (evidence.kind == "chosen" and self.judged.isdisjoint(evidence.counts))

    def worth(self, evidence: Evidence) -> float:
        """How many observations a list's word stands for."""
        if self.decides(evidence):
            return DECIDES
        worth = self.observations["chosen" if evidence.kind in OWN else evidence.kind]
        worth *= sum(evidence.counts.values()) if evidence.kind == "filed" else 1
        return worth * (self.part if evidence.extent == PART else 1.0)

    def speaker(self, evidence: Sequence[Evidence]) -> str:
        """Who speaks of a title beside the model: the calibration depends on it."""
        kinds = {DECIDED if self.decides(one) else "chosen" if one.kind in OWN else one.kind for one in evidence}
        return next((kind for kind in SPEAKERS if kind in kinds), ALONE)

    def voice(self, speaker: str, group: str) -> str:
        """Whose calibration holds for a best group: the model alone is less sure of what people are seen to dispute."""
        return ALONE_ON_FILED if speaker == ALONE and group in self.judged else speaker

    def calibrated(self, probabilities: Floats, speakers: Sequence[str], groups: Sequence[str], level: str) -> Floats:
        """How often best groups with these probabilities are right; where that was not measured they stand as they are.

        What is taken as meant is just sure at most.
        """
        lines = {who: by_level[level] for who, by_level in self.calibration.items() if level in by_level}
        voices = [self.voice(*each) for each in zip(speakers, groups, strict=True)]
        slopes, offsets = np.array([lines.get(who, (np.nan, np.nan)) for who in voices]).reshape(-1, 2).T
        at = np.clip(probabilities, _LEAST, _MOST)
        measured = 1 / (1 + np.exp(-(slopes * np.log(at / (1 - at)) + offsets)))
        most = [JUST_SURE if who == DECIDED else 1.0 for who in voices]
        return np.where(np.isnan(slopes), np.minimum(probabilities, most), measured)


@cache
def fitted_weights() -> Weights:
    """The weights that ship."""
    return Weights.load(FITTED)


class _Grouped(NamedTuple):
    """A level's groups: where each begins among the groups of the next finer level, which of them have such parts, and
    the columns of codes that are groups of this level themselves, with their places among them."""

    groups: list[str]
    begins: npt.NDArray[np.int64]
    summed: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    added: npt.NDArray[np.int64]


class Codes:
    """The columns of a table of probabilities, one a code, and the groups that they add up to at each level."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = sorted(codes)
        self.column = {code: place for place, code in enumerate(self.codes)}
        self._meant: dict[tuple[str, bool], npt.NDArray[np.int64]] = {}
        self._groups = self._grouped()

    def _grouped(self) -> dict[str, "_Grouped"]:
        found: dict[str, _Grouped] = {}
        finer: list[str] = []
        for rank, level in enumerate(OCCUPATION_LEVELS):
            own = [code for code in self.codes if level_rank(code) == rank]
            wider = [group_of(group, level) for group in finer]
            groups = sorted({*own, *wider})
            begins = [place for place, group in enumerate(wider) if place == 0 or group != wider[place - 1]]
            columns = np.array([self.column[code] for code in own], np.int64)
            place = {group: at for at, group in enumerate(groups)}
            summed, added = [place[wider[at]] for at in begins], [place[code] for code in own]
            found[level] = _Grouped(groups, np.array(begins, int), np.array(summed, int), columns, np.array(added, int))
            finer = groups
        return found

    def meant(self, label: str, is_filed: bool) -> npt.NDArray[np.int64]:
        """The columns that a code may mean: itself, else a group's members; of filings a code of SOC 2010."""
        if (label, is_filed) not in self._meant:
            if is_filed:
                among = parts_of_soc2010(label, self.codes)
            else:
                among = (label,) if level_rank(label) == 0 else tuple(c for c in self.codes if is_within(c, label))
            self._meant[label, is_filed] = np.array([self.column[code] for code in among if code in self.column], int)
        return self._meant[label, is_filed]

    def best(self, table: Floats) -> dict[str, tuple[list[str], Floats]]:
        """At each level, for each row of probabilities, the most probable group (of equals the first) and its sum."""
        found = {}
        sums = table[:, :0]
        for level, (groups, begins, summed, columns, added) in self._groups.items():
            finer, sums = sums, np.zeros((len(table), len(groups)))
            if len(begins):
                sums[:, summed] = np.add.reduceat(finer, begins, axis=1)
            sums[:, added] += table[:, columns]
            if groups:
                places = sums.argmax(axis=1)
                found[level] = ([groups[place] for place in places], sums[np.arange(len(sums)), places])
        return found


def confirmed(stated: float, group: str, level: str, own: Sequence[Evidence]) -> float:
    """The probability of a best group where our own table, asked of `own`, names the same minor or major group.

    In filings whose model and table agree so far, five in six are right, of titles reported to O*NET nearly all.
    """
    if level not in _WIDE or stated < CONFIRMED:
        return stated
    rank = OCCUPATION_LEVELS.index(level)
    named = [
        {group_of(code, level) for code in one.counts if level_rank(code) <= rank} for one in own if one.kind in OWN
    ]
    return (stated + DECIDES) / (1 + DECIDES) if named and named[0] == {group} else stated


def prior(scores: Floats, sharpness: float) -> Floats:
    """The model's scores as probabilities, a row a title."""
    shares = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def add_evidence(row: Floats, evidence: Sequence[Evidence], codes: Codes, weights: Weights) -> Floats:
    """One title's probabilities after what the lists say; the word on a group is shared as the model shares it."""
    total, observed = 1.0, row.copy()
    for one in evidence:
        worth, count = weights.worth(one), sum(one.counts.values())
        for label, number in one.counts.items():
            columns = codes.meant(label, one.kind == "filed")
            if not len(columns):
                continue
            among = row[columns]
            shares = among / among.sum() if among.sum() > 0 else np.full(len(columns), 1 / len(columns))
            observed[columns] += worth * number / count * shares
            total += worth * number / count
    return np.asarray(observed / total)
