"""Published weekly series of job postings, from whatever index files a data folder holds under truth/."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

PATTERN = "truth/indeed_postings_index*.parquet"
VALUE = "indeed_job_postings_index"  # how the column of the index begins; _SA is taken before others


@dataclass(frozen=True)
class Weekly:
    """Series x weeks, all of the same weeks; `last_days` are the last day of each week."""

    names: list[str]
    values: Floats
    last_days: pl.Series
    left_out: int  # series with a hole in these weeks


def read_weekly(data: Path) -> Weekly | None:
    """Every index series of `data`, as means of weeks that end on the newest day that all files have; None: no file.

    A file has a column `date`, one or more that begin with VALUE, and columns that tell series apart (country, state,
    sector ...; those of the file itself begin with `file_`). Of total and new postings the total is taken.
    """
    paths = sorted(data.glob(PATTERN))
    if not paths:
        return None
    daily = [_daily(pl.read_parquet(path), path.stem) for path in paths]
    last = min(frame["day"].max() for frame in daily)  # type: ignore[type-var]
    weekly = (
        pl.concat(daily)
        .filter(pl.col("day") <= last)
        .group_by("series", ((pl.lit(last) - pl.col("day")).dt.total_days() // 7).alias("weeks_back"))
        .agg(pl.col("value").mean(), pl.len().alias("days"))
        .filter(pl.col("days") == 7)
    )
    return _matrix(weekly, last)


def _daily(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    values = [name for name in frame.columns if name.startswith(VALUE)]
    value = next((name for name in values if name.endswith("_SA")), values[0])
    if "variable" in frame.columns:
        frame = frame.filter(pl.col("variable") == "total postings")
    told = [name for name in frame.columns if name not in (*values, "date") and not name.startswith("file_")]
    return frame.select(
        pl.concat_str(pl.lit(file), *told, separator=" ", ignore_nulls=True).alias("series"),
        pl.col("date").cast(pl.String).str.to_date().alias("day"),
        pl.col(value).cast(pl.Float64, strict=False).alias("value"),
    ).drop_nulls()


def _matrix(weekly: pl.DataFrame, last: object) -> Weekly:
    """The weeks that the typical series has, and the series that have all of them."""
    counts = weekly.group_by("series").agg(pl.len().alias("weeks")).sort("series")
    wanted = int(counts["weeks"].median())  # type: ignore[arg-type]
    table = (
        weekly.filter(pl.col("weeks_back") < wanted)
        .sort("series", "weeks_back")
        .pivot(on="series", index="weeks_back", values="value", maintain_order=True)
        .sort("weeks_back", descending=True)
    )
    names = [name for name in sorted(counts["series"]) if name in table.columns and not table[name].has_nulls()]
    days = table.select((pl.lit(last) - pl.duration(days=7 * pl.col("weeks_back"))).alias("day"))["day"]
    return Weekly(names, table.select(names).to_numpy().T, days, len(counts) - len(names))
