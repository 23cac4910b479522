"""Skills of whole postings beside hand-made labels, and spans of knowledge beside SkillSpan's."""

from pathlib import Path

from accuracy.scores import Goal, Score, Scored, at_least, not_scored, share
from accuracy.sets import Sets
from accuracy.skill_labels import judge_postings
from accuracy.skill_spans import SpanTally, judge_spans

POSTINGS = "eval/ats_jd_skills_eval.jsonl.gz"
SPANS = {"dev": "eval/skillspan_dev.jsonl.gz", "test": "eval/skillspan_test.jsonl.gz"}
PRECISION, RECALL = at_least(0.95), at_least(0.92)
STRICT, OVERLAP = at_least(0.55), at_least(0.72)


def score(sets: Sets) -> Scored:
    """Micro precision and recall of postings' skills; strict and overlap F1 of knowledge spans."""
    return Scored([*_postings(sets), *_spans(sets)])


def _postings(sets: Sets) -> list[Score]:
    path = sets.find(POSTINGS)
    if path is None:
        absent = sets.missing(POSTINGS)
        return [not_scored("precision", PRECISION, absent), not_scored("recall", RECALL, absent)]
    tally = judge_postings(path)
    as_labelled = tally.right / tally.found if tally.found else 0.0
    note = (
        f"{len(tally.overruled)} skills are left out that a sentence asks for by their own names and no label has; "
        f"with them as errors it is {as_labelled:.3f}"
    )
    judged = tally.found - len(tally.overruled)
    return [
        share("precision", tally.right, judged, PRECISION, tally.invented, note),
        share("recall", tally.right, tally.labelled, RECALL, tally.missed),
    ]


def _spans(sets: Sets) -> list[Score]:
    scores = []
    for part, name in SPANS.items():
        path = sets.find(name)
        for measure, goal in ((f"spans_strict_{part}", STRICT), (f"spans_overlap_{part}", OVERLAP)):
            if path is None:
                scores.append(not_scored(measure, goal, sets.missing(name)))
        if path is not None:
            scores += _told(part, path)
    return scores


def _told(part: str, path: Path) -> list[Score]:
    strict, overlap = judge_spans(path)
    return [_f1(f"spans_strict_{part}", strict, STRICT), _f1(f"spans_overlap_{part}", overlap, OVERLAP)]


def _f1(measure: str, tally: SpanTally, goal: Goal) -> Score:
    if not tally.spans:
        return not_scored(measure, goal, "the set has no span")
    note = f"precision {tally.precision:.3f}, recall {tally.recall:.3f}; the error is between documents"
    return Score(measure, tally.f1, goal, tally.labelled, tally.error, examples=tuple(tally.wrong[:20]), note=note)
