"""Which cells must not answer for themselves so that no confidential cell can be computed from those that do.

Cells overlap along every axis of the lattice: a region is the sum of its cities and of what no city is known for, an
occupation of its seniorities, the trailing window of a part of this year and a part of the last. Whoever has the
published ones can subtract. What is guarded:

- Sums: what a known cell holds beside its known parts, taken together, must itself pass the disclosure rule or be
  nothing. Known is also what follows: a part that is the only one missing, a whole whose parts are all there.
- Pairs: a published cell within another, along any axes, leaves fewer contributors than pass only where it leaves none.
- Releases: the same over the rows that came, went or changed since the last one. A cell in which less than a passing
  group changed keeps its previous answer.

Where something fails, the smallest published cell of the sum is withheld too, and all is judged anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimation.disclosure import MIN_CONTRIBUTORS, Flags, Groups, judge
from estimation.quantiles import Floats, Ints
from estimation.recovery import withhold_recovered


@dataclass(frozen=True)
class Table:
    """Confidential rows and the cells that they are in.

    `cells[kind]` is the cell of each row, -1 for none, of `sizes[kind]` cells. `within` are the pairs (part, whole) of
    kinds whose cells lie within one another. A row is of one contributor and states `pay`.
    """

    cells: Sequence[Ints]
    sizes: Sequence[int]
    within: Sequence[tuple[int, int]]
    contributor: Ints
    pay: Floats


def primary(table: Table) -> list[Groups]:
    """How the disclosure rule judges each cell by itself."""
    judged = []
    for cells, size in zip(table.cells, table.sizes, strict=True):
        rows = np.flatnonzero(cells >= 0)
        judged.append(judge(cells[rows], table.contributor[rows], table.pay[rows], size))
    return judged


def protect(table: Table, candidates: Sequence[Flags]) -> list[Flags]:
    """The candidates that may be published together; a cell without a row of the table is none.

    Kinds are taken up in their order, so that the first ones lose nothing to later ones: wholes before parts. What is
    left is tried against all of linear algebra (`estimation.recovery`).
    """
    judged = primary(table)
    sums = [_Sum(table, part, whole) for part, whole in table.within]
    published = [np.zeros(size, dtype=bool) for size in table.sizes]
    for kind, wanted in enumerate(candidates):
        published[kind] = wanted & judged[kind].safe
        here = [each for each in sums if max(each.part, each.whole) <= kind]
        for each in here:
            if each.part == kind:
                each.withhold_close(published, judged)
        while published[kind].any() and not _stands(table, here, published, judged, kind):
            pass
    withhold_recovered(table.cells, published, judged)
    return published


def _stands(table: Table, sums: Sequence["_Sum"], published: list[Flags], judged: Sequence[Groups], kind: int) -> bool:
    """Whether nothing follows from the published cells that must not be known; else withholds some of a kind.

    Every sum is judged before anything is taken to follow from it.
    """
    known = [flags.copy() for flags in published]
    while True:
        if sum(each.withhold(table, published, known, judged, kind) for each in sums):
            return False
        before = sum(int(flags.sum()) for flags in known)
        for each in sums:
            each.follow(known)
        if sum(int(flags.sum()) for flags in known) == before:
            return True


class _Sum:
    """Cells as the sums of parts of another kind, those that lie whole within one, and of what no such part holds."""

    def __init__(self, table: Table, part: int, whole: int) -> None:
        self.part, self.whole = part, whole
        self.of_row, self.above = table.cells[part], table.cells[whole]
        self.size = table.sizes[whole]
        rows = np.flatnonzero(self.of_row >= 0)
        low = np.full(table.sizes[part], self.size)
        high = np.full(table.sizes[part], -1)
        np.minimum.at(low, self.of_row[rows], self.above[rows])
        np.maximum.at(high, self.of_row[rows], self.above[rows])
        self.inside = np.where((low == high) & (high >= 0), high, -1)  # the whole of each part; -1: of none or several
        self.held = np.zeros(len(self.of_row), dtype=bool)
        self.held[rows] = self.inside[self.of_row[rows]] >= 0
        loose = (self.above >= 0) & ~self.held
        self.rest = np.bincount(self.above[loose], minlength=self.size) > 0

    def withhold_close(self, published: list[Flags], judged: Sequence[Groups]) -> None:
        """Withhold parts that leave their whole with too few other contributors."""
        parts = np.flatnonzero((self.inside >= 0) & published[self.part])
        above = self.inside[parts]
        inner, outer = judged[self.part], judged[self.whole]
        few = outer.contributors[above] - inner.contributors[parts] < MIN_CONTRIBUTORS
        more = outer.observations[above] > inner.observations[parts]
        published[self.part][parts[few & more & published[self.whole][above]]] = False

    def follow(self, known: list[Flags]) -> None:
        """Add what follows: a whole whose parts are all known, a part that is the only one missing."""
        parts = np.flatnonzero(self.inside >= 0)
        above = self.inside[parts]
        missing = np.bincount(above[~known[self.part][parts]], minlength=self.size) + self.rest
        known[self.whole] |= (missing == 0) & (np.bincount(above, minlength=self.size) > 0)
        last = (missing[above] == 1) & ~self.rest[above] & known[self.whole][above]
        known[self.part][parts[last]] = True

    def withhold(
        self, table: Table, published: list[Flags], known: Sequence[Flags], judged: Sequence[Groups], kind: int
    ) -> bool:
        """Withhold cells of the kind where what a known whole holds beside known parts must not be known."""
        told = np.zeros(len(self.held), dtype=bool)
        told[self.held] = known[self.part][self.of_row[self.held]]
        some = np.bincount(self.above[told], minlength=self.size) > 0
        asked = known[self.whole] & some
        if not asked.any():
            return False
        hidden = np.flatnonzero((self.above >= 0) & ~told & asked[self.above])
        groups = judge(self.above[hidden], table.contributor[hidden], table.pay[hidden], self.size)
        unsafe = (groups.observations > 0) & ~groups.safe
        if not unsafe.any():
            return False
        if self.part == kind:
            parts = np.flatnonzero((self.inside >= 0) & published[kind])
            parts = parts[unsafe[self.inside[parts]]]
            smallest = parts[np.lexsort((parts, judged[kind].contributors[parts], self.inside[parts]))]
            wholes, first = np.unique(self.inside[smallest], return_index=True)
            published[kind][smallest[first]] = False
            unsafe[wholes] = False
        if unsafe.any():
            self._withhold_around(table, published[kind], unsafe, table.cells[kind])
        return True

    def _withhold_around(self, table: Table, flags: Flags, unsafe: Flags, cells: Ints) -> None:
        """Withhold what is no part of the sum and yet gives it away: cells that share rows with it, else all."""
        rows = np.flatnonzero((self.above >= 0) & unsafe[self.above] & (cells >= 0))
        near = flags[cells[rows]]
        flags[cells[rows] if near.any() else slice(None)] = False


def renewed(changes: Table, candidates: Sequence[Flags]) -> list[Flags]:
    """Which candidates may show new figures after the last release; `changes` holds the rows of both that differ.

    A cell without a change, or with too small a one, is not renewed: what it answered before is its answer now.
    """
    return protect(changes, candidates)
