"""How much each observation of a cell counts, and how many independent ones they are worth.

Every unique opening counts once, however many copies of it were seen (openings are clustered before estimation: the
weight of a copy is 1 / copies). In a cell no employer counts for more than a quarter: the openings of a larger one are
weighed down together until it does not. Where there are fewer than six employers the limit is half as much again as
an equal share, so that a small employer is not weighed up to a large one.

Weights are whole numbers of units, so that their sums do not depend on an order.
"""

from dataclasses import dataclass

import numpy as np

from estimation.quantiles import Floats, Ints, Ranked, ranked, ranked_points, starts_of

UNIT = 1 << 16  # the weight of an opening that nothing weighs down
MAX_WEIGHT = 0.25  # of one employer among the weights of a cell
EVEN = 1.5  # the limit in equal shares, where that is more
_CAPPED = 3  # no more employers than this can stand at the limit


@dataclass(frozen=True)
class Frame:
    """Stated pay in ascending order: spread over its ranges, and by lower ends, middles and upper ends alone."""

    size: int
    spread: Ranked
    ends: dict[str, Ranked]

    @classmethod
    def of(cls, low: Ints, high: Ints, identity: Ints | None = None) -> "Frame":
        """The frame of ranges from `low` to `high`, in cents; rows without `identity` are told apart by their place."""
        identity = np.arange(len(low)) if identity is None else identity
        ends = {"low": low, "mid": (low + high) // 2, "high": high}
        return cls(
            len(low), ranked_points(low, high, identity), {name: ranked(values) for name, values in ends.items()}
        )


@dataclass(frozen=True)
class Sample:
    """The paid observations of some cells, in an order that their values decide (sums of fractions follow it).

    One element an observation: its cell (0 to below `n_cells`, each with at least one), its employer's code, and the
    ends of its pay in cents (alike where one figure was stated).
    """

    n_cells: int
    cell: Ints
    employer: Ints
    low: Ints
    high: Ints
    weight: Ints | None = None  # before the cap, in units; None: all UNIT
    frame: Frame | None = None  # the frame that they are rows of, ranked once for many samples; None: they alone
    row: Ints | None = None  # of each observation in it

    def ranked(self) -> Frame:
        """The frame of the observations."""
        return self.frame or Frame.of(self.low, self.high)

    def of_cells(self, place: Ints) -> "Sample":
        """The observations of some cells; `place` gives of each cell its new number, -1 for those that are left out."""
        cell = place[self.cell]
        kept = np.flatnonzero(cell >= 0)
        employer, low, high = (column[kept] for column in (self.employer, self.low, self.high))
        weight, row = (None if column is None else column[kept] for column in (self.weight, self.row))
        return Sample(int(place.max(initial=-1)) + 1, cell[kept], employer, low, high, weight, self.frame, row)

    def by_row(self, values: Ints, other: int) -> Ints:
        """Values of the observations as values of the frame's rows, `other` for rows that are not in the sample."""
        if self.frame is None or self.row is None:
            return values
        found = np.full(self.frame.size, other, dtype=np.int64)
        found[self.row] = values
        return found


@dataclass(frozen=True)
class Concentration:
    """How the weight of each cell is spread."""

    own: Floats  # sum of squared shares of the observations of each cell
    clustered: Floats  # sum of squared shares of its employers
    counts: Ints  # observations
    employer_counts: Ints  # employers

    @property
    def n_effective(self) -> Floats:
        """Kish's effective number of observations of each cell: their number where all count alike."""
        return 1.0 / self.own

    @property
    def employers_effective(self) -> Floats:
        """The number of employers that, counting alike, would be as concentrated as those of the cell."""
        return 1.0 / self.clustered

    def of_cells(self, which: Ints) -> "Concentration":
        """Some of the cells."""
        return Concentration(self.own[which], self.clustered[which], self.counts[which], self.employer_counts[which])


@dataclass(frozen=True)
class Weighing:
    """The weights of a sample."""

    weight: Ints  # of each observation, in units
    pair: Ints  # of each observation: its cell and employer, as a code from 0
    pair_cell: Ints  # the cell of each pair
    pair_employer: Ints
    pair_count: Ints  # observations of each pair
    concentration: Concentration

    @property
    def largest(self) -> Ints:
        """The observations of each cell's largest employer."""
        largest = np.zeros(len(self.concentration.counts), dtype=np.int64)
        np.maximum.at(largest, self.pair_cell, self.pair_count)
        return largest

    def of_cells(self, which: Ints, place: Ints) -> "Weighing":
        """The weights of the cells `which`, of which `place` gives the new number and -1 for every other."""
        pair_cell = place[self.pair_cell]
        kept = pair_cell >= 0
        pair, seen = (np.cumsum(kept) - 1)[self.pair], kept[self.pair]
        pairs = (pair_cell[kept], self.pair_employer[kept], self.pair_count[kept])
        return Weighing(self.weight[seen], pair[seen], *pairs, self.concentration.of_cells(which))


def weigh(sample: Sample) -> Weighing:
    """Weigh the observations of each cell."""
    base = int(sample.employer.max(initial=0)) + 1
    pairs, pair, pair_count = np.unique(sample.cell * base + sample.employer, return_inverse=True, return_counts=True)
    pair_cell = pairs // base
    given = sample.weight if sample.weight is not None else np.full(len(sample.cell), UNIT, dtype=np.int64)
    held = _sums(given, pair, len(pairs))
    limit = _limits(held, pair_cell, sample.n_cells)[pair_cell]
    factor = np.minimum(1.0, limit / held)
    weight = np.maximum(np.rint(given * factor[pair]).astype(np.int64), 1)
    total = _sums(weight, sample.cell, sample.n_cells)
    held = _sums(weight, pair, len(pairs))
    squared = total.astype(np.float64) ** 2
    concentration = Concentration(
        own=_sums(weight**2, sample.cell, sample.n_cells) / squared,
        clustered=np.bincount(pair_cell, held.astype(np.float64) ** 2, sample.n_cells) / squared,
        counts=np.bincount(sample.cell, minlength=sample.n_cells),
        employer_counts=np.bincount(pair_cell, minlength=sample.n_cells),
    )
    return Weighing(weight, pair, pair_cell, pairs % base, pair_count, concentration)


def _limits(held: Ints, pair_cell: Ints, n_cells: int) -> Floats:
    """The most that an employer may hold in each cell, infinite where none holds too much.

    With m employers at the limit c of a share s, c = s * (m * c + rest), hence c = s * rest / (1 - m * s).
    """
    n_employers = np.bincount(pair_cell, minlength=n_cells)
    share = np.maximum(MAX_WEIGHT, EVEN / np.maximum(n_employers, 1))
    order = np.lexsort((-held, pair_cell))
    starts = starts_of(n_employers)
    rank = np.arange(len(order)) - starts[pair_cell[order]]
    largest = np.zeros((_CAPPED + 1, n_cells))
    leading = order[rank <= _CAPPED]
    largest[rank[rank <= _CAPPED], pair_cell[leading]] = held[leading]
    rest = np.bincount(pair_cell, held, n_cells)
    limit = np.where(largest[0] <= share * rest, np.inf, np.nan)
    for capped in range(1, _CAPPED + 1):
        rest = rest - largest[capped - 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            candidate = share * rest / (1.0 - capped * share)
        fits = np.isnan(limit) & (capped * share < 1.0) & (largest[capped] <= candidate)
        limit = np.where(fits, candidate, limit)
    return limit


def _sums(values: Ints, groups: Ints, n_groups: int) -> Ints:
    """Exact sums of whole numbers by group."""
    sums = np.zeros(n_groups, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums
