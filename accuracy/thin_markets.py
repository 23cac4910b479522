"""Simulated markets of occupations in places, whose cells' medians are known."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from estimation.ladder import Observations, Rung
from estimation.quantiles import Floats, Ints

FAMILIES, OCCUPATIONS, PLACES = 8, 12, 25
SIZES = (1, 2, 3, 5, 10, 20, 50, 120)
SHARES = (0.2, 0.15, 0.15, 0.15, 0.13, 0.1, 0.08, 0.04)
RUNGS = (
    Rung(()),
    Rung(("family",), ((),)),
    Rung(("occupation",), (("family",),)),
    Rung(("occupation", "place"), (("occupation",),), ("place",)),
)


class Market(Enum):
    """Kinds of markets: how cells vary around what occupation and place make of them, and pay within a cell."""

    PLAIN = "plain"
    SKEWED = "skewed"  # pay within a cell
    TAILED = "tailed"  # a few cells far out of line
    ALIKE = "alike"  # cells hardly differ from their parents
    APART = "apart"  # parents say little


@dataclass(frozen=True)
class Made:
    """A market: its observations, and the true log median of each of its cells."""

    observations: Observations
    truth: Floats

    def cell_of(self, codes: list[Ints]) -> Ints:
        """The place in `truth` of cells of the last rung."""
        return codes[0] * PLACES + codes[1]


def market(kind: Market, seed: int) -> Made:
    """One market; spreads are those that pay shows: a third within a cell, a tenth around what is expected of it."""
    rng = np.random.default_rng([seed, list(Market).index(kind)])
    place_spread, own_spread = {Market.ALIKE: (0.03, 0.02), Market.APART: (0.05, 0.15)}.get(kind, (0.12, 0.07))
    shape = (FAMILIES, OCCUPATIONS, PLACES)
    lines = rng.standard_t(4, shape) / np.sqrt(2.0) if kind is Market.TAILED else rng.standard_normal(shape)
    family = rng.normal(0.0, 0.35, (FAMILIES, 1, 1))
    occupation = rng.normal(0.0, 0.15, (FAMILIES, OCCUPATIONS, 1))
    truth = (11.0 + family + occupation + rng.normal(0.0, place_spread, PLACES) + own_spread * lines).ravel()
    sizes = rng.choice(SIZES, truth.size, p=SHARES)
    within = 0.3 * np.exp(rng.normal(0.0, 0.2, truth.size))
    cell = np.repeat(np.arange(truth.size), sizes)
    drawn = rng.standard_normal(len(cell))
    if kind is Market.SKEWED:
        drawn = np.expm1(0.4 * drawn) / 0.4
    logs = truth[cell] + within[cell] * drawn
    order = np.argsort(logs, kind="stable")
    cell = cell[order]
    codes = {"family": cell // (OCCUPATIONS * PLACES), "occupation": cell // PLACES, "place": cell % PLACES}
    return Made(Observations.single(np.exp(logs[order]), codes), truth)
