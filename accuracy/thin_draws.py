"""Errors of the medians of thinned cells, size by size, with standard errors over cells.

The draws of one cell are not independent: they are judged by one median and stand in one market; nor are the cells of
one simulated market, whose parents they share. Standard errors are therefore those of the bootstrap that draws whole
clusters, cells or markets, with all that is in them (Davison and Hinkley 1997, section 3.8), with fixed seeds; the
difference of two estimators is taken in each resample, since both stand on the same draws.
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

    cluster: Ints  # cells of a set, numbered through, or simulated markets
    raw: Floats
    shrunk: Floats
    covered: Floats
    floor: Floats

    def of_cells(self, which: npt.NDArray[np.bool_]) -> "Judged":
        """Some of them."""
        raw, shrunk, covered, floor = (c[which] for c in (self.raw, self.shrunk, self.covered, self.floor))
        return Judged(self.cluster[which], raw, shrunk, covered, floor)


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

    def covered(self, sizes: Iterable[int]) -> tuple[float, int, float]:
        """The share of intervals of some sizes that hold, of how many, and its standard error over clusters."""
        sizes = list(sizes)
        held, cluster = (np.concatenate([self.column(n, name) for n in sizes]) for name in ("covered", "cluster"))
        code = np.unique(cluster, return_inverse=True)[1]
        share, clusters = float(held.mean()), int(code.max()) + 1
        squares = float((np.bincount(code, held - share) ** 2).sum())
        return share, len(held), (squares * clusters / max(clusters - 1, 1)) ** 0.5 / len(held)

    def compared(self, size: int) -> "Compared":
        """The medians of raw and shrunk errors in per cent, with the standard errors of the latter and of the gap."""
        cluster = np.unique(self.column(size, "cluster"), return_inverse=True)[1]
        raw, shrunk = (_resampled(self.column(size, name), cluster) for name in ("raw", "shrunk"))
        return Compared(
            raw=self.median(size, "raw"),
            shrunk=self.median(size, "shrunk"),
            error=100.0 * float(np.std(shrunk)),
            gap_error=100.0 * float(np.std(shrunk - raw)),
            floor=NORMAL_MEDIAN * self.median(size, "floor"),
            cases=len(cluster),
            clusters=int(cluster.max(initial=-1)) + 1,
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
    clusters: int

    @property
    def worse(self) -> bool:
        """Whether shrunk is above raw by more than two standard errors of the gap."""
        return self.shrunk - self.raw > 2.0 * self.gap_error


def _resampled(values: Floats, cluster: Ints) -> Floats:
    """The median of each resample of clusters: the value at which half of the drawn weight is reached."""
    clusters = int(cluster.max(initial=-1)) + 1
    if not clusters:
        return np.zeros(RESAMPLES)
    rng = np.random.default_rng(clusters)
    order = np.argsort(values, kind="stable")
    found = np.zeros(RESAMPLES)
    for number in range(RESAMPLES):
        times = np.bincount(rng.integers(0, clusters, clusters), minlength=clusters)
        through = np.cumsum(times[cluster[order]])
        found[number] = values[order][np.searchsorted(through, through[-1] / 2.0)]
    return found
