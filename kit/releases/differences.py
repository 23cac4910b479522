"""Which figures differ between two releases: row by row, by the keys that name them."""

from dataclasses import dataclass

import polars as pl
from polars import selectors as cs

from kit.releases.reading import Release

# The kinds of a row's difference. Figures are numbers, and the reasons that stand in their place; that a window moved
# on by a day is no revision of a figure.
ADDED, REMOVED, CHANGED = "added", "removed", "changed"
FIGURES = cs.numeric() | cs.boolean() | cs.matches(r"(^|_)reason$")
BEFORE, AFTER, WAS, NOW = "\x1fbefore", "\x1fafter", "\x1fwas", "\x1fnow"  # no column of a mart


@dataclass(frozen=True)
class Difference:
    """One table's differing rows, in order of their keys: key columns, `difference`, `figures` (names that changed)."""

    table: str
    keys: tuple[str, ...]
    rows: pl.DataFrame
    compared: int  # rows in either release

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were added, removed, changed."""
        return {kind: int((self.rows["difference"] == kind).sum()) for kind in (ADDED, REMOVED, CHANGED)}


def differences(before: Release, after: Release) -> dict[str, Difference]:
    """Every keyed table of either release with its differing rows.

    A table that one of them lacks, or that has other keys there, has all its rows added or removed. A column that one
    of them lacks is not compared.
    """
    tables = sorted({name for one in (before, after) for name, entry in one.sealed.tables.items() if entry.keys})
    return {name: _difference(name, before, after) for name in tables}


def _difference(name: str, before: Release, after: Release) -> Difference:
    old, new = _table(before, name), _table(after, name)
    keys = (after if new is not None else before).sealed.tables[name].keys
    if old is not None and new is not None and before.sealed.tables[name].keys == keys:
        return Difference(name, keys, _compared(old, new, keys), _either(old, new, keys))
    parts = [_whole(frame, keys, kind) for frame, kind in ((old, REMOVED), (new, ADDED)) if frame is not None]
    rows = pl.concat(parts, how="diagonal_relaxed")
    return Difference(name, keys, rows, rows.height)


def _table(release: Release, name: str) -> pl.DataFrame | None:
    return pl.read_parquet(release.table(name), hive_partitioning=False) if name in release.sealed.tables else None


def _whole(frame: pl.DataFrame, keys: tuple[str, ...], kind: str) -> pl.DataFrame:
    present = [key for key in keys if key in frame.columns]
    return frame.select(*present, difference=pl.lit(kind), figures=pl.lit([], pl.List(pl.String)))


def _either(old: pl.DataFrame, new: pl.DataFrame, keys: tuple[str, ...]) -> int:
    return old.height + new.join(old, on=keys, how="anti").height


def _compared(old: pl.DataFrame, new: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    figures = [name for name in new.select(FIGURES).columns if name in old.columns and name not in keys]
    both = old.select(*keys, *[pl.col(name).alias(f"{name}{BEFORE}") for name in figures], **{WAS: pl.lit(True)}).join(
        new.select(*keys, *[pl.col(name).alias(f"{name}{AFTER}") for name in figures], **{NOW: pl.lit(True)}),
        on=keys,
        how="full",
        coalesce=True,
    )
    changed = [
        pl.when(pl.col(f"{name}{BEFORE}").ne_missing(pl.col(f"{name}{AFTER}"))).then(pl.lit(name)) for name in figures
    ]
    kind = pl.when(pl.col(WAS).is_null()).then(pl.lit(ADDED)).when(pl.col(NOW).is_null()).then(pl.lit(REMOVED))
    named = pl.concat_list(changed).list.drop_nulls() if changed else pl.lit([], pl.List(pl.String))
    return (
        both.select(*keys, difference=kind.otherwise(pl.lit(CHANGED)), figures=named)
        .filter((pl.col("difference") != CHANGED) | (pl.col("figures").list.len() > 0))
        .with_columns(
            figures=pl.when(pl.col("difference") == CHANGED).then("figures").otherwise(pl.lit([], pl.List(pl.String)))
        )
        .sort(keys)
    )
