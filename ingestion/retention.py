"""Removing what may not be kept: what is past its source's retention, and everything of a source taken down."""

import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ingestion.landed_pages import landed, record_path, replaced_path
from ingestion.sources import SourceSpec
from kit.store import Store

LAYERS = ("canonical", "normalised")


@dataclass(frozen=True)
class Removed:
    """What was removed: capture days, files of rows, raw bodies, and bytes."""

    days: int
    files: int
    bodies: int
    bytes: int


def expire(store: Store, specs: list[SourceSpec], today: date) -> Removed:
    """Remove every capture day older than its source's `rights.retention_days`; a source without one keeps all."""
    kept = {spec.name: today - timedelta(spec.rights.retention_days) for spec in specs if spec.rights.retention_days}
    return _remove(store, [(name, day) for name, day in landed(store) if name in kept and day < kept[name]])


def take_down(store: Store, source: str) -> Removed:
    """Remove all that a source ever gave, whatever its retention. The next run takes it out of openings and figures."""
    removed = _remove(store, [(name, day) for name, day in landed(store) if name == source])
    for top in (store.landing, *(store.root / layer for layer in LAYERS)):
        for folder in list(top.rglob(f"source={source}")):
            shutil.rmtree(folder)
    return removed


def forget_replaced(store: Store, needed: Collection[str]) -> Removed:
    """Remove what landed once and was replaced since, but for records whose `inputs` are `needed` by a release."""
    found = sorted((store.landing / "replaced").glob("source=*/*/*.json"))
    gone = [path for path in found if path.stem not in needed]
    size = sum(path.stat().st_size for path in gone)
    for path in gone:
        path.unlink()
    bodies, freed = _sweep(store) if gone else (0, 0)
    return Removed(0, len(gone), bodies, size + freed)


def _remove(store: Store, partitions: list[tuple[str, date]]) -> Removed:
    """Rows first and the record that names the raw pages last, so that a run killed between is finished by the next."""
    files, size = 0, 0
    for source, day in partitions:
        for path in _files(store, source, day):
            size += path.stat().st_size
            files += 1
            path.unlink()
        shutil.rmtree(replaced_path(store, source, day, "").parent, ignore_errors=True)
        record_path(store, source, day).unlink()
    bodies, freed = _sweep(store)
    return Removed(len(partitions), files, bodies, size + freed)


def _files(store: Store, source: str, day: date) -> Iterator[Path]:
    for layer in LAYERS:
        yield from (store.root / layer).glob(f"*/source={source}/{day:%Y-%m-%d}.*")


def _sweep(store: Store) -> tuple[int, int]:
    """Remove bodies that no record names any more; another source may have sent the same one."""
    records = [path for kind in ("pages", "replaced") for path in (store.landing / kind).rglob("*.json")]
    named = {page["sha256"] for path in records for page in json.loads(path.read_bytes())["pages"]}
    removed, size = 0, 0
    for path in (store.landing / "blobs").glob("*/*.zst"):
        if path.name.removesuffix(".zst") not in named:
            size += path.stat().st_size
            removed += 1
            path.unlink()
    return removed, size
