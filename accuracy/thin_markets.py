"""Simulated markets of occupations in places, whose cells' medians are known."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from estimation.pay.ladder import Observations, Rung
from estimation.quantiles import Floats, Ints

FAMILIES, OCCUPATIONS, PLACES = 8, 12, 25
SIZES = (1, 2, 3, 5, 10, 20, 50, 120)
GIANT, EMPLOYERS_SHARE = (0.3, 0.5), 0.35  # of a cell's openings; of the variance within it
HALF_WIDTH = 0.3  # of the widest range, relative to its middle
STEP = 5000.0  # of the pay that is stated in whole ones: 8 per cent of a common one
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
    CLUSTERED = "clustered"  # one employer has a third to a half of a cell, and every employer a level of its own
    RANGES = "ranges"  # what is stated are ranges of all widths, put round the pay
    ROUND = "round"  # pay is stated in whole steps


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
    drawn, employer = rng.standard_normal(len(cell)), np.arange(len(cell))
    if kind is Market.SKEWED:
        drawn = np.expm1(0.4 * drawn) / 0.4
    if kind is Market.CLUSTERED:
        employer = _employers(rng, cell, sizes)
        levels = rng.standard_normal(employer.max() + 1)[employer]
        drawn = EMPLOYERS_SHARE**0.5 * levels + (1.0 - EMPLOYERS_SHARE) ** 0.5 * drawn
    pay, half = np.exp(truth[cell] + within[cell] * drawn), np.zeros(len(cell))
    if kind is Market.ROUND:
        pay, truth = _in_steps(pay), np.log(_in_steps(np.exp(truth)))
    if kind is Market.RANGES:
        half = HALF_WIDTH * rng.random(len(cell))
    order = np.argsort(pay, kind="stable")
    cell, pay, half = cell[order], pay[order], half[order]
    codes = {"family": cell // (OCCUPATIONS * PLACES), "occupation": cell // PLACES, "place": cell % PLACES}
    stated = Observations.ranges(pay * (1.0 - half), pay * (1.0 + half), codes, employer[order])
    return Made(stated, truth)


def _employers(rng: np.random.Generator, cell: Ints, sizes: Ints) -> Ints:
    """Of each observation, cell by cell, its employer: a giant of each cell's, and others with one to three."""
    rank = np.arange(len(cell)) - (np.cumsum(sizes) - sizes)[cell]
    giant = np.rint(rng.uniform(*GIANT, len(sizes)) * sizes)[cell]
    another = (rank == 0) | (rank == giant) | ((rank > giant) & (rng.random(len(cell)) < 0.5))
    return np.cumsum(another) - 1


def _in_steps(pay: Floats) -> Floats:
    return np.asarray(np.rint(pay / STEP) * STEP)
