"""The answer of a thin cell: shrunk towards its parent, and marked.

A cell that fails the quality rule answers with its shrunk median where the cell above it has an answer and the interval
says something. Its other
percentiles have the shape of the cell above: their distances from the median on the log scale, times the ratio of the
two cells' dispersions, which is pooled as all dispersions are (`estimation.pay.dispersion`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from estimation.pay.encoding import Coded
from estimation.pay.figures import Flags, Weighed
from estimation.pay.ladder import Keys, Observations, Rung, Shrunk, climb
from estimation.pay.lattice import GROUPINGS, OCCUPATION_LEVELS, PLACE_LEVELS, Grouping
from estimation.quantiles import Floats, Ints
from estimation.schema import PERCENTILES

METHOD = "pooled-pay@2"
WIDEST = 3.0  # upper end of a pooled median's interval as a multiple of the lower: a wider one says nothing of pay
_COMMON = ("period", "basis", "country")
_MEDIAN = PERCENTILES.index(50)
_WIDER = tuple(reversed(PLACE_LEVELS))  # country region metro city
_BROADER = tuple(reversed(OCCUPATION_LEVELS))


def keys_of(grouping: Grouping) -> Keys:
    """The coded columns that a grouping's cells differ in."""
    occupation, place = f"occupation_{grouping.occupation_level}", f"place_{grouping.place_level}"
    return (*_COMMON, occupation, place, f"dimension_{grouping.dimension}")


def rungs() -> dict[Grouping, Rung]:
    """The ladder of the pay lattice, parents before children: place by place, then occupation, then the split."""
    order = sorted(GROUPINGS, key=_rank)
    return {grouping: _rung(grouping) for grouping in order}


def _rank(grouping: Grouping) -> tuple[bool, str, int, int]:
    occupation, place = _BROADER.index(grouping.occupation_level), _WIDER.index(grouping.place_level)
    return grouping.dimension != "all", grouping.dimension, occupation, place


def _rung(grouping: Grouping) -> Rung:
    """Beside a cell stand those of the same place; in a country, of the same occupation split otherwise."""
    keys = keys_of(grouping)
    _, _, _, occupation, place, _ = keys
    wider = _WIDER[: _WIDER.index(grouping.place_level)]
    parents = [Grouping(grouping.occupation_level, level, grouping.dimension) for level in reversed(wider)]
    beside: Keys = (*_COMMON, place)
    if not parents:
        broader = _BROADER[: _BROADER.index(grouping.occupation_level)]
        parents = [Grouping(level, "country", grouping.dimension) for level in reversed(broader)]
        beside = (*_COMMON, occupation) if grouping.dimension != "all" else ()
    if not parents and grouping.dimension != "all":
        parents, beside = [Grouping("all", "country", "all")], ()
    known = tuple(keys_of(parent) for parent in parents if parent in GROUPINGS)
    return Rung(keys, known, beside, _COMMON, spans=grouping.place_level == "metro")


@dataclass(frozen=True)
class _Answered:
    """Of a rung's cells: whether they answer, and their log percentiles less the median, nan where not known."""

    answers: Flags
    shape: Floats  # (cells, percentiles)
    mean: Floats  # log mean less log median


