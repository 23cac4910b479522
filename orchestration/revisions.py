"""Why a figure of one release differs from that of another: releases between the two, with one cause changed at a time.

Each step of `revision_steps` is made anew from landed pages. A figure's causes are the steps at which it changed, so
that their changes add up to the whole.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kit.errors import BadInput
from kit.releases import Difference, Release, differences
from kit.releases.explained import write_explained
from kit.store import Store
from orchestration.provenance import ingredients, versions
from orchestration.recomputing import prepare, recompute
from orchestration.revision_steps import Step, steps

Progress = Callable[[str, int, int], None]  # what is made again now, steps done, steps in all


@dataclass(frozen=True)
class Revision:
    """What changed between two releases, table by table, and why; `causes` is in order of the steps."""

    before: Release
    after: Release
    causes: tuple[str, ...]
    tables: Mapping[str, Difference]
    by_cause: Mapping[str, Mapping[str, Difference]]  # cause -> table -> what changed at its step

    def explained(self, table: str) -> pl.DataFrame:
        """The table's differing rows with `causes`: a list for each row, in the order of the steps."""
        found = self.tables[table]
        keys = list(found.keys)
        parts = [
            self.by_cause[cause][table].rows.select(*keys, cause=pl.lit(cause))
            for cause in self.causes
            if table in self.by_cause.get(cause, {})
        ]
        if not parts:
            return found.rows.with_columns(causes=pl.lit([], pl.List(pl.String)))
        causes = pl.concat(parts).group_by(keys, maintain_order=True).agg(causes="cause")
        return found.rows.join(causes, on=keys, how="left", maintain_order="left")


def explain(
    store: Store, before: Release, after: Release, scratch: Path, code: Path | None, progress: Progress
) -> Revision:
    """Make the releases between the two and compare each with the one before it.

    `code`: a checkout of the version that made `before`; needed only to tell several changed rules apart. `scratch` is
    an empty folder on the store's disk. Raises BadInput where a release does not tell what it was made of, where the
    pages are gone, or where `after` was made by rules that are not installed.
    """
    way = steps(ingredients(before), ingredients(after), code is not None)
    if len(way) == 1:  # one cause alone: nothing need be made again
        found = differences(before, after)
        return Revision(before, after, (way[0].cause,), found, {way[0].cause: found})
    if way and ingredients(after).versions != versions():
        raise BadInput(f"release {after.id} was made by other rules than those installed: run this with its version")
    by_cause: dict[str, Mapping[str, Difference]] = {}
    earlier = before
    for number, step in enumerate(way):
        progress(step.cause, number, len(way))
        made = after if step is way[-1] else _made(store, step, scratch / str(number), code)
        by_cause[step.cause] = differences(earlier, made)
        earlier = made
    progress("done", len(way), len(way))
    causes = tuple(cause for cause, found in by_cause.items() if any(one.rows.height for one in found.values()))
    return Revision(before, after, causes, differences(before, after), by_cause)


def _made(store: Store, step: Step, folder: Path, code: Path | None) -> Release:
    shutil.rmtree(folder, ignore_errors=True)
    prepare(store, step.made_of, folder)
    return recompute(folder, dict.fromkeys(step.old_stages, code) if code else None)


def keep(store: Store, found: Revision) -> None:
    """Keep each differing row's causes where the API finds them."""
    tables = ((name, one.keys, found.explained(name)) for name, one in found.tables.items() if one.rows.height)
    write_explained(store.releases, found.before.id, found.after.id, tables)
