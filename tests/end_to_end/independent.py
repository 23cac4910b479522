"""Figures straight from the files of the real data sets, by plain SQL and one root of a sum: nothing of ours.

Every function takes the folder of the data sets. Pay is a year's: hourly rates at 2,080 hours in the US.
"""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import yaml
from scipy.optimize import brentq

# The country label of the US rows that a search artefact calls otherwise.
US_LABELS = "('United States', 'Sudan')"
NUMBERS = tuple(
    f"{kind}_{level}" for kind in ("annual", "hourly") for level in ("mean", "p10", "p25", "median", "p75", "p90")
)


def _frame(sql: str) -> pl.DataFrame:
    with duckdb.connect() as connection:
        return connection.sql(sql).pl()


def rows_of_sets(data: Path, sources: Path) -> dict[str, int]:
    """How many rows the file of each source has."""
    listed = yaml.safe_load(sources.read_text())["sources"]
    paths = {one["name"]: data / one["options"]["path"] for one in listed}
    return {name: pl.scan_parquet(path).select(pl.len()).collect().item() for name, path in paths.items()}


def data_jobs_2023(data: Path, titles: str) -> tuple[int, float]:
    """US postings of 2023 whose lower-case title matches `titles`: how many, and their median pay."""
    return _frame(f"""
        select count(*) as n,
               median(coalesce(try_cast(salary_year_avg as double), 2080 * try_cast(salary_hour_avg as double))) as pay
        from (select distinct * from '{data}/postings/data_jobs_2023_salary_monthly.parquet')
        where job_country in {US_LABELS} and regexp_matches(lower(job_title), '{titles}')
    """).row(0)


def data_jobs_skills(data: Path, titles: str) -> dict[str, float]:
    """The share of those postings that list each skill, by the collector's name for it."""
    found = _frame(f"""
        with rows as (
            select row_number() over () as id, coalesce(job_skills, '') as skills
            from (select distinct * from '{data}/postings/data_jobs_2023_salary_monthly.parquet')
            where job_country in {US_LABELS} and regexp_matches(lower(job_title), '{titles}')
        ),
        listed as (
            select distinct id, trim(unnest(string_split(skills, ',')), ' ''[]') as skill from rows
        )
        select skill, count(*) / (select count(*) from rows) as share
        from listed where skill <> '' group by skill
    """)
    return dict(found.iter_rows())


def pay_of_ats(data: Path) -> pl.DataFrame:
    """id, low, high, pay: each yearly range in US dollars and its middle, wherever the posting is."""
    return _frame(f"""
        select job_uid as id, try_cast(salary_min_orig as double) as low, try_cast(salary_max_orig as double) as high,
               (low + high) / 2 as pay
        from '{data}/postings/ats_tech_jobs_2026.parquet'
        where currency_original = 'USD' and salary_interval_orig ilike '%year%'
          and salary_min_usd is not null and pay is not null
    """)


def median_of_spread(ranges: pl.DataFrame) -> float:
    """The median of pay that lies evenly anywhere in each range of columns low, high: half of it is below."""
    low, high = (ranges[name].to_numpy() for name in ("low", "high"))
    width = np.maximum(high - low, 0.01)

    def share_below(pay: float) -> float:
        return float(np.clip((pay - low) / width, 0, 1).mean()) - 0.5

    return float(brentq(share_below, low.min(), high.max()))


def pay_of_nhs(data: Path) -> pl.DataFrame:
    """id, title, and the numbers that the employer entered with their middle, where the pay text speaks of a year."""
    return _frame(f"""
        select file_id as id, lower(title) as title,
               try_cast(salary_min as double) as low, try_cast(salary_max as double) as high, (low + high) / 2 as pay
        from '{data}/postings/nhs_jobs_2020_11.parquet'
        where regexp_matches(lower(salary_text), 'per annum|a year|per year|\\bpa\\b|p\\.a') and pay is not null
          and not regexp_matches(lower(salary_text), 'hour|day|week|month|session|\\bph\\b')
    """)


def pay_of_h2b(data: Path) -> pl.DataFrame:
    """id, year (of the decision), title, pay: hourly offers of certified cases."""
    return _frame(f"""
        select CASE_NO as id, lower(JOB_TITLE) as title, 2080 * try_cast(BASIC_RATE_OF_PAY as double) as pay,
               year(coalesce(try_strptime(DECISION_DATE, '%m/%d/%y'), try_strptime(DECISION_DATE, '%d-%b-%y'))) as year
        from '{data}/salaries/dol_h2b_disclosure_fy2008_2013.parquet'
        where BASIC_UNIT_OF_PAY = 'HR' and CASE_STATUS in ('CERTIFIED', 'PARTIAL CERTIFIED') and pay > 0
    """)


def oews_national(data: Path) -> pl.DataFrame:
    """year, code, and every mean and percentile as the text of the file, under the published names."""
    columns = ", ".join(f"{name[0]}_{name.split('_')[1].replace('p', 'pct')} as {name}" for name in NUMBERS)
    return _frame(f"""
        select distinct year, occ_code as code, {columns} from '{data}/salaries/oews_national_2013_2023.parquet'
    """)


def oews_washington(data: Path) -> pl.DataFrame:
    """area, code, hourly figures and the yearly mean, as the texts of the file."""
    return _frame(f"""
        select "Area name" as area, "SOC code" as code, "Average wage" as hourly_mean, "25th Percentile" as hourly_p25,
               "50th Percentile" as hourly_median, "75th Percentile" as hourly_p75, "Annual wage" as annual_mean
        from '{data}/salaries/oews_washington_state_2022.parquet'
    """)


def distinct_ads(data: Path, file: str, employer: str, title: str) -> int:
    """Distinct pairs of employer and title: about the fewest openings that a set can hold."""
    return int(
        _frame(f"""
            select count(distinct (lower("{employer}"), lower("{title}"))) as n from '{data}/postings/{file}.parquet'
        """).item()
    )
