"""Parquet files as the pipeline writes them: whole or not at all, and each saying what it was made from."""

import os
from functools import lru_cache
from pathlib import Path

import polars as pl

Schema = dict[str, pl.DataType | type[pl.DataType]]
INPUTS = "payband.inputs"


def write_frame(frame: pl.DataFrame, path: Path, inputs: str = "") -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never a part, whatever process is killed.

    Not flushed to disk one by one (a third of a small partition's time): frames are made from landed pages, which are,
    and one that a power cut left damaged has no readable inputs, so that it is made again.

    `inputs` names what the frame was made from (a hash); `made_from` reads it back, so that a rerun can
    tell whether anything changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    frame.write_parquet(beside, compression="zstd", compression_level=3, metadata={INPUTS: inputs})
    beside.replace(path)


def made_from(path: Path) -> str | None:
    """The `inputs` that a frame was written with; None when there is no such file, or it is damaged."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return _inputs(path, status.st_ino, status.st_mtime_ns, status.st_size)


def content_mark(path: Path) -> str:
    """What tells a frame from what was there before it: its `inputs`, or when it was written where it has none."""
    if not path.exists():
        return "absent"
    status = path.stat()
    return made_from(path) or f"written {status.st_mtime_ns} {status.st_size}"


@lru_cache(maxsize=100_000)  # every step of a run asks for the same thousands
def _inputs(path: Path, *written: int) -> str | None:
    """`inputs` of the file as it was written then."""
    try:
        return pl.read_parquet_metadata(path).get(INPUTS)
    except (FileNotFoundError, pl.exceptions.ComputeError):
        return None


def forget_read_inputs() -> None:
    """Read each file again when it is asked for, as another process would."""
    _inputs.cache_clear()
