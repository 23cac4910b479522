"""Related occupations beside O*NET's own: how many of its ten primary ones are among our first ten.

Occupations at even places of the order of O*NET-SOC codes taught the weights of the blend; those at odd places are
scored. No view reads the table that it is scored on.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from accuracy.scores import Score, Scored, at_least, not_scored
from accuracy.sets import Sets
from estimation.careers.similarity import blend, compare
from normalisation.reference.onet import CODE, find_table, read_table
from normalisation.reference.onet_work import onet_features

GOAL = at_least(0.60)
MEASURE = "related_recall_at_10"
TABLE, OTHER, TIER = "Related Occupations", "Related O*NET-SOC Code", "Relatedness Tier"
FIRST = 10


def score(sets: Sets) -> Scored:
    """R@10 over the occupations that taught nothing."""
    folder = sets.reference
    if folder is None or find_table(folder, TABLE) is None or find_table(folder, "Task Statements") is None:
        return Scored([not_scored(MEASURE, GOAL, f"not scored: no O*NET tables with {TABLE}")])
    compared = compare(described(folder))
    related = labels(folder, compared.codes)
    recalls = recall(blend(compared.views), related)
    scored = np.array([not is_learned_from(at) for at in range(len(recalls))]) & related.any(axis=1)
    if not scored.any():
        return Scored([not_scored(MEASURE, GOAL, f"not scored: {TABLE} names no occupation of Occupation Data")])
    worst = [f"{compared.codes[at]}: {recalls[at]:.1f}" for at in np.argsort(recalls, kind="stable") if scored[at]]
    return Scored([_mean(recalls[scored], worst)])


def _mean(recalls: npt.NDArray[np.float64], worst: list[str]) -> Score:
    error = float(recalls.std(ddof=1) / len(recalls) ** 0.5) if len(recalls) > 1 else 0.0
    note = "every second O*NET-SOC code; the others taught the weights"
    return Score(MEASURE, float(recalls.mean()), GOAL, len(recalls), error, examples=tuple(worst[:20]), note=note)


def described(folder: Path) -> pl.DataFrame:
    """The features of the occupations that O*NET has tasks of; of the others it knows no relations either."""
    features = onet_features(folder)
    tasked = features.filter(pl.col("feature_kind") == "task").select("occupation_code").unique()
    return features.join(tasked, on="occupation_code", how="semi")


def is_learned_from(place: int) -> bool:
    """Whether the occupation at this place of the order of codes teaches (even) or is scored (odd)."""
    return place % 2 == 0


def labels(folder: Path, codes: list[str]) -> npt.NDArray[np.bool_]:
    """codes x codes: whether O*NET has the second among the primary related occupations of the first."""
    path = find_table(folder, TABLE)
    related = np.zeros((len(codes), len(codes)), dtype=bool)
    place = {code: at for at, code in enumerate(codes)}
    if path is not None:
        frame = read_table(path, OTHER, TIER).filter(pl.col(TIER).str.starts_with("Primary"))
        for one, other in frame.select(CODE, OTHER).iter_rows():
            if one in place and other in place:
                related[place[one], place[other]] = True
    return related


def recall(scores: npt.NDArray[np.float64], related: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Of each row the share of its related ones among the FIRST of its highest scores; 0 where it has none."""
    others = scores.copy()
    np.fill_diagonal(others, -np.inf)
    first = np.argsort(-others, axis=1, kind="stable")[:, :FIRST]
    found = np.take_along_axis(related, first, axis=1).sum(axis=1)
    return np.asarray(found / np.maximum(related.sum(axis=1), 1))
