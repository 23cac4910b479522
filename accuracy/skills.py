"""Skills of whole postings beside hand-made labels."""

from accuracy.scores import Score, Scored, at_least, not_scored, share
from accuracy.sets import Sets
from accuracy.skill_labels import judge_postings

POSTINGS = "eval/ats_jd_skills_eval.jsonl.gz"
PRECISION, RECALL = at_least(0.95), at_least(0.92)


def score(sets: Sets) -> Scored:
    """Micro precision and recall of postings' skills."""
    return Scored(_postings(sets))


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
