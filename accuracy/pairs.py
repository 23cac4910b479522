"""Clusters judged pair by pair."""

from dataclasses import dataclass

import polars as pl

from accuracy.scores import Goal, Score, not_scored


@dataclass(frozen=True)
class PairScores:
    """Counts of pairs of postings: put together, of those rightly, and those that belong together."""

    together: int
    right: int
    true: int


def pair_scores(members: pl.DataFrame, found: str, true: str) -> PairScores:
    """Of `members` (one row a posting) whose clusters as found and as they are stand in two columns."""
    return PairScores(_pairs(members, found), _pairs(members, found, true), _pairs(members, true))


def _pairs(members: pl.DataFrame, *keys: str) -> int:
    sizes = members.group_by(keys).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def share_of(measure: str, right: int, cases: int, clusters: int, goal: Goal, note: str = "") -> Score:
    """A share of pairs. Pairs of one cluster stand and fall together: the error counts clusters, not pairs."""
    if not cases:
        return not_scored(measure, goal, "the set has no such pair")
    figure = right / cases
    n = max(1, min(clusters, cases))
    likely = (figure * n + 1) / (n + 2)  # a share of all is no proof that none will ever fail
    error = (likely * (1 - likely) / n) ** 0.5
    return Score(measure, figure, goal, cases, error, note=note)