class Pooling:
    """The ladder over coded observations, climbed and answered grouping by grouping, in the order of `rungs()`."""

    def __init__(self, coded: Coded) -> None:
        self.coded = coded
        self.ladder = rungs()
        self.groupings = list(self.ladder)
        self.shrunk: dict[Grouping, Shrunk] = {}
        self.answered: dict[Grouping, _Answered] = {}

    def climb(self) -> Iterator[tuple[Grouping, Weighed]]:
        """Every grouping, parents first, with its cells that have pay; each is to be answered before the next."""
        climbed = climb(_observations(self.coded), list(self.ladder.values()))
        for grouping, (shrunk, weighed) in zip(self.groupings, climbed, strict=True):
            self.shrunk[grouping] = shrunk
            yield grouping, weighed

    def answer(self, grouping: Grouping, direct: pl.DataFrame, paid_at_least: int) -> pl.DataFrame:
        """Fill the figures of the thin cells of `direct`, the cells of the grouping in order of their codes.

        Adds level, own_weight, spread_ratio and the parent's keys. Cells that stand for themselves keep their figures.
        """
        shrunk = self.shrunk[grouping]
        which = np.flatnonzero(shrunk.counts >= max(paid_at_least, 1))
        rows = np.flatnonzero(direct["n_observations"].to_numpy() > 0)
        asked = direct["reason"].is_null().to_numpy()[rows]
        answers, shape, mean, ratio = self._from_above(shrunk)
        pooled = (answers & _says_something(shrunk))[which] & ~asked
        shapes, means = shape[which], mean[which]
        own_shape, own_mean = _shape_of(direct[rows])
        shapes = np.where(asked[:, None] & ~np.isnan(own_shape), own_shape, shapes)
        means = np.where(asked & ~np.isnan(own_mean), own_mean, means)
        shapes[:, _MEDIAN] = 0.0
        means = np.where(np.isnan(means), shrunk.own.within[which] / 2.0, means)  # as a lognormal's
        shape[which], mean[which] = _ascending(shapes), means
        done = np.zeros(len(shrunk.counts), dtype=bool)
        done[which] = asked | pooled
        self.answered[grouping] = _Answered(done, shape, mean)
        told = self._told(shrunk, which[pooled], rows[pooled], shape, mean, ratio, len(direct))
        return _filled(direct, told)

    def _from_above(self, shrunk: Shrunk) -> tuple[Flags, Floats, Floats, Floats]:
        """Whether each cell's parent answers, and what follows from the parent of its shape and its mean."""
        n = len(shrunk.counts)
        answers, shape, mean, ratio = (
            np.zeros(n, dtype=bool),
            np.full((n, len(PERCENTILES)), np.nan),
            np.full(n, np.nan),
            np.ones(n),
        )
        for index in np.unique(shrunk.parent_rung[shrunk.parent_rung >= 0]):
            here = np.flatnonzero(shrunk.parent_rung == index)
            above, cells = self.groupings[index], shrunk.parent[here]
            upper = self.answered[above]
            ratio[here] = np.sqrt(shrunk.own.within[here] / self.shrunk[above].own.within[cells])
            answers[here] = upper.answers[cells]
            shape[here] = upper.shape[cells] * ratio[here, None]
            mean[here] = upper.mean[cells] * ratio[here] ** 2
        return answers, shape, mean, ratio

    def _told(
        self, shrunk: Shrunk, cells: Ints, rows: Ints, shape: Floats, mean: Floats, ratio: Floats, size: int
    ) -> dict[str, pl.Series]:
        """The columns of pooled cells, null for all others of `size`."""
        estimates = shrunk.estimates
        middle, freedom = estimates.mean[cells], np.maximum(shrunk.own.freedom[cells], 1.0)
        below, beyond = middle - shrunk.low[cells], shrunk.high[cells] - middle
        columns = {"mean": np.exp(middle + mean[cells])}
        for place, level in enumerate(PERCENTILES):
            away = shape[cells, place]
            unsure = 1.96 * np.abs(away) / np.sqrt(2.0 * freedom)  # of the shape
            for name, side in (("", 0.0), ("_low", -np.hypot(below, unsure)), ("_high", np.hypot(beyond, unsure))):
                columns[f"p{level}{name}"] = np.exp(middle + away + side)
        columns["mean_low"], columns["mean_high"] = (
            np.exp(ends[cells] + mean[cells]) for ends in (shrunk.low, shrunk.high)
        )
        amounts = {name: _placed(np.round(values, 2), rows, size) for name, values in columns.items()}
        weights = {"own_weight": estimates.own[cells], "spread_ratio": ratio[cells]}
        return (
            amounts
            | {name: _placed(v, rows, size) for name, v in weights.items()}
            | self._parents(shrunk, cells, rows, size)
        )

    def _parents(self, shrunk: Shrunk, cells: Ints, rows: Ints, size: int) -> dict[str, pl.Series]:
        """The keys of the cell above each, as text."""
        names = ("occupation_level", "occupation_code", "place_level", "place_id", "dimension", "dimension_value")
        told = {name: np.full(size, None, dtype=object) for name in names}
        for index in np.unique(shrunk.parent_rung[cells]):
            here = shrunk.parent_rung[cells] == index
            above, at = self.groupings[index], rows[here]
            codes = self.shrunk[above].codes
            keys = keys_of(above)
            for name, key in (("occupation_code", 3), ("place_id", 4), ("dimension_value", 5)):
                told[name][at] = self.coded.values[keys[key]].gather(codes[key][shrunk.parent[cells][here]]).to_list()
            for name in ("occupation_level", "place_level", "dimension"):
                told[name][at] = getattr(above, name)
        return {f"parent_{name}": pl.Series(values.tolist(), dtype=pl.String) for name, values in told.items()}


