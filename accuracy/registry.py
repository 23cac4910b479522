"""The steps that are scored, in the order of a posting's way through them.

Each is a module with `score(sets: Sets) -> Scored`; it is imported when it is asked for.
"""

from importlib import import_module

from accuracy.scores import Scored
from accuracy.sets import Sets

STEPS = {
    "pay": "accuracy.pay",
    "titles": "accuracy.titles",
    "skills": "accuracy.skills",
    "trends": "accuracy.trends",
    "pay_growth": "accuracy.pay_growth",
    "emerging": "accuracy.emerging",
    "survival": "accuracy.survival",
    "forecasts": "accuracy.forecasts",
    "coverage": "accuracy.coverage",
    "oews": "accuracy.oews",
    "thin_cells": "accuracy.thin_cells",
    "disclosure": "accuracy.disclosure",
    "skill_premiums": "accuracy.skill_premiums",
    "career_moves": "accuracy.career_moves",
    "duplicates": "accuracy.duplicates",
    "employers": "accuracy.employers",
    "places": "accuracy.places",
}


def score_step(step: str, sets: Sets) -> Scored:
    """Score one step; raises KeyError for a step that is not registered."""
    scored: Scored = import_module(STEPS[step]).score(sets)
    return scored
