"""Fitting what a list's word on a title is worth, and how often a stated probability is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import optimize

from normalisation.reference.soc import group_of
from normalisation.schema import OCCUPATION_LEVELS
from normalisation.title_evidence import PART, KnownTitles
from normalisation.title_model import TitleModel
from normalisation.title_posterior import (
    ALONE,
    ALONE_ON_FILED,
    DECIDED,
    OWN,
    SPEAKERS,
    Codes,
    Floats,
    Weights,
    add_evidence,
    prior,
)

KINDS = ("chosen", "listed", "added", "filed")
_TRUST = 0.05  # so that a few cases do not turn a calibration round


@dataclass(frozen=True)
class Case:
    """A title as cleaned parts, the codes that its label may mean, and how often it was labelled so."""

    parts: tuple[str, ...]
    codes: tuple[str, ...]
    number: float


@dataclass(frozen=True)
class Trial:
    """Cases beside a model and lists that know nothing of their labels."""

    model: TitleModel
    known: KnownTitles
    cases: Sequence[Case]


@dataclass(frozen=True)
class _Seen:
    """A trial's cases as arrays: `shares` is what each kind of list (whole, then part) gives the label."""

    scores: Floats
    label: npt.NDArray[np.bool_]  # case by code
    shares: Floats
    masses: Floats
    numbers: Floats


def fit(trials: Sequence[Trial], judged: frozenset[str] = frozenset()) -> Weights:
    """The weights under which the trials' labels are most likely, then the calibration of what they state."""
    unit = Weights(1.0, 1.0, dict.fromkeys(KINDS, 1.0), {}, judged)
    seen = [_seen(trial, unit) for trial in trials]
    found = optimize.minimize(
        lambda logs: sum(_surprise(np.exp(logs), one) for one in seen),
        np.log([1.0, 0.5, 0.5, 0.3, 1.0, 0.3]),
        method="Nelder-Mead",
        bounds=[(-7.0, 7.0)] * 6,
        options={"maxiter": 900, "xatol": 0.01, "fatol": 0.01},
    )
    sharpness, part, *worth = (float(round(value, 4)) for value in np.exp(found.x))
    bare = Weights(sharpness, part, dict(zip(KINDS, worth, strict=True)), {}, judged)
    return replace(bare, calibration=_calibration(trials, bare))


def _seen(trial: Trial, unit: Weights) -> _Seen:
    codes = Codes(trial.model.codes)
    scores, _ = trial.model.scores([case.parts for case in trial.cases])
    label = np.zeros(scores.shape, bool)
    shares = np.zeros((len(trial.cases), 2, len(KINDS)))
    masses = np.zeros_like(shares)
    chances = prior(scores, 1.0)
    numbers = np.array([case.number for case in trial.cases], np.float64)
    for row, case in enumerate(trial.cases):
        label[row, [codes.column[code] for code in case.codes if code in codes.column]] = True
        evidence = trial.known.evidence(case.parts)
        if unit.speaker(evidence) == DECIDED:
            numbers[row] = 0.0  # it is not for the fit
        for one in evidence:
            if unit.decides(one):
                continue
            place = (row, int(one.extent == PART), KINDS.index("chosen" if one.kind in OWN else one.kind))
            mass = unit.worth(one)
            masses[place] += mass
            shares[place] += add_evidence(chances[row] * 1e-9, [one], codes, unit)[label[row]].sum() * (1 + mass)
    return _Seen(scores, label, shares, masses, numbers)


def _surprise(values: Floats, seen: _Seen) -> float:
    """Minus the log likelihood of the labels: `values` are sharpness, part and the worth of each kind."""
    chances = (prior(seen.scores, values[0]) * seen.label).sum(axis=1)
    worth = np.stack([values[2:], values[2:] * values[1]])
    stated = (chances + (seen.shares * worth).sum(axis=(1, 2))) / (1 + (seen.masses * worth).sum(axis=(1, 2)))
    return float(-(seen.numbers * np.log(np.maximum(stated, 1e-6))).sum())


def _calibration(trials: Sequence[Trial], weights: Weights) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    stated: dict[tuple[str, str], list[tuple[float, bool, float]]] = {}
    for trial in trials:
        for place in outcomes(trial, weights):
            stated.setdefault(place[:2], []).append(place[2:])
    return {
        who: {
            level: _slope_and_offset(np.array(stated[who, level]))
            for level in OCCUPATION_LEVELS
            if (who, level) in stated
        }
        for who in (*SPEAKERS, ALONE, ALONE_ON_FILED)
        if who != DECIDED and any(who == spoke for spoke, _ in stated)
    }


def outcomes(trial: Trial, weights: Weights) -> list[tuple[str, str, float, bool, float]]:
    """Whose voice, level, probability of the best group, whether it is right, the case's number; for every case."""
    codes = Codes(trial.model.codes)
    scores, _ = trial.model.scores([case.parts for case in trial.cases])
    table = prior(scores, weights.sharpness)
    evidence = [trial.known.evidence(case.parts) for case in trial.cases]
    for row, found in enumerate(evidence):
        table[row] = add_evidence(table[row], found, codes, weights)
    rows = []
    for level, (groups, chances) in codes.best(table).items():
        for row, case in enumerate(trial.cases):
            right = groups[row] in {group_of(code, level) for code in case.codes}
            voice = weights.voice(weights.speaker(evidence[row]), groups[row])
            rows.append((voice, level, float(chances[row]), right, case.number))
    return rows


def _slope_and_offset(stated: Floats) -> tuple[float, float]:
    """The logistic regression of right on the log odds (Platt 1999), drawn towards what was stated."""
    chances, right, numbers = np.clip(stated[:, 0], 1e-4, 1 - 1e-4), stated[:, 1], stated[:, 2]
    odds = np.log(chances / (1 - chances))

    def surprise(line: Floats) -> float:
        score = line[0] * odds + line[1]
        doubt = _TRUST * ((line[0] - 1) ** 2 + line[1] ** 2)
        return float((numbers * (np.logaddexp(0, score) - right * score)).sum() + doubt)

    rising = [(0.0, None), (None, None)]  # what is stated higher is never less right
    found = optimize.minimize(surprise, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=rising)
    return round(float(found.x[0]), 4), round(float(found.x[1]), 4)