def _says_something(shrunk: Shrunk) -> Flags:
    """Whether the ends of each cell's interval are within `WIDEST` times one another."""
    return np.asarray(shrunk.high - shrunk.low <= np.log(WIDEST))


def _observations(coded: Coded) -> Observations:
    return Observations(coded.low, coded.high, coded.codes["employer"], coded.codes, coded.has_pay, coded.frame)


def _shape_of(cells: pl.DataFrame) -> tuple[Floats, Floats]:
    """Log percentiles and log mean less the log median, nan where one is null."""
    columns = [cells[f"p{level}"].to_numpy().astype(np.float64) for level in PERCENTILES]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.stack(columns, axis=1)) if len(cells) else np.zeros((0, len(PERCENTILES)))
        mean = np.log(cells["mean"].to_numpy().astype(np.float64))
    middle = logs[:, _MEDIAN]
    return logs - middle[:, None], mean - middle


def _ascending(shape: Floats) -> Floats:
    """Percentiles of two origins may cross by a little: the outer one then moves out."""
    upper = np.fmax.accumulate(np.where(np.isnan(shape), -np.inf, shape)[:, _MEDIAN:], axis=1)
    lower = np.fmin.accumulate(np.where(np.isnan(shape), np.inf, shape)[:, _MEDIAN::-1], axis=1)[:, ::-1]
    moved = np.concatenate([lower[:, :-1], upper], axis=1)
    return np.asarray(np.where(np.isnan(shape), np.nan, moved))


def _placed(values: npt.NDArray[Any], rows: Ints, size: int) -> pl.Series:
    full = np.full(size, np.nan)
    full[rows] = values
    return pl.Series(full, nan_to_null=True)


def _filled(direct: pl.DataFrame, told: dict[str, pl.Series]) -> pl.DataFrame:
    """The cells with the pooled figures where there are some, and what says so."""
    new = ("own_weight", "spread_ratio", *(name for name in told if name.startswith("parent_")))
    frame = direct.with_columns(told[name].alias(f"_{name}") for name in told)
    pooled = pl.col("_own_weight").is_not_null()
    figures = [name for name in told if name not in new]
    filled = [pl.when(pooled).then(pl.col(f"_{name}")).otherwise(pl.col(name)).alias(name) for name in figures]
    reasons = [
        pl.when(pooled & pl.col(f"_p{level}").is_null()).then(pl.lit("too_few"))
        .when(~pooled).then(pl.col(f"p{level}_reason")).alias(f"p{level}_reason")
        for level in PERCENTILES
    ]  # fmt: skip
    return frame.with_columns(
        *filled,
        *reasons,
        *(pl.col(f"_{name}").alias(name) for name in new),
        pl.when(pooled).then(pl.lit("pooled")).when(pl.col("reason").is_null()).then(pl.lit("asked")).alias("level"),
        pl.when(~pooled).then(pl.col("reason")).alias("reason"),
        pl.when(pooled).then(pl.lit("shrunk")).otherwise(pl.col("interval_method")).alias("interval_method"),
    ).drop(f"_{name}" for name in told)
