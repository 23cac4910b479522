"""Pay from text, on hand-made cases and on two British boards' own readings of their texts."""

import polars as pl

from accuracy.pay_labels import Tally, judge_adzuna, judge_cases, judge_nhs
from accuracy.scores import Goal, Score, Scored, at_least, at_most, not_scored, share
from accuracy.sets import Sets

CASES = "eval/salary_cases.jsonl"
NHS = "eval/nhs_salary_text_to_min_max.parquet"
ADZUNA = "eval/adzuna2013_salary_raw_to_normalized.parquet"


def score(sets: Sets) -> Scored:
    """Exact statements, false positives, and the two boards' figures where the label itself is sane."""
    return Scored([*_cases(sets), *_boards(sets)])


def _cases(sets: Sets) -> list[Score]:
    exact, false = at_least(0.98), at_most(0.0)
    path = sets.find(CASES)
    if path is None:
        return [not_scored(name, goal, sets.missing(CASES)) for name, goal in (("exact", exact), ("invented", false))]
    positives, negatives = judge_cases(path)
    invented = share("invented", negatives.asked - negatives.right, negatives.asked, false, negatives.wrong)
    return [_told("exact", positives, exact), invented]


def _boards(sets: Sets) -> list[Score]:
    goal = at_least(0.99)
    scores = []
    for measure, name, judge in (("nhs", NHS, judge_nhs), ("adzuna_2013", ADZUNA, judge_adzuna)):
        path = sets.find(name)
        scores.append(
            _told(measure, judge(pl.read_parquet(path)), goal)
            if path
            else not_scored(measure, goal, sets.missing(name))
        )
    return scores


def _told(measure: str, tally: Tally, goal: Goal) -> Score:
    note = f"{len(tally.overruled)} labels that their own texts contradict are left out"
    return share(measure, tally.right, tally.asked, goal, tally.wrong, note if tally.overruled else "")
