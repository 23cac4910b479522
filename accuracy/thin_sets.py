"""Real sets of pay in which cells are thinned: what is read of each, and the ladder that its cells climb."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from estimation.pay.ladder import Observations, Rung
from estimation.quantiles import Ints

LEAST, MOST = 1.0, 1e8  # pay outside is no pay, whatever its period
YEARS = (2.0, 5.0, 10.0)  # bounds of the bands of experience


@dataclass(frozen=True)
class ThinSet:
    """A set: `read` makes columns `pay` and the ladders' keys of its file; null keys are in no cell."""

    name: str
    path: str
    read: Callable[[pl.LazyFrame], pl.LazyFrame]
    ladders: tuple[tuple[Rung, ...], ...]


def observations_of(thin_set: ThinSet, path: Path) -> Observations:
    """The set's observations with pay, ascending by it."""
    frame = thin_set.read(pl.scan_parquet(path)).filter(pl.col("pay").is_between(LEAST, MOST)).collect()
    # Equal pay in an order of its own: the file's order decides nothing.
    frame = frame.sort("pay", *(name for name in frame.columns if name != "pay"))
    codes = {name: _codes(frame[name]) for name in frame.columns if name != "pay"}
    return Observations.ranges(frame["pay"].to_numpy(), frame["pay"].to_numpy(), codes)


def _codes(column: pl.Series) -> Ints:
    """Codes of sorted text, -1 for null."""
    values = column.drop_nulls().unique().sort()
    return column.cast(pl.Enum(values)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()


def _text(name: str) -> pl.Expr:
    """A name without case and stray spaces; null where there is none."""
    folded = pl.col(name).cast(pl.String).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(folded != "").then(folded)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.replace_all(",", "").cast(pl.Float64, strict=False)


def _aijobs(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(pl.col("company_location") == "US").select(
        _number("salary_in_usd").alias("pay"),
        _text("job_title").alias("title"),
        _text("experience_level").alias("rank"),
    )


def _data_jobs(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(pl.col("job_country") == "United States").select(
        _number("salary_year_avg").alias("pay"),
        _text("job_title_short").alias("title"),
        pl.col("job_location").str.extract(r", ([A-Z]{2})\b").alias("state"),
    )


def _h2b(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(_text("BASIC_UNIT_OF_PAY").str.starts_with("h")).select(
        _number("BASIC_RATE_OF_PAY").alias("pay"),
        _text("JOB_TITLE").alias("title"),
        _text("ALIEN_WORK_STATE").alias("state"),
    )


def _ats(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(
        _number("salary_mid_usd").alias("pay"), _text("seniority").alias("rank"), _text("region").alias("state")
    )


def _levels(rows: pl.LazyFrame) -> pl.LazyFrame:
    years = _number("yearsofexperience")
    band = pl.sum_horizontal((years >= bound).cast(pl.Int8) for bound in YEARS).cast(pl.String)
    return rows.select(
        _number("totalyearlycompensation").alias("pay"),
        _text("company").alias("company"),
        _text("title").alias("title"),
        _text("location").alias("state"),
        pl.when(years.is_not_null()).then(band).alias("rank"),
    )


def _two_ways(outer: str, inner: str) -> tuple[Rung, ...]:
    """The whole, cells of `outer`, and those split by `inner`, whose own effect the cells beside tell."""
    return (Rung(()), Rung((outer,), ((),)), Rung((outer, inner), ((outer,),), (inner,)))


def _of_companies(split: str) -> tuple[Rung, ...]:
    """Titles, those in companies, and those split: what the split makes in other companies stands beside."""
    return (
        Rung(()),
        Rung(("title",), ((),)),
        Rung(("title", "company"), (("title",),), ("company",)),
        Rung(("title", "company", split), (("title", "company"),), ("title", split)),
    )


SETS = (
    ThinSet("aijobs", "salaries/aijobs_salaries_2024_07_28.parquet", _aijobs, (_two_ways("rank", "title"),)),
    ThinSet("data_jobs", "postings/data_jobs_2023_salary_monthly.parquet", _data_jobs, (_two_ways("title", "state"),)),
    ThinSet("h2b", "salaries/dol_h2b_disclosure_fy2008_2013.parquet", _h2b, (_two_ways("title", "state"),)),
    ThinSet("ats_tech", "postings/ats_tech_jobs_2026.parquet", _ats, (_two_ways("rank", "state"),)),
    ThinSet("levels", "eval/salaries_levels.parquet", _levels, (_of_companies("rank"), _of_companies("state"))),
)
