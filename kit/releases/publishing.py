"""Make a release of tables and folders."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from kit.clock import Clock, system_clock
from kit.errors import BadInput
from kit.lookup import build_lookup
from kit.releases.files import BUILDING, Pointer, entries, entry, flush, read_pointer, seal, write_pointer, writing
from kit.releases.manifest import FORMAT, LOOKUP, MANIFEST, FileEntry, Gate, Manifest, TableEntry
from kit.releases.reading import Release, list_releases, open_release

STAMP = "%Y%m%dT%H%M%SZ"
Table = pl.DataFrame | Path


def publish(
    root: Path,
    tables: Mapping[str, Table],
    *,
    keys: Mapping[str, Sequence[str]],
    folders: Mapping[str, Path] | None = None,
    facts: Mapping[str, Any] | None = None,
    gates: Sequence[Gate] = (),
    clock: Clock = system_clock,
) -> Release | None:
    """Write, seal and, when every gate passed, make current. Returns the release, or None when nothing changed.

    `tables`: frames or Parquet files. `keys`: table -> the columns that name a row; they must be unique and not null,
    order the rows (dates after all others), and put the table into the look-up. `folders` are copied whole under
    their name. `facts` go into the manifest as they are (JSON).

    None means that the content equals the current release's, or one that an operator passed over by hand. A release
    that fails a gate is kept with status "refused" and never made current; the same content refused again is not
    written twice. Raises BadInput for keys that do not name rows, Busy while another writer is at work.
    """
    _check(tables, keys, folders or {})
    with writing(root):
        beside = root / f"{BUILDING}{os.getpid()}"
        (beside / "tables").mkdir(parents=True)
        described = {
            name: _write_table(tables[name], tuple(keys.get(name, ())), beside / "tables" / f"{name}.parquet")
            for name in sorted(tables)
        }
        for name, folder in sorted((folders or {}).items()):
            shutil.copytree(folder, beside / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        files = entries(beside)
        content = content_of(files)
        known = _known(root, content, gates)
        if known is not None:
            shutil.rmtree(beside)
            return _again(root, known)
        build_lookup(beside / LOOKUP, beside / "tables", {name: entry.keys for name, entry in described.items()})
        manifest = Manifest(
            id=_next_id(root, content, clock),
            made_at=clock(),
            content=content,
            status="ready" if all(gate.passed for gate in gates) else "refused",
            gates=tuple(gates),
            tables=described,
            files=files | {LOOKUP: entry(beside / LOOKUP)},
            facts=dict(facts or {}),
        )
        return _reveal(root, beside, manifest)


def _check(tables: Mapping[str, Table], keys: Mapping[str, Sequence[str]], folders: Mapping[str, Path]) -> None:
    unknown = sorted(set(keys) - set(tables))
    if unknown:
        raise BadInput(f"keys are given for tables that are not there: {', '.join(unknown)}")
    reserved = {"tables", MANIFEST, LOOKUP} & set(folders)
    if reserved:
        raise BadInput(f"a release has its own {', '.join(sorted(reserved))}: name the folder otherwise")


def _write_table(table: Table, keys: tuple[str, ...], path: Path) -> TableEntry:
    frame = table if isinstance(table, pl.DataFrame) else pl.read_parquet(table, hive_partitioning=False)
    missing = [key for key in keys if key not in frame.columns]
    if missing:
        raise BadInput(f"table {path.stem} has no key column {', '.join(missing)}")
    if any(frame[key].null_count() for key in keys):
        raise BadInput(f"table {path.stem}: key columns {', '.join(keys)} must not be null")
    if keys and frame.select(keys).is_duplicated().any():
        raise BadInput(f"table {path.stem}: {', '.join(keys)} name more than one row")
    keys = tuple(sorted(keys, key=lambda key: frame.schema[key] == pl.Date))  # a series stands together in the look-up
    order = keys or tuple(name for name, kind in frame.schema.items() if not kind.is_nested())
    frame = frame.sort(order, nulls_last=True) if order else frame
    frame.write_parquet(path, compression="zstd", compression_level=3, row_group_size=65_536, statistics=True)
    return TableEntry(rows=frame.height, columns=tuple((n, str(k)) for n, k in frame.schema.items()), keys=keys)


def content_of(files: Mapping[str, FileEntry]) -> str:
    lines = "".join(f"{entry.sha256}  {path}\n" for path, entry in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _known(root: Path, content: str, gates: Sequence[Gate]) -> Release | None:
    """A release of the same content that need not be written again."""
    status = "ready" if all(gate.passed for gate in gates) else "refused"
    now = read_pointer(root)
    for release in reversed(list_releases(root)):
        sealed = release.sealed
        if (sealed.content, sealed.status, sealed.format) == (content, status, FORMAT):
            newest_or_refused = status == "refused" or now is None or release.id >= now.id
            return release if newest_or_refused else None
    return None


def _again(root: Path, known: Release) -> Release | None:
    """What to do with content that is there: finish what a killed publisher left undone, else nothing."""
    now = read_pointer(root)
    if known.sealed.status == "refused":
        return known
    if now is not None and known.id in now:
        return None
    write_pointer(root, Pointer(known.id))
    return known


def _next_id(root: Path, content: str, clock: Clock) -> str:
    """Later than every other, even when the clock was set back or stands still."""
    moment = clock().astimezone(UTC)
    newest = max((release.id for release in list_releases(root)), default="")
    if newest and moment.strftime(STAMP) <= newest.split("-")[0]:
        moment = datetime.strptime(newest.split("-")[0], STAMP).replace(tzinfo=UTC) + timedelta(seconds=1)
    return f"{moment.strftime(STAMP)}-{content[:8]}"


def _reveal(root: Path, beside: Path, manifest: Manifest) -> Release:
    text = json.dumps(manifest.model_dump(mode="json"), indent=1, sort_keys=True)
    (beside / MANIFEST).write_text(text + "\n")
    seal(beside)
    beside.rename(root / manifest.id)
    flush(root)
    if manifest.status == "ready":
        write_pointer(root, Pointer(manifest.id))
    return open_release(root, manifest.id)
