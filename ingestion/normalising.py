"""Canonical partitions to normalised ones, in bulk, on as many processes as asked for.

A partition is current while its files say that they were made from the present canonical files by the present taxonomy
and rules; only others are worked on. Small partitions are normalised together, because every step costs something
however few its rows; a large one is read a slice at a time. So memory does not grow with the size of a partition.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed, wait
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from ingestion.schema import FRAMES as CANONICAL
from kit.errors import PaybandError, Permanent
from kit.frames import content_mark, made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store
from kit.workers import worker_pool
from normalisation import taxonomy as taxonomies
from normalisation.pipeline import normalise_postings, normalise_salaries
from normalisation.schema import FRAMES
from normalisation.taxonomy import BUILT_IN_VERSION, Taxonomy

BATCH_ROWS = 8_000  # normalised at a time: large enough to be fast, small enough for the processor's cache
INPUT_FRAMES = ("postings", "salaries")

Partition = tuple[str, date]
Work = list[tuple[Partition, str]]  # partitions with what their files will be made from
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NormaliseReport:
    """What became of one partition; `skipped` when it was current already."""

    source: str
    day: date
    skipped: bool
    postings: int = 0
    posting_skills: int = 0
    salaries: int = 0


def is_current(store: Store, taxonomy_version: str, partition: Partition) -> bool:
    """Whether every normalised file of the partition was made from what is there now."""
    wanted, needed = _inputs(store, taxonomy_version, partition), _needed(store, partition)
    if any(store.partition("normalised", frame, *partition).exists() for frame in FRAMES.keys() - set(needed)):
        return False
    return all(made_from(store.partition("normalised", frame, *partition)) == wanted for frame in needed)


def _needed(store: Store, partition: Partition) -> list[str]:
    """The frames of a partition: salaries only of sources that give them. A thousand empty files take long to read."""
    given = store.partition("canonical", "salaries", *partition).exists()
    return [frame for frame in FRAMES if frame != "salaries" or given]


def normalise_partitions(
    store: Store,
    taxonomy: Taxonomy | Path,
    partitions: Sequence[Partition],
    workers: int = 1,
    on_progress: Progress | None = None,
) -> list[NormaliseReport]:
    """Normalise those partitions that are not current; one report each, in their order.

    `taxonomy` is the folder of a saved one, or the object itself, which stays in this process: several workers need
    the folder. Raises kit.errors.PaybandError naming the partitions at fault; those done before stay done.
    """
    version = taxonomies.version(taxonomy) if isinstance(taxonomy, Path) else taxonomy.version
    todo = [(each, _inputs(store, version, each)) for each in partitions if not is_current(store, version, each)]
    reports = {partition: NormaliseReport(*partition, skipped=True) for partition in partitions}
    done = len(reports) - len(todo)
    for finished in _worked(store, taxonomy, version, _batches(store, todo), workers):
        reports |= {(report.source, report.day): report for report in finished}
        done += len(finished)
        if on_progress is not None:
            on_progress(done, len(reports))
    return [reports[partition] for partition in partitions]


def _worked(
    store: Store, taxonomy: Taxonomy | Path, version: str, batches: list[Work], workers: int
) -> Iterator[list[NormaliseReport]]:
    if workers < 2 or len(batches) < 2 or isinstance(taxonomy, Taxonomy):
        for batch in batches:
            yield _batch(store, taxonomy, version, batch)
        return
    with worker_pool(workers) as pool:
        futures = [pool.submit(_batch, store, taxonomy, version, batch) for batch in batches]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:  # after a failure nothing is begun any more, and nobody writes once the caller goes on
            for future in futures:
                future.cancel()
            wait(futures)


def _batches(store: Store, todo: Work) -> list[Work]:
    """Neighbouring partitions together until they have enough rows."""
    batches: list[Work] = []
    filled = 0
    for partition, inputs in todo:
        rows = sum(_height(store.partition("canonical", frame, *partition)) for frame in INPUT_FRAMES)
        if not batches or filled + rows > BATCH_ROWS:
            batches.append([])
            filled = 0
        batches[-1].append((partition, inputs))
        filled += rows
    return batches


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path, hive_partitioning=False).select(pl.len()).collect().item()) if path.exists() else 0


def _inputs(store: Store, taxonomy_version: str, partition: Partition) -> str:
    """A hash of all that a partition's normalised files are made from."""
    made = [content_mark(store.partition("canonical", frame, *partition)) for frame in INPUT_FRAMES]
    return content_hash("\n".join([*made, taxonomy_version, BUILT_IN_VERSION]).encode())


@lru_cache(maxsize=1)
def _loaded(folder: Path, version: str) -> Taxonomy:
    """The taxonomy in `folder`, read again when it has another version: a process outlives many."""
    return taxonomies.load(folder)


def _batch(store: Store, taxonomy: Taxonomy | Path, version: str, batch: Work) -> list[NormaliseReport]:
    """Normalise some partitions and write every frame of each that it needs, without rows too."""
    partitions = [partition for partition, _ in batch]
    try:
        loaded = _loaded(taxonomy, version) if isinstance(taxonomy, Path) else taxonomy
        frames = _normalised(store, loaded, partitions)
    except PaybandError:
        raise
    except Exception as error:
        named = ", ".join(f"{source} of {day}" for source, day in partitions)
        raise Permanent(f"normalising {named} failed: {error!r}") from error
    return [_write(store, partition, inputs, frames) for partition, inputs in batch]


def _write(
    store: Store, partition: Partition, inputs: str, frames: dict[str, dict[Partition, pl.DataFrame]]
) -> NormaliseReport:
    counts, needed = Counter[str](), _needed(store, partition)
    for name, schema in FRAMES.items():
        path = store.partition("normalised", name, *partition)
        if name not in needed:  # a source that gave salaries once, and no longer does
            path.unlink(missing_ok=True)
            continue
        frame = frames[name].get(partition, pl.DataFrame(schema=schema))
        write_frame(frame, path, inputs)
        counts[name] = len(frame)
    return NormaliseReport(*partition, False, counts["postings"], counts["posting_skills"], counts["salaries"])


def _normalised(
    store: Store, taxonomy: Taxonomy, partitions: Sequence[Partition]
) -> dict[str, dict[Partition, pl.DataFrame]]:
    """Each frame's rows by partition; a partition without rows in a frame is left out there."""
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in FRAMES}
    for rows in _slices(store, "postings", partitions):
        made = normalise_postings(rows, taxonomy)
        for name in ("postings", "posting_skills", "fingerprints"):
            parts[name].append(getattr(made, name))
    for rows in _slices(store, "salaries", partitions):
        parts["salaries"].append(normalise_salaries(rows, taxonomy))
    return {name: _by_partition(frames) for name, frames in parts.items()}


def _slices(store: Store, frame: str, partitions: Iterable[Partition]) -> Iterator[pl.DataFrame]:
    """The partitions' canonical rows, BATCH_ROWS at a time."""
    paths = [path for each in partitions if (path := store.partition("canonical", frame, *each)).exists()]
    if not paths:
        return
    rows = pl.scan_parquet(paths, hive_partitioning=False).select(list(CANONICAL[frame]))
    height = sum(map(_height, paths))
    for start in range(0, height, BATCH_ROWS):
        yield rows.slice(start, BATCH_ROWS).collect()


def _by_partition(frames: list[pl.DataFrame]) -> dict[Partition, pl.DataFrame]:
    if not frames:
        return {}
    parts = pl.concat(frames).partition_by("source", "captured_on", as_dict=True, maintain_order=True)
    return {(str(source), day): part for (source, day), part in parts.items()}
