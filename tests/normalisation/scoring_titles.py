"""How well titles are coded and ranked on labelled sets."""

from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from normalisation.reference.soc import group_of, level_of, to_soc2018
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.seniority import seniority_many
from normalisation.titles import TitleCoder

# The 2018 occupations that SOC 2010's "Computer Occupations, All Other" became.
_ALL_OTHER_COMPUTER = {"15-1299", "15-1253", "15-1243", "15-1255"}
_RANKS = {"c_level": "C-Suite", "vp": "VP", "director": "Director", "manager": "Manager"}


@dataclass(frozen=True)
class LevelScore:
    """Share of titles whose best group at a level is the label's, and the calibration error of its probability."""

    accuracy: float
    calibration_error: float
    asked: int


def _best(votes: dict[str, float], level: str) -> tuple[str | None, float]:
    groups: dict[str, float] = defaultdict(float)
    for code, probability in votes.items():
        coarser = OCCUPATION_LEVELS.index(level_of(code)) > OCCUPATION_LEVELS.index(level)
        groups[code if coarser else group_of(code, level)] += probability
    return max(groups.items(), key=lambda item: (item[1], item[0]), default=(None, 0.0))


def _agrees(answer: str | None, label_2010: str, level: str) -> bool:
    """Whether an answer is the label, by the SOC 2010 to 2018 map; a split label agrees with any of its parts."""
    label = to_soc2018(f"soc2010:{label_2010}")
    if answer is None or label is None:
        return False
    if level == "detailed":
        if label_2010 == "15-1199":
            return answer in _ALL_OTHER_COMPUTER
        return answer == label or (level_of(label) == "broad" and group_of(answer, "broad") == label)
    return group_of(answer, level) == group_of(label, level)


def score_titles(frame: pl.DataFrame, coder: TitleCoder) -> dict[str, LevelScore]:
    """titles_h1b_soc2010 rows against a coder that was not built from them; by level detailed, minor, major."""
    titles = frame["JOB_TITLE"].unique(maintain_order=True).to_list()
    votes = dict(zip(titles, coder.probabilities(titles), strict=True))
    scores = {}
    for level in ("detailed", "minor", "major"):
        pairs = []
        for title, label in frame.select("JOB_TITLE", "soc").iter_rows():
            answer, probability = _best(votes[title], level)
            pairs.append((probability, _agrees(answer, label, level)))
        bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        for probability, right in pairs:
            bins[min(int(probability * 10), 9)].append((probability, right))
        gap = sum(abs(sum(p for p, _ in found) - sum(r for _, r in found)) for found in bins.values())
        right = sum(agreed for _, agreed in pairs)
        scores[level] = LevelScore(right / len(pairs), gap / len(pairs), len(pairs))
    return scores


def score_seniority(frame: pl.DataFrame) -> float:
    """seniority_rootstrap: ranks below manager are its class Other."""
    ranks = seniority_many(frame["title"])
    right = sum(_RANKS.get(rank or "", "Other") == label for rank, label in zip(ranks, frame["level"], strict=True))
    return right / frame.height
