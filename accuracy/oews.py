"""Advertised and offered pay beside what is paid: our medians and those of the official survey (OEWS), by occupation.

Both are medians of a year's pay in the United States. Openings are not jobs, and a data set is no sample of a labour
market: what is reported is how far apart they are, not an error of either. Titles are coded as the pipeline codes
them, to an occupation or to the group that is sure, and that group's rest stands beside the whole group of the survey;
medians are made and withheld as the pipeline makes and withholds them; the survey is the year nearest to the postings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from accuracy.scores import Goal, Score, Scored, at_least, at_most, not_scored, within
from accuracy.sets import Sets
from estimation.pay.figures import Weighed, quantile_with_interval
from estimation.pay.weights import Sample
from estimation.quality import may_publish
from normalisation.full_taxonomies import title_coder
from normalisation.reference.soc import to_soc2018
from normalisation.titles import TitleCoder

OEWS = "salaries/oews_national_2013_2023.parquet"
HOURS = 2080.0
LEAST, MOST = 5_000.0, 5_000_000.0  # a year's pay
FEWEST = 8  # occupations: with fewer nothing is said
BANDS = (("low", 0.0, 0.75), ("middle", 0.75, 1.5), ("high", 1.5, np.inf))  # of the median of all occupations
NEAR, ALIKE, FAIR = at_most(0.35), at_least(0.5), within(-0.5, 0.5)


@dataclass(frozen=True)
class Source:
    """A set of pay: `read` gives title, employer, pay (a year's) of its rows."""

    name: str
    path: str
    year: int
    read: Callable[[pl.DataFrame], pl.DataFrame]


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.replace_all(",", "").cast(pl.Float64, strict=False)


def _data_jobs(rows: pl.DataFrame) -> pl.DataFrame:
    pay = pl.coalesce(_number("salary_year_avg"), HOURS * _number("salary_hour_avg"))
    here = rows.unique().filter(pl.col("job_country") == "United States")
    return here.select(title="job_title", employer="company_name", pay=pay)


def _h2b(rows: pl.DataFrame) -> pl.DataFrame:
    hourly = rows.filter(pl.col("BASIC_UNIT_OF_PAY") == "HR")
    return hourly.select(title="JOB_TITLE", employer="EMPLOYER_NAME", pay=HOURS * _number("BASIC_RATE_OF_PAY"))


SOURCES = (
    Source("data_jobs", "postings/data_jobs_2023_salary_monthly.parquet", 2023, _data_jobs),
    Source("h2b", "salaries/dol_h2b_disclosure_fy2008_2013.parquet", 2013, _h2b),
)


def score(sets: Sets) -> Scored:
    """Median absolute difference and rank correlation of each set, and the bias of all by wage band."""
    official = sets.find(OEWS)
    scores: list[Score] = []
    pairs = []
    coder = title_coder({}) if official else None
    for source in SOURCES:
        path = sets.find(source.path)
        if official is None or path is None or coder is None:
            reason = sets.missing(source.path if path is None else OEWS)
            scores += [not_scored(f"{source.name}_difference", NEAR, reason)]
            scores += [not_scored(f"{source.name}_rank_correlation", ALIKE, reason)]
            continue
        paired = compare(medians(source.read(pl.read_parquet(path)), coder), survey(official, source.year))
        scores += _of_set(source.name, paired)
        pairs.append(paired)
    return Scored([*scores, *_by_band(pairs)])


def medians(rows: pl.DataFrame, coder: TitleCoder) -> pl.DataFrame:
    """occupation_code, median of the occupations and groups answered whose median could be published."""
    coded = rows.with_columns(coder.code_many(rows["title"])["occupation_code"])
    usable = pl.col("pay").is_between(LEAST, MOST) & pl.col("employer").is_not_null()
    kept = coded.filter(usable & pl.col("occupation_code").is_not_null())
    kept = kept.with_columns(pl.col("employer").str.to_lowercase()).sort("occupation_code", "pay", "employer")
    codes = kept["occupation_code"].unique().sort()
    cents = (kept["pay"] * 100).round().cast(pl.Int64).to_numpy()
    cell, employer = (
        column.cast(pl.Enum(column.unique().sort())).to_physical().cast(pl.Int64).to_numpy()
        for column in (kept["occupation_code"], kept["employer"])
    )
    weighed = Weighed.of(Sample(len(codes), cell, employer, cents, cents))
    weight = weighed.measured.weight
    found = quantile_with_interval(weighed.measured, 0.5).value
    shown = may_publish(weight.counts, weight.employer_counts, weighed.weighing.largest) & ~np.isnan(found)
    return pl.DataFrame({"occupation_code": codes, "median": found}).filter(pl.Series(shown))


def survey(path: Path, year: int) -> pl.DataFrame:
    """occupation_code (SOC 2018), official, whole: yearly medians of the nearest year, and that of all occupations."""
    rows = pl.read_parquet(path).with_columns(pl.col("year").cast(pl.Int64), official=_number("a_median"))
    nearest = rows.select((pl.col("year") - year).abs().min()).item()
    rows = rows.filter((pl.col("year") - year).abs() == nearest).filter(pl.col("year") == pl.col("year").min())
    scheme = "soc2010" if rows["year"].min() < 2019 else "soc2018"  # type: ignore[operator]
    whole = rows.filter(pl.col("occ_code") == "00-0000")["official"].first()
    mapped = {code: to_soc2018(f"{scheme}:{code}") for code in rows["occ_code"].unique().sort()}
    return (
        rows.with_columns(pl.col("occ_code").replace_strict(mapped, return_dtype=pl.String).alias("occupation_code"))
        .drop_nulls(["occupation_code", "official"])
        .group_by("occupation_code")
        .agg(pl.col("official").median())
        .with_columns(whole=pl.lit(whole, dtype=pl.Float64))
        .sort("occupation_code")
    )


def compare(ours: pl.DataFrame, official: pl.DataFrame) -> pl.DataFrame:
    """Both medians of each occupation that both have, with difference = ours / official - 1."""
    paired = ours.join(official, on="occupation_code").sort("occupation_code")
    return paired.with_columns(difference=pl.col("median") / pl.col("official") - 1)


def _of_set(name: str, paired: pl.DataFrame) -> list[Score]:
    if paired.height < FEWEST:
        reason = f"not scored: {paired.height} occupations have both medians"
        return [not_scored(f"{name}_difference", NEAR, reason), not_scored(f"{name}_rank_correlation", ALIKE, reason)]
    apart = paired["difference"].abs()
    error = 1.2533 * float(apart.std()) / paired.height**0.5  # type: ignore[arg-type]
    rank = float(stats.spearmanr(paired["median"], paired["official"]).statistic)
    farthest = paired.sort(apart, "occupation_code", descending=[True, False]).head(5)
    shown = [f"{row['occupation_code']}: {row['difference']:+.0%}" for row in farthest.to_dicts()]
    return [
        Score(f"{name}_difference", float(apart.median()), NEAR, paired.height, error, examples=tuple(shown)),  # type: ignore[arg-type]
        Score(f"{name}_rank_correlation", rank, ALIKE, paired.height, (1 - rank**2) / max(paired.height - 1, 1) ** 0.5),
    ]


def _by_band(pairs: list[pl.DataFrame]) -> list[Score]:
    """The median difference of the occupations in each wage band, all sets together."""
    scores = []
    for band, low, high in BANDS:
        name, goal = f"bias_of_{band}_wages", Goal(FAIR.low, FAIR.high)
        ratio = pl.col("official") / pl.col("whole")
        held = pl.concat(pairs).filter((ratio >= low) & (ratio < high))["difference"] if pairs else pl.Series([])
        if len(held) < FEWEST:
            scores.append(not_scored(name, goal, f"not scored: {len(held)} occupations are in this band"))
            continue
        error = 1.2533 * float(held.std()) / len(held) ** 0.5  # type: ignore[arg-type]
        scores.append(Score(name, float(held.median()), goal, len(held), error))  # type: ignore[arg-type]
    return scores
