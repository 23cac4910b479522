"""Canonical partitions to normalised ones, in bulk, on as many processes as asked for.

A partition is current while its files say that they were made from the present canonical files by the present taxonomy
and rules; only others are worked on. Each partition is read a slice at a time, so memory does not grow with its size.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from ingestion.schema import FRAMES as CANONICAL
from kit.errors import PaybandError, Permanent
from kit.frames import made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store
from normalisation import taxonomy as taxonomies
from normalisation.pipeline import normalise_postings, normalise_salaries
from normalisation.schema import FRAMES
from normalisation.taxonomy import BUILT_IN_VERSION, Taxonomy

SLICE_ROWS = 10_000
BATCH_BYTES = 8 << 20  # partitions smaller than this together go to a process as one piece of work
INPUT_FRAMES = ("postings", "salaries")

Partition = tuple[str, date]
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
    wanted = _inputs(store, taxonomy_version, partition)
    return all(made_from(store.partition("normalised", frame, *partition)) == wanted for frame in FRAMES)


def normalise_partitions(
    store: Store,
    taxonomy: Taxonomy | Path,
    partitions: Sequence[Partition],
    workers: int = 1,
    on_progress: Progress | None = None,
) -> list[NormaliseReport]:
    """Normalise those partitions that are not current; one report each, in their order.

    `taxonomy` is the folder of a saved one, or the object itself, which stays in this process: several workers need
    the folder. Raises kit.errors.PaybandError naming the partition at fault; those done before it stay done.
    """
    version = taxonomies.version(taxonomy) if isinstance(taxonomy, Path) else taxonomy.version
    todo = [partition for partition in partitions if not is_current(store, version, partition)]
    reports = {partition: NormaliseReport(*partition, skipped=True) for partition in partitions}
    done = len(reports) - len(todo)
    for finished in _worked(store, taxonomy, _batches(store, todo, workers), workers):
        reports |= {(report.source, report.day): report for report in finished}
        done += len(finished)
        if on_progress is not None:
            on_progress(done, len(reports))
    return [reports[partition] for partition in partitions]


def _worked(
    store: Store, taxonomy: Taxonomy | Path, batches: list[list[Partition]], workers: int
) -> Iterator[list[NormaliseReport]]:
    if workers > 1 and len(batches) > 1 and isinstance(taxonomy, Path):
        context = multiprocessing.get_context("spawn")  # polars has threads, which a fork would lose
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = [pool.submit(_batch, store, taxonomy, batch) for batch in batches]
            try:
                for future in as_completed(futures):
                    yield future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return
    loaded = _loaded(taxonomy) if isinstance(taxonomy, Path) and batches else taxonomy
    for batch in batches:
        yield [_partition(store, loaded, partition) for partition in batch]  # type: ignore[arg-type]


def _batch(store: Store, folder: Path, batch: list[Partition]) -> list[NormaliseReport]:
    """One piece of work in a process of its own."""
    return [_partition(store, _loaded(folder), partition) for partition in batch]


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Taxonomy:
    return taxonomies.load(folder)


def _batches(store: Store, partitions: list[Partition], workers: int) -> list[list[Partition]]:
    """Neighbouring partitions together until they are worth the way to another process."""
    sizes = [sum(_size(store.partition("canonical", frame, *each)) for frame in INPUT_FRAMES) for each in partitions]
    enough = min(BATCH_BYTES, sum(sizes) // (4 * workers) + 1)
    batches: list[list[Partition]] = []
    filled = enough
    for partition, size in zip(partitions, sizes, strict=True):
        if filled >= enough:
            batches.append([])
            filled = 0
        batches[-1].append(partition)
        filled += size
    return batches


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _inputs(store: Store, taxonomy_version: str, partition: Partition) -> str:
    """A hash of all that a partition's normalised files are made from."""
    made = [str(_said(store.partition("canonical", frame, *partition))) for frame in INPUT_FRAMES]
    return content_hash("\n".join([*made, taxonomy_version, BUILT_IN_VERSION]).encode())


def _said(path: Path) -> str | None:
    """What a canonical file was made from; one that does not say counts as new whenever it is written again."""
    made = made_from(path)
    if made == "":
        status = path.stat()
        return f"written {status.st_mtime_ns} {status.st_size}"
    return made


def _partition(store: Store, taxonomy: Taxonomy, partition: Partition) -> NormaliseReport:
    """Normalise one partition and write every frame of it, those without rows too."""
    inputs = _inputs(store, taxonomy.version, partition)
    try:
        frames = _normalised(store, taxonomy, partition)
    except PaybandError:
        raise
    except Exception as error:
        raise Permanent(f"normalising {partition[0]} of {partition[1]} failed: {error!r}") from error
    for name, frame in frames.items():
        write_frame(frame, store.partition("normalised", name, *partition), inputs)
    counts = {name: len(frame) for name, frame in frames.items() if name != "fingerprints"}
    return NormaliseReport(*partition, skipped=False, **counts)


def _normalised(store: Store, taxonomy: Taxonomy, partition: Partition) -> dict[str, pl.DataFrame]:
    parts: dict[str, list[pl.DataFrame]] = {name: [pl.DataFrame(schema=schema)] for name, schema in FRAMES.items()}
    for rows in _slices(store, "postings", partition):
        made = normalise_postings(rows, taxonomy)
        for name in ("postings", "posting_skills", "fingerprints"):
            parts[name].append(getattr(made, name))
    for rows in _slices(store, "salaries", partition):
        parts["salaries"].append(normalise_salaries(rows, taxonomy))
    return {name: pl.concat(frames) for name, frames in parts.items()}


def _slices(store: Store, frame: str, partition: Partition) -> Iterator[pl.DataFrame]:
    """The canonical rows of a partition, some thousands at a time; none where the source has no such rows."""
    path = store.partition("canonical", frame, *partition)
    if not path.exists():
        return
    rows = pl.scan_parquet(path, hive_partitioning=False).select(list(CANONICAL[frame]))
    height = rows.select(pl.len()).collect().item()
    for start in range(0, height, SLICE_ROWS):
        yield rows.slice(start, SLICE_ROWS).collect()
