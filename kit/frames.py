"""Parquet files as the pipeline writes them: whole or not at all, and each saying what it was made from."""

import os
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
        return pl.read_parquet_metadata(path).get(INPUTS)
    except (FileNotFoundError, pl.exceptions.ComputeError):
        return None
