"""What the pipeline asks of the engine that holds its warehouse."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

# Of each name that the caller gives: the table, and the columns wanted of it; none named means all.
Wanted = Mapping[str, tuple[str, Iterable[str]]]


class Warehouse(Protocol):
    """One engine's database for one store. `schema` is always a layer's name: core, api, staging, normalised ...

    Methods may be called from any process; each opens what it needs and leaves nothing open, except inside `held`.
    Raises kit.errors.Permanent when the engine does not answer or refuses.
    """

    name: str  # of the engine, and of dbt's target

    def held(self) -> AbstractContextManager[None]:
        """Keep the engine at hand for the block: a server of our own is started once, not for every call."""
        ...

    def environment(self) -> dict[str, str]:
        """The variables that profiles.yml reads, beside PAYBAND_STORE. For use inside `held`."""
        ...

    def let_go(self) -> None:
        """Close what dbt left open in this process, so that others can write."""
        ...

    def version(self) -> str:
        """The engine's own version: that it answers."""
        ...

    def exists(self) -> bool:
        """Whether anything was ever built."""
        ...

    def load(self) -> int:
        """Bring the engine's copies of the store's frames up to date; returns how many files were read for it."""
        ...

    def read(self, schema: str, wanted: Wanted) -> dict[str, pl.DataFrame]:
        """Tables or views as frames, in no particular order of rows."""
        ...

    def row_counts(self) -> dict[str, int]:
        """About how many rows each table that dbt built has."""
        ...

    def built_by(self) -> str | None:
        """The project that `remember` named; None when there is none."""
        ...

    def remember(self, project: str) -> None:
        """Note which dbt project built what is there."""
        ...

    def remove(self) -> None:
        """Remove everything, mark and copies included."""
        ...
