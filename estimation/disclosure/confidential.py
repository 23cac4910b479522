"""The pay of cells that hold confidential observations: their own where the rules allow it, else their parent's.

Of confidential rows nothing is published but the direct figures of cells that hold whole blocks (`blocks`) and pass
the quality rule together with their public rows. Variances, weights and pooled answers are of public rows alone. Counts
of such cells are rounded down to fives and amounts to three figures, because a percentile is somebody's pay, and
nothing is said of concentrations.

A cell that holds confidential rows and may not answer gives its parent's whole answer, counts included, with own weight
0: the same whatever its own rows say, and whatever public rows it has besides. Where no cell above it answers, it is
suppressed. Split cells exist where they would without the confidential rows, or answer for themselves.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from estimation.disclosure.contributions import counted
from estimation.pay.cells import direct_figures, finished, named
from estimation.pay.encoding import Coded, encode
from estimation.pay.figures import Weighed
from estimation.pay.grouping import Groups, group, sample_of
from estimation.pay.lattice import GROUPINGS, Grouping
from estimation.pay.pooling import keys_of, rungs
from estimation.quality import MIN_OBSERVATIONS
from estimation.schema import CELL_KEYS, PARENT, PAY_CELLS, PERCENTILES
from estimation.windows import periods

VERSION = 1
KEYS = list(CELL_KEYS)
COUNTS = ["n_openings", "n_observations", "n_employers"]
PUBLIC = [f"n_public_{name.removeprefix('n_')}" for name in COUNTS]
ABOVE = [f"above_{name}" for name in PARENT]
ROUNDED_TO = 5  # counts, downwards
FIGURES = 3  # significant ones of an amount
AMOUNTS = [
    *(f"{name}{end}" for name in ("mean", *(f"p{level}" for level in PERCENTILES)) for end in ("", "_low", "_high")),
    *("stated_low_p50", "stated_mid_p50", "stated_high_p50", "usd_rate"),
]
UNSAID = ["top_employer_share", "n_effective", "n_employers_effective", "log_median", "log_median_variance"]


def with_confidential(
    public: pl.DataFrame,
    observations: pl.DataFrame,
    confidential: pl.DataFrame,
    countries: pl.DataFrame,
    taken_up: pl.DataFrame,
) -> pl.DataFrame:
    """`public`, what `pay_cells` gives for the observations, with the cells that confidential rows are in.

    `confidential` has the columns of PAY_OBSERVATIONS, `taken_up` is what `contributions.take_up` gives. The result has
    the schema and the order of `public`; it is `public` itself where nothing is confidential.
    """
    paid = confidential.filter(pl.col("pay_annual").is_not_null())
    if paid.is_empty():
        return public
    elsewhere = public.join(paid, on=["basis", "country"], how="anti")
    public = public.join(paid, on=["basis", "country"], how="semi")
    own = own_cells(observations, counted(paid, taken_up), countries, public)
    held = _held(paid, countries)
    keys = pl.concat([own.select(KEYS), *(each.keys for each in held.values())]).unique()
    answered = pl.concat([public.join(keys, on=KEYS, how="anti"), own])
    for grouping, each in held.items():
        hidden = each.keys.join(own, on=KEYS, how="anti")
        if grouping.dimension != "all":
            hidden = hidden.join(public, on=KEYS, how="semi")
        above = each.above.join(hidden, on=KEYS, how="semi")
        answered = pl.concat([answered, _answers(_Held(hidden, above), answered, public, countries)])
    return pl.concat([elsewhere, answered]).sort(KEYS)


def own_cells(
    observations: pl.DataFrame, rows: pl.DataFrame, countries: pl.DataFrame, public: pl.DataFrame
) -> pl.DataFrame:
    """The cells with whole blocks among `rows` that pass the quality rule, as PAY_CELLS, rounded."""
    beside = observations.join(rows, on=["basis", "country"], how="semi").with_columns(block=pl.lit(None, pl.Int64))
    together = pl.concat([frame.select(*beside.columns) for frame in (beside, rows)], how="vertical_relaxed")
    coded = whole_blocks(encode(together.lazy(), countries.lazy(), periods, ("block",)))
    parts = [_direct(coded, grouping) for grouping in GROUPINGS]
    return _with_public(_rounded(finished(pl.concat(parts), countries)), public)


def whole_blocks(coded: Coded) -> Coded:
    """The rows of a block say only what all of them say: a code that they do not share is -1."""
    rows = np.flatnonzero(coded.codes["block"] >= 0)
    block = coded.codes["block"][rows]
    codes = dict(coded.codes)
    for name in sorted({name for grouping in GROUPINGS for name in keys_of(grouping)} - {"period"}):
        values = codes[name][rows]
        low = np.full(len(coded.values["block"]), np.iinfo(np.int64).max)
        high = np.full(len(low), -1)
        np.minimum.at(low, block, values)
        np.maximum.at(high, block, values)
        shared = codes[name].copy()
        shared[rows] = np.where((low == high)[block], values, -1)
        codes[name] = shared
    return replace(coded, codes=codes)


def _direct(coded: Coded, grouping: Grouping) -> pl.DataFrame:
    """The grouping's cells that hold blocks and pass the quality rule."""
    groups = group(coded, list(keys_of(grouping)), MIN_OBSERVATIONS, holding="block")
    weighed = Weighed.of(sample_of(coded, groups))
    cells = named(coded, grouping, groups).hstack(pl.DataFrame(direct_figures(coded, groups, weighed)))
    return _blank(cells.filter(pl.col("reason").is_null()).with_columns(level=pl.lit("asked")))


