"""Employers: whether two names have one key exactly where they are one employer."""

import polars as pl

from accuracy.duplicate_boards import BOARDS, LISTED, listed
from accuracy.scores import Score, Scored, at_least, not_scored, share
from accuracy.sets import Sets
from normalisation.employers import employer_key

PAIRS = "eval/company_pairs.parquet"
PRECISION, RECALL = at_least(0.98), at_least(0.95)


def score(sets: Sets) -> Scored:
    """Labelled pairs of names, and the names that two sources give to postings that are one by their id."""
    return Scored([*_labelled(sets), _listed(sets), _boards(sets)])


def _labelled(sets: Sets) -> list[Score]:
    """Precision: of the pairs that we say are one, those that are; recall: of those that are one, what we say is."""
    path = sets.find(PAIRS)
    if path is None:
        return [
            not_scored(name, goal, sets.missing(PAIRS)) for name, goal in (("precision", PRECISION), ("recall", RECALL))
        ]
    judged = [
        (employer_key(a) == employer_key(b) is not None, bool(same), f"{a} | {b}")
        for a, b, same in pl.read_parquet(path).select("a", "b", "same").iter_rows()
    ]
    joined, true = [one for one in judged if one[0]], [one for one in judged if one[1]]
    return [
        share("precision", sum(one[1] for one in joined), len(joined), PRECISION, _names(joined, 1)),
        share("recall", sum(one[0] for one in true), len(true), RECALL, _names(true, 0)),
    ]


def _names(judged: list[tuple[bool, bool, str]], right: int) -> list[str]:
    return [one[2] for one in judged if not one[right]]


def _listed(sets: Sets) -> Score:
    """Of pairs of postings that are one by their id, the distinct pairs of names that have one key."""
    path = sets.find(LISTED)
    pairs = listed(path) if path else None
    if pairs is None:
        return not_scored("listed_recall", RECALL, sets.missing(LISTED))
    return _share("listed_recall", pairs.select(a="company_a", b="company_b"))


def _boards(sets: Sets) -> Score:
    """The same of two boards' sets, whose postings share the id that an applicant system gave."""
    paths = [sets.find(f"postings/{name}.parquet") for name in BOARDS]
    if None in paths:
        return not_scored("boards_recall", RECALL, sets.missing(f"postings/{BOARDS[paths.index(None)]}.parquet"))
    first, second = (pl.read_parquet(path) for path in paths if path)
    left = first.select(id=pl.col("job_uid").str.split(":").list.last(), a="company")
    right = second.select(id=pl.col("job_id").cast(pl.String), b="company")
    return _share("boards_recall", left.join(right, on="id").select("a", "b"))


def _share(measure: str, names: pl.DataFrame) -> Score:
    distinct = names.drop_nulls().unique().sort("a", "b")
    judged = [(employer_key(a) == employer_key(b) is not None, True, f"{a} | {b}") for a, b in distinct.iter_rows()]
    return share(measure, sum(one[0] for one in judged), len(judged), RECALL, _names(judged, 0))
