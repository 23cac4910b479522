"""Why rows differ between two releases, kept beside them: releases/explained/<before>..<after>.lmdb."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kit.lookup import Lookup, build_lookup

if TYPE_CHECKING:
    import polars as pl  # who looks up needs none of it

FOLDER, TABLE, SEPARATOR = "explained", "revisions", "\x1f"
KEYS, COLUMNS = ("table", "row"), ("table", "row", "causes")


def write_explained(
    root: Path, before: str, after: str, rows: "Iterable[tuple[str, Sequence[str], pl.DataFrame]]"
) -> None:
    """Keep the causes of differing rows: for each table its name, its key columns and a frame with these and `causes`.

    `causes` is a list of texts; an earlier explanation of the same two releases is replaced at once.
    """
    import polars as pl

    named = [
        frame.select(
            table=pl.lit(table),
            row=pl.concat_str([pl.col(key).cast(pl.String) for key in keys], separator=SEPARATOR),
            causes=pl.col("causes").fill_null([]).list.join(","),
        )
        for table, keys, frame in rows
    ]
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        pl.concat(named).write_parquet(Path(beside) / f"{TABLE}.parquet")
        build_lookup(Path(beside) / "lookup", Path(beside), {TABLE: KEYS})
        (Path(beside) / "lookup").replace(_path(root, before, after))


def causes_of(root: Path, before: str, after: str, table: str, keys: Sequence[str]) -> list[str] | None:
    """The causes of one row's difference, empty where it does not differ; None where nobody had it explained."""
    path = _path(root, before, after)
    if not path.exists():
        return None
    lookup = Lookup(path, {TABLE: (KEYS, COLUMNS)})
    try:
        row = lookup.get(TABLE, table, SEPARATOR.join(keys))
    finally:
        lookup.close()
    return [cause for cause in row["causes"].split(",") if cause] if row else []


def _path(root: Path, before: str, after: str) -> Path:
    return root / FOLDER / f"{before}..{after}.lmdb"
