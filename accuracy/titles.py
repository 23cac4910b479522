"""Titles to occupations and ranks: filings of later years, unseen reported titles, federal series, ranks by hand."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from accuracy.scores import Goal, Plot, Score, Scored, at_least, at_most, not_scored, share
from accuracy.sets import Sets
from accuracy.title_labels import Labelled, Outcome, announcements, filings, judge, later_filings, reported
from normalisation.build_title_model import Material, examples, read_material, texts
from normalisation.full_taxonomies import ONET, title_coder
from normalisation.reference.onet import find_table
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.seniority import seniority_many
from normalisation.title_evidence import KnownTitles, load_filed
from normalisation.title_model import built_in_model
from normalisation.title_posterior import fitted_weights
from normalisation.title_split import is_kept_apart
from normalisation.title_training import train
from normalisation.titles import TitleCoder

FILINGS = "eval/titles_h1b_soc2010.parquet"
SERIES = "eval/usajobs_title_to_opm_series_pairs.parquet"
RANKS = "eval/seniority_rootstrap.parquet"
_ASKED = ("detailed", "minor", "major")  # six, three and two digits of a code
_TOLD = at_least(0.0)  # reported: no goal is set
_LATER = dict(zip(_ASKED, (0.60, 0.80, 0.85), strict=True))
_ZERO_SHOT = dict(zip(_ASKED, (0.47, 0.68, 0.73), strict=True))
_UNSEEN = dict(zip(_ASKED, (0.72, 0.79, 0.85), strict=True))
_CALIBRATED = at_most(0.03)
_RANKED = {"c_level": "C-Suite", "vp": "VP", "director": "Director", "manager": "Manager"}


def score(sets: Sets) -> Scored:
    """With the full O*NET where a reference folder has it, else with what is built in."""
    onet = sets.reference if sets.reference and find_table(sets.reference, "Alternate Titles") else None
    coder = title_coder({ONET: onet} if onet else {})
    later, plots = _later(sets, coder)
    scores = [*later, *_zero_shot(sets, onet), *_unseen(sets, onet), *_series(sets, coder), _ranks(sets)]
    return Scored(scores, plots)


def _later(sets: Sets, coder: TitleCoder) -> tuple[list[Score], list[Plot]]:
    """Filings of years that the coder has not learned from: right, calibrated, answered."""
    path = sets.find(FILINGS)
    cases, overruled = filings(later_filings(pl.read_parquet(path))) if path else ([], 0)
    if not cases:
        reason = f"not scored: {FILINGS} has no year but those learned from" if path else sets.missing(FILINGS)
        return [not_scored(f"filed_{level}", at_least(low), reason) for level, low in _LATER.items()], []
    levels, answered, wrong = judge(coder, cases)
    rows = sum(case.rows for case in cases)
    note = f"{overruled} labels are left out: SOC 2010 had no code for what our table makes of the title"
    scores = [_right(f"filed_{level}", levels[level], at_least(_LATER[level]), wrong, note) for level in _ASKED]
    scores += [_gap(f"filed_calibration_{level}", levels[level], _CALIBRATED) for level in OCCUPATION_LEVELS]
    scores.append(_gap("filed_calibration_answered", answered, _CALIBRATED))
    scores += [
        share("filed_answered", answered.number, rows, _TOLD, note="some level is sure"),
        share("filed_answered_right", answered.hits, answered.number, at_least(0.9), wrong),
    ]
    scores += [_answered(level, by, rows) for level, by in _by_level(coder, cases).items()]
    return scores, [_reliability("filed", levels, "filings of later years")]


def _by_level(coder: TitleCoder, cases: list[Labelled]) -> dict[str, Outcome]:
    """The cases that each level answers, judged at it."""
    answered: dict[str, list[Labelled]] = {level: [] for level in OCCUPATION_LEVELS}
    for case, match in zip(cases, coder.match([case.title for case in cases]), strict=True):
        if match.level is not None:
            answered[match.level].append(case)
    return {level: judge(coder, some)[1] for level, some in answered.items() if some}


def _answered(level: str, outcome: Outcome, rows: int) -> Score:
    note = f"{outcome.number / rows:.1%} of all filings are answered at this level"
    return share(f"filed_answered_{level}_right", outcome.hits, outcome.number, _TOLD, note=note)


def _zero_shot(sets: Sets, onet: Path | None) -> list[Score]:
    """All filings by a coder that has seen none: trained here, since the one that ships has."""
    path = sets.find(FILINGS)
    if path is None or onet is None:
        reason = "not scored: no O*NET tables in the reference folder" if path else sets.missing(FILINGS)
        return [not_scored(f"zero_shot_{level}", at_least(low), reason) for level, low in _ZERO_SHOT.items()]
    material = read_material(onet)
    model = train(examples([*material.listed, *material.chosen], [], material.codes()), texts=texts(material))
    coder = TitleCoder(KnownTitles.of(material.listed, material.chosen, (), material.names), model, fitted_weights())
    levels, _, wrong = judge(coder, filings(pl.read_parquet(path))[0])
    return [_right(f"zero_shot_{level}", levels[level], at_least(_ZERO_SHOT[level]), wrong) for level in _ASKED]


def _unseen(sets: Sets, onet: Path | None) -> list[Score]:
    """Titles reported to O*NET that nothing has learned: no list here has them, nor had the model."""
    if onet is None:
        reason = "not scored: no O*NET tables in the reference folder"
        return [not_scored(f"unseen_{level}", at_least(low), reason) for level, low in _UNSEEN.items()]
    material = read_material(onet)
    levels, answered, wrong = judge(_without_kept_apart(material), _kept_apart(material))
    scores = [_right(f"unseen_{level}", levels[level], at_least(_UNSEEN[level]), wrong) for level in _ASKED]
    return [*scores, _gap("unseen_calibration_answered", answered, at_most(1.0))]


def _without_kept_apart(material: Material) -> TitleCoder:
    left = material.without(is_kept_apart)
    model = built_in_model()
    known = KnownTitles.of(left.listed, left.chosen, load_filed(), left.names, model.has_learned)
    return TitleCoder(known, model, fitted_weights())


def _kept_apart(material: Material) -> list[Labelled]:
    return reported({title: codes for title, codes in material.reported.items() if is_kept_apart(title)})


def _series(sets: Sets, coder: TitleCoder) -> list[Score]:
    """Titles of federal announcements against the occupation of their job series."""
    path = sets.find(SERIES)
    if path is None:
        return [not_scored(f"federal_{level}", _TOLD, sets.missing(SERIES)) for level in _ASKED]
    levels, answered, wrong = judge(coder, announcements(pl.read_parquet(path)))
    scores = [_right(f"federal_{level}", levels[level], _TOLD, wrong) for level in _ASKED]
    return [*scores, _gap("federal_calibration_answered", answered, at_most(1.0))]


def _ranks(sets: Sets) -> Score:
    """Ranks below manager are the set's class Other."""
    path = sets.find(RANKS)
    if path is None:
        return not_scored("seniority", at_least(0.95), sets.missing(RANKS))
    frame = pl.read_parquet(path)
    rows = zip(frame["title"], seniority_many(frame["title"]), frame["level"], strict=True)
    told = [(title, _RANKED.get(rank or "", "Other"), label) for title, rank, label in rows]
    wrong = [f"{title} -> {rank}, not {label}" for title, rank, label in told if rank != label]
    return share("seniority", len(told) - len(wrong), len(told), at_least(0.95), wrong)


def _right(measure: str, outcome: Outcome, goal: Goal, wrong: list[str], note: str = "") -> Score:
    return share(measure, outcome.hits, outcome.number, goal, wrong, note)


def _gap(measure: str, outcome: Outcome, goal: Goal) -> Score:
    """The calibration error; its standard error is that of an observed share, which it is a mean of gaps of."""
    if not outcome.number:
        return not_scored(measure, goal, "no case is answered")
    observed = outcome.hits / outcome.number
    error = (observed * (1 - observed) / outcome.number) ** 0.5
    return Score(measure, outcome.calibration_error(), goal, outcome.number, error)


def _reliability(name: str, levels: Mapping[str, Outcome], what: str) -> Plot:
    lines = {level: outcome.reliability() for level, outcome in levels.items() if outcome.number}
    lines["as stated"] = ([0.0, 1.0], [0.0, 1.0])
    return Plot(f"titles_{name}", f"Stated and observed: {what}", "stated probability", "share that is right", lines)
