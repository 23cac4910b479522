"""Simulated markets of contributed pay: thin, skewed, with contributors of one row and of many."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from estimation.disclosure import Flags
from estimation.quantiles import Floats, Ints
from estimation.suppression import Table

OCCUPATIONS = ("detailed", "major", "all")
PLACES = ("city", "region", "country")
RANKS = ("rank", "all")
PERIODS = ("part", "year", "trailing")  # a part: of a year, inside or outside the window; never published
AXES = (OCCUPATIONS, PLACES, RANKS, PERIODS)
KINDS = tuple(  # wholes before parts
    sorted(product(*AXES), key=lambda kind: -sum(axis.index(name) for axis, name in zip(AXES, kind, strict=True)))
)


@dataclass(frozen=True)
class Contributions:
    """Rows: what they are of (-1: not known), whose, what they state, and whether the trailing window holds them."""

    occupation: Ints
    city: Ints
    rank: Ints
    year: Ints
    trailing: Flags
    contributor: Ints
    pay: Floats

    def only(self, rows: Flags) -> "Contributions":
        """Some of the rows."""
        return Contributions(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def contributions(seed: int, rows: int = 260) -> Contributions:
    """Two years of contributions; the window begins in the middle of the first, as it does after a June."""
    rng = np.random.default_rng([seed, 11])
    people = rng.random(rows) < 0.7
    firms = 1000 + (rng.pareto(1.0, rows) * 2).astype(np.int64) % 12
    month = rng.integers(0, 18, rows)
    return Contributions(
        occupation=np.minimum((rng.pareto(1.2, rows) * 1.5).astype(np.int64), 5),
        city=np.where(rng.random(rows) < 0.1, -1, np.minimum((rng.pareto(1.0, rows) * 1.5).astype(np.int64), 5)),
        rank=np.where(rng.random(rows) < 0.2, -1, rng.integers(0, 3, rows)),
        year=month // 12,
        trailing=month >= 6,
        contributor=np.where(people, np.arange(rows), firms),
        pay=np.round(rng.lognormal(11.0, 0.5, rows)),
    )


def keys(made: Contributions) -> list[Ints]:
    """The cell of each row in every kind, as numbers that mean the same in every release; -1 for none."""
    occupations = {"detailed": made.occupation, "major": made.occupation // 2, "all": np.zeros_like(made.year)}
    region = np.where(made.city >= 0, made.city // 3, 0)  # the region is known where the city is not
    places = {"city": made.city, "region": region, "country": np.zeros_like(made.year)}
    ranks = {"rank": made.rank, "all": np.zeros_like(made.year)}
    part = 2 * made.year + made.trailing
    periods = {"part": part, "year": made.year, "trailing": np.where(made.trailing, 0, -1)}
    found = []
    for occupation, place, rank, period in KINDS:
        columns = (occupations[occupation], places[place], ranks[rank], periods[period])
        code = ((columns[0] * 6 + columns[1]) * 3 + columns[2]) * 4 + columns[3]
        found.append(np.where(np.logical_and.reduce([column >= 0 for column in columns]), code, -1))
    return found


PUBLISHED = tuple(period != "part" for *_, period in KINDS)
SIZE = 6 * 6 * 3 * 4


def within() -> list[tuple[int, int]]:
    """The pairs of kinds whose cells lie within one another: finer or equal on every axis."""
    axes = (OCCUPATIONS, PLACES, RANKS, PERIODS)
    levels = [tuple(axis.index(name) for axis, name in zip(axes, kind, strict=True)) for kind in KINDS]
    return [
        (part, whole)
        for part, fine in enumerate(levels)
        for whole, coarse in enumerate(levels)
        if part != whole and all(a <= b for a, b in zip(fine, coarse, strict=True))
    ]


def table(made: Contributions) -> Table:
    """The confidential rows of a market in their cells."""
    cells = keys(made)
    return Table(cells, [SIZE] * len(KINDS), within(), made.contributor, made.pay)
