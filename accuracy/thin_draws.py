"""Errors of the medians of thinned cells, size by size, with standard errors over cells.

The draws of one cell are not independent: they are judged by one median and stand in one market. Standard errors are
therefore those of the bootstrap that draws cells with all their draws (Davison and Hinkley 1997, section 3.8), with
fixed seeds; the difference of two estimators is taken in each resample, since both stand on the same draws.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from estimation.quantiles import Floats, Ints

RESAMPLES = 200
NORMAL_MEDIAN = 0.6745  # median of the absolute value of a standard normal


@dataclass(frozen=True)
class Judged:
    """Some draws of one size, one element a draw; errors are absolute and relative to the reference.

    `floor` is the standard error, on the log scale, of the reference about the median of what it is itself drawn from.
    """

    cell: Ints
    raw: Floats
    shrunk: Floats
    covered: Floats
    floor: Floats

    def of_cells(self, which: npt.NDArray[np.bool_]) -> "Judged":
        """Some of them."""
        raw, shrunk, covered, floor = (c[which] for c in (self.raw, self.shrunk, self.covered, self.floor))
        return Judged(self.cell[which], raw, shrunk, covered, floor)


@dataclass
class Draws:
    """What was judged, size by size."""

    judged: dict[int, list[Judged]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable["Draws"]) -> "Draws":
        """All the draws of several."""
        together = cls()
        for part in parts:
            for size, judged in part.judged.items():
                together.judged.setdefault(size, []).extend(judged)
        return together

    def take(self, size: int, judged: Judged) -> None:
        self.judged.setdefault(size, []).append(judged)

    @property
    def sizes(self) -> list[int]:
        return sorted(self.judged)

    def column(self, size: int, name: str) -> Floats:
        """One column of all the draws of a size."""
        return np.concatenate([getattr(judged, name) for judged in self.judged.get(size, [])] or [np.zeros(0)])

    def median(self, size: int, name: str) -> float:
        """The median error in per cent; nan without draws."""
        values = 100.0 * self.column(size, name)
        return float(np.median(values)) if len(values) else float("nan")

    def compared(self, size: int) -> "Compared":
        """The medians of raw and shrunk errors in per cent, with the standard errors of the latter and of the gap."""
        cell = np.unique(self.column(size, "cell"), return_inverse=True)[1]
        raw, shrunk = (_resampled(self.column(size, name), cell) for name in ("raw", "shrunk"))
        return Compared(
            raw=self.median(size, "raw"),
            shrunk=self.median(size, "shrunk"),
            error=100.0 * float(np.std(shrunk)),
            gap_error=100.0 * float(np.std(shrunk - raw)),
            floor=NORMAL_MEDIAN * self.median(size, "floor"),
            cases=len(cell),
            cells=int(cell.max(initial=-1)) + 1,
        )


@dataclass(frozen=True)
class Compared:
    """Raw beside shrunk at one size: medians of absolute errors in per cent.

    `floor` is what the reference itself is off by: the error of someone who knew what the whole cell was drawn from.
    """

    raw: float
    shrunk: float
    error: float
    gap_error: float
    floor: float
    cases: int
    cells: int

    @property
    def worse(self) -> bool:
        """Whether shrunk is above raw by more than two standard errors of the gap."""
        return self.shrunk - self.raw > 2.0 * self.gap_error

    def __str__(self) -> str:
        return f"raw {self.raw:.2f}, floor {self.floor:.2f}, {self.cells} cells"


def _resampled(values: Floats, cell: Ints) -> Floats:
    """The median of each resample of cells: the value at which half of the drawn weight is reached."""
    cells = int(cell.max(initial=-1)) + 1
    if not cells:
        return np.zeros(RESAMPLES)
    rng = np.random.default_rng(cells)
    order = np.argsort(values, kind="stable")
    found = np.zeros(RESAMPLES)
    for number in range(RESAMPLES):
        times = np.bincount(rng.integers(0, cells, cells), minlength=cells)
        through = np.cumsum(times[cell[order]])
        found[number] = values[order][np.searchsorted(through, through[-1] / 2.0)]
    return found
