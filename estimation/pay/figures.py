"""The figures of many cells at once: weighted percentiles with their intervals, and what the intervals rest on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from estimation.pay.components import Components, components, effective_size, effective_size_of_mean, publishable_size
from estimation.pay.intervals import mean_interval, order_places, order_ranks, smallest_sample
from estimation.pay.weights import UNIT, Concentration, Sample, Weighing, weigh
from estimation.quantiles import EXPECTED, Floats, Ints, Points, points, weighted_quantile

Flags = npt.NDArray[np.bool_]


MIN_EMPLOYERS_EFFECTIVE = 6.0  # fewer say too little about how alike the openings of an employer are


@dataclass(frozen=True)
class Measured:
    """Cells with their concentration, their parts of variance, their points, and where their intervals are exact."""

    weight: Concentration
    parts: Components
    points: Points
    exact: Flags  # single figures of as many employers, all weighing alike

    @property
    def interval_method(self) -> npt.NDArray[np.str_]:
        """How each cell's intervals are made: exact, woodruff, or clustered where an employer has several openings."""
        repeated = self.weight.employer_counts < self.weight.counts
        return np.where(self.exact, "exact", np.where(repeated, "clustered", "woodruff"))

    @property
    def weighed(self) -> tuple[Concentration, Components]:
        """What effective sizes follow from."""
        return self.weight, self.parts

    @property
    def size_at_median(self) -> Floats:
        """The number of independent single figures that would place each cell's median as well, one at least."""
        size = np.where(self.exact, self.weight.counts, effective_size(*self.weighed, 0.5))
        return np.asarray(np.maximum(size, 1.0))

    def of_cells(self, which: Ints) -> "Measured":
        """Some of the cells."""
        return Measured(
            self.weight.of_cells(which), self.parts.of_cells(which), self.points.of_groups(which), self.exact[which]
        )


@dataclass(frozen=True)
class Quantile:
    """One figure of each cell with its interval, in currency units; all nan where the interval does not exist."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Weighed:
    """A sample with its weights and what its cells come to: what every figure of it is made from."""

    sample: Sample
    weighing: Weighing
    measured: Measured

    @classmethod
    def of(cls, sample: Sample) -> "Weighed":
        """Weigh and measure a sample."""
        weighing = weigh(sample)
        return cls(sample, weighing, measure(sample, weighing))

    def of_cells(self, which: Ints) -> "Weighed":
        """Some of the cells, in ascending order; their figures are those that they would have alone."""
        n_cells = self.sample.n_cells
        if len(which) == n_cells:
            return self
        place = np.full(n_cells, -1, dtype=np.int64)
        place[which] = np.arange(len(which))
        weighing = self.weighing.of_cells(which, place)
        return Weighed(self.sample.of_cells(place), weighing, self.measured.of_cells(which))


def measure(sample: Sample, weighing: Weighing) -> Measured:
    """Take the cells of a sample apart."""
    weight = weighing.concentration
    cell, each = sample.by_row(sample.cell, -1), sample.by_row(weighing.weight, 0)
    drawn = points(sample.ranked().spread, cell, each, weight.n_effective)
    alike = np.ones(sample.n_cells, dtype=bool)
    alike[sample.cell[(weighing.weight != UNIT) | (sample.high > sample.low)]] = False
    return Measured(weight, components(sample, weighing), drawn, alike & (weight.employer_counts == weight.counts))


def quantile_with_interval(measured: Measured, p: float) -> Quantile:
    """The quantile at `p` of each cell."""
    drawn, weight = measured.points, measured.weight
    size = np.where(measured.exact, weight.counts, effective_size(weight, measured.parts, p))
    low_place, high_place = order_places(size, p)
    low_rank, high_rank = order_ranks(weight.counts, p)
    ends = [
        np.where(measured.exact, drawn.at_rank(rank), weighted_quantile(drawn, np.nan_to_num(place, nan=0.5), EXPECTED))
        for rank, place in ((low_rank, low_place), (high_rank, high_place))
    ]
    value = weighted_quantile(drawn, np.full(len(drawn.starts), p))
    exists = ~np.isnan(low_place) & (publishable_size(weight, p) >= smallest_sample(p))
    exists &= measured.exact | (weight.employers_effective >= MIN_EMPLOYERS_EFFECTIVE)
    shown = np.where(exists, [value, np.minimum(ends[0], value), np.maximum(ends[1], value)], np.nan) / 100.0
    return Quantile(*shown)


def log_median(measured: Measured) -> tuple[Floats, Floats]:
    """The log of each cell's median and its sampling variance, nan where a cell has one observation.

    The variance of a normal sample's median, pi / (2 (n - 1) + pi) of that of one observation (exact at n = 1, pi / 2n
    in the limit), for as many independent observations as the cell is worth at its median.
    """
    value = weighted_quantile(measured.points, np.full(len(measured.exact), 0.5)) / 100.0
    spread = measured.parts.variance / measured.parts.opening
    return np.log(value), np.asarray(spread * np.pi / (2.0 * (measured.size_at_median - 1.0) + np.pi))


def mean_with_interval(sample: Sample, weighing: Weighing, measured: Measured) -> Quantile:
    """The weighted mean of each cell's middles with its interval."""
    middle: Floats = (sample.low + sample.high) / 2.0
    n = sample.n_cells
    share: Floats = weighing.weight / np.bincount(sample.cell, weighing.weight, n)[sample.cell]
    mean = np.asarray(np.bincount(sample.cell, share * middle, n), dtype=np.float64)
    deviation = middle - mean[sample.cell]
    size = effective_size_of_mean(*measured.weighed)
    effective = measured.weight.n_effective
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.bincount(sample.cell, share * deviation * deviation, n) * effective / (effective - 1.0)
    third = np.asarray(np.bincount(sample.cell, share * deviation * deviation * deviation, n), dtype=np.float64)
    low, high = mean_interval(mean, variance, third, size)
    return Quantile(mean / 100.0, low / 100.0, high / 100.0)


def stated_medians(sample: Sample, weighing: Weighing, which: Ints) -> dict[str, Floats]:
    """The medians of the lower ends, the middles and the upper ends of what the cells `which` state."""
    place = np.full(sample.n_cells, -1, dtype=np.int64)
    place[which] = np.arange(len(which))
    cell, each = sample.by_row(place[sample.cell], -1), sample.by_row(weighing.weight, 0)
    effective, halves = weighing.concentration.n_effective[which], np.full(len(which), 0.5)
    return {
        f"stated_{name}_p50": weighted_quantile(points(end, cell, each, effective), halves) / 100.0
        for name, end in sample.ranked().ends.items()
    }


def share_of_ranges(sample: Sample, weighing: Weighing) -> Floats:
    """The share of each cell's weight that is of stated ranges."""
    ranged = np.where(sample.high > sample.low, weighing.weight, 0)
    total = np.bincount(sample.cell, weighing.weight, sample.n_cells)
    return np.asarray(np.bincount(sample.cell, ranged, sample.n_cells) / total)