def _rounded(cells: pl.DataFrame) -> pl.DataFrame:
    """No more of a cell with confidential pay than can be said."""
    counts = [(pl.col(name) // ROUNDED_TO * ROUNDED_TO).alias(name) for name in COUNTS]
    amounts = [pl.col(name).round_sig_figs(FIGURES).alias(name) for name in AMOUNTS]
    told = cells.with_columns(
        *counts,
        *amounts,
        *(pl.lit(None, pl.Float64).alias(name) for name in UNSAID),
        pl.col("share_ranges").round(2),
        method=pl.format("{}-confidential-pay@{}", "basis", pl.lit(VERSION)),
    )
    return told.with_columns(p50_usd=(pl.col("p50") * pl.col("usd_rate")).round(2))


def _with_public(cells: pl.DataFrame, public: pl.DataFrame) -> pl.DataFrame:
    """The cells with the counts of their public rows."""
    told = cells.drop(PUBLIC, strict=False).join(public.select(*KEYS, *PUBLIC), on=KEYS, how="left")
    return told.with_columns(pl.col(PUBLIC).fill_null(0)).select(PAY_CELLS.keys())


@dataclass(frozen=True)
class _Held:
    """Cells of one grouping with confidential rows: their keys, and beside them those of the cells to ask instead.

    `above` has a row for each such cell: the keys, `above_<key>` of PARENT, `rank` (0 the nearest).
    """

    keys: pl.DataFrame
    above: pl.DataFrame


def _held(paid: pl.DataFrame, countries: pl.DataFrame) -> dict[Grouping, _Held]:
    """The cells that the rows are in, in the order of the ladder."""
    coded = encode(paid.lazy(), countries.lazy(), periods)
    ladder = rungs()
    of_keys = {keys_of(grouping): grouping for grouping in ladder}
    found = {}
    for grouping, rung in ladder.items():
        groups = group(coded, list(keys_of(grouping)))
        keys = named(coded, grouping, groups).select(KEYS)
        parents = [_parent(coded, groups, of_keys[names]) for names in rung.parents]
        above = [keys.hstack(parent).with_columns(rank=pl.lit(rank)) for rank, parent in enumerate(parents)]
        found[grouping] = _Held(keys, pl.concat(above) if above else _no_parents(keys))
    return found


def _no_parents(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.clear().with_columns(**dict.fromkeys(ABOVE, pl.lit("")), rank=pl.lit(0))


def _parent(coded: Coded, groups: Groups, parent: Grouping) -> pl.DataFrame:
    """The keys of the cell of `parent` above each group; null where its rows know none."""
    _, _, _, occupation, place, value = keys_of(parent)
    frame = pl.DataFrame(
        {
            "above_occupation_code": _lowest(coded, groups, occupation),
            "above_place_id": _lowest(coded, groups, place),
            "above_dimension_value": _lowest(coded, groups, value),
        }
    )
    levels = {f"above_{name}": getattr(parent, name) for name in ("occupation_level", "place_level", "dimension")}
    return frame.with_columns(**{name: pl.lit(level) for name, level in levels.items()}).select(ABOVE)


def _lowest(coded: Coded, groups: Groups, column: str) -> pl.Series:
    """The first value in order that each group's rows have of a column; null where they have none."""
    found, unknown = coded.codes[column][groups.rows].astype(np.int64), len(coded.values[column])
    known = np.where(found >= 0, found, unknown)
    lowest = np.minimum.reduceat(known, groups.starts) if len(known) else known
    return coded.values[column].extend_constant(None, 1).gather(lowest)


def _answers(held: _Held, answered: pl.DataFrame, public: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """What the cells above say, as answers of those below; suppressed where none says anything."""
    market = ["period", "basis", "country"]
    by_another = pl.col("level") == "parent"
    speaks = [pl.when(by_another).then(f"parent_{name}").otherwise(name).alias(f"parent_{name}") for name in PARENT]
    speaking = answered.filter(pl.col("reason").is_null()).with_columns(*speaks).drop(PUBLIC)
    found = held.above.join(speaking, left_on=[*market, *ABOVE], right_on=[*market, *PARENT], how="inner")
    first = found.sort(*KEYS, "rank").unique(KEYS, keep="first", maintain_order=True)
    told = first.with_columns(level=pl.lit("parent"), own_weight=pl.lit(0.0), spread_ratio=pl.lit(None, pl.Float64))
    silent = held.keys.join(first, on=KEYS, how="anti")
    return pl.concat([_with_public(told, public), _suppressed(silent, public, countries)])


def _suppressed(cells: pl.DataFrame, public: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Cells without figures, with the counts and sources of their public rows."""
    beside = public.select(*KEYS, *COUNTS, "sources")
    known = cells.join(beside, on=KEYS, how="left").with_columns(
        pl.col(COUNTS).fill_null(0), pl.col("sources").fill_null(""), reason=pl.lit("suppressed")
    )
    return _with_public(finished(_blank(known), countries), public)


def _blank(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells with the columns of PAY_CELLS that they lack, null."""
    return cells.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in PAY_CELLS.items() if name not in cells.columns
    )
