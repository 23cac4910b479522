"""The whole pipeline on the real data sets: what it publishes against figures computed without it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from kit.store import Store
from tests.end_to_end import independent
from tests.end_to_end.shared_runs import SOURCES, band, openings_with_pay, rows, run

pytestmark = [
    pytest.mark.deep,
    pytest.mark.timeout(1500),
    pytest.mark.filterwarnings("ignore"),  # Dagster, dbt and Great Expectations warn about each other
]

# The reading of titles is a method of its own: a cell need not hold quite the postings whose titles match a pattern,
# and holds none whose occupation is not sure ("Financial Data Analyst").
MEDIAN_MAY_DIFFER, COUNT_MAY_DIFFER, SHARE_MAY_DIFFER = 0.05, 0.25, 0.04
DATA_SCIENTISTS = "data (scientist|analyst)"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A store with every set, filled once for the module; nothing but the rerun's test writes to it."""
    folder = tmp_path_factory.mktemp("all_sets") / "store"
    assert run(folder, SOURCES, shared_data).published
    return folder


@pytest.fixture(scope="module")
def warehouse(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(Store(store).warehouse), read_only=True) as connection:
        yield connection


# ---- every record


def test_every_row_of_every_set_is_accounted_for(store: Path, shared_data: Path) -> None:
    counts = pl.read_parquet(Store(store).root / "canonical" / "counts" / "*" / "*.parquet")
    totals = counts.group_by("source").agg(pl.col("landed", "canonical", "rejected", "repeats").sum())
    assert dict(totals.select("source", "landed").iter_rows()) == independent.rows_of_sets(shared_data, SOURCES)
    assert totals.filter(pl.col("landed") != pl.col("canonical") + pl.col("rejected") + pl.col("repeats")).is_empty()


def test_every_posting_is_in_one_opening(warehouse: duckdb.DuckDBPyConnection) -> None:
    counted = rows(
        warehouse,
        """select
            (select count(*) from staging.stg_openings__members) as members,
            (select count(distinct posting_id) from staging.stg_openings__members) as distinct_members,
            (select count(*) from intermediate.int_postings__admitted) as postings,
            (select count(opening_id) from intermediate.int_openings__members) as in_an_opening,
            (select sum(n_postings) from core.fct_openings) as of_openings,
            (select sum(n_postings) from api.mart_sources) as published,
            (select count(*) from core.fct_openings) as openings,
            (select sum(n_openings) from api.mart_sources) as published_openings""",
    ).row(0, named=True)
    assert counted["members"] == counted["distinct_members"] == counted["postings"] == counted["in_an_opening"]
    assert counted["of_openings"] == counted["postings"] == counted["published"] > 100_000
    assert counted["openings"] == counted["published_openings"]


@pytest.mark.parametrize(
    ("source", "file", "employer", "title"),
    [
        ("data_jobs_2023", "data_jobs_2023_salary_monthly", "company_name", "job_title"),
        ("ats_tech_jobs_2026", "ats_tech_jobs_2026", "company", "title"),
        ("nhs_jobs_2020", "nhs_jobs_2020_11", "company", "title"),
        ("tech_companies_2026", "tech_companies_boards_2026_02", "company", "title"),
        ("adzuna_uk_2016", "adzuna_uk_api_2016_2017", "company.display_name", "title"),
    ],
)
def test_openings_lie_between_distinct_ads_and_postings(
    warehouse: duckdb.DuckDBPyConnection, shared_data: Path, source: str, file: str, employer: str, title: str
) -> None:
    told = rows(warehouse, f"from api.mart_sources where source = '{source}'").row(0, named=True)
    fewest = independent.distinct_ads(shared_data, file, employer, title)
    assert 0.95 * fewest <= told["n_openings"] <= told["n_postings"]


# ---- pay


def test_pay_of_each_ats_opening_is_what_the_file_says(warehouse: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    ours = openings_with_pay(warehouse, "ats_tech_jobs_2026").filter(
        (pl.col("country") == "US") & (pl.col("pay_period") == "year")
    )
    both = ours.join(independent.pay_of_ats(shared_data), on="id")
    assert both.height > 2_000
    assert both.filter((pl.col("pay_annual") - pl.col("pay")).abs() > 0.01).is_empty()


def test_the_median_of_software_developers_in_2026_is_that_of_their_file_rows(
    warehouse: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    told = band(warehouse, "2026", "advertised", "15-1252", "us")
    ours = openings_with_pay(warehouse, "ats_tech_jobs_2026").filter(
        (pl.col("country") == "US") & (pl.col("opened_on").dt.year() == 2026) & (pl.col("occupation_code") == "15-1252")
    )
    both = ours.join(independent.pay_of_ats(shared_data), on="id")
    assert both.height >= 0.99 * told["n_observations"]
    assert told["p50"] == pytest.approx(independent.median_of_spread(both), rel=0.005)


def test_pay_of_each_nhs_opening_is_what_the_employer_entered(
    warehouse: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    ours = openings_with_pay(warehouse, "nhs_jobs_2020").filter(pl.col("country") == "GB")
    both = ours.join(independent.pay_of_nhs(shared_data), on="id", suffix="_there")
    same = both.filter((pl.col("pay_annual") - pl.col("pay")).abs() <= 0.01)
    assert both.height > 4_000
    assert same.height >= 0.99 * both.height
    nurses = independent.pay_of_nhs(shared_data).filter(pl.col("title").str.contains(r"\bstaff nurse"))
    told = band(warehouse, "2020", "advertised", "29-1141", "gb")
    assert told["currency"] == "GBP"
    assert told["p50"] == pytest.approx(independent.median_of_spread(nurses), rel=MEDIAN_MAY_DIFFER)


@pytest.mark.parametrize("year", [2008, 2009, 2010])
def test_offers_to_landscapers(warehouse: duckdb.DuckDBPyConnection, shared_data: Path, year: int) -> None:
    filed = independent.pay_of_h2b(shared_data).filter(
        (pl.col("year") == year) & pl.col("title").str.contains("landscap") & (pl.col("pay") < 500_000)
    )
    told = band(warehouse, str(year), "offered", "37-3011", "us")
    assert told["p50"] == pytest.approx(filed["pay"].median(), rel=MEDIAN_MAY_DIFFER)


def test_data_scientists_of_2023(warehouse: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    n, median = independent.data_jobs_2023(shared_data, DATA_SCIENTISTS)
    told = band(warehouse, "2023", "advertised", "15-2051", "us")
    assert told["n_observations"] == pytest.approx(n, rel=COUNT_MAY_DIFFER)
    assert told["p50"] == pytest.approx(median, rel=MEDIAN_MAY_DIFFER)


# ---- skills


def test_skills_that_data_scientists_need(warehouse: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    told = rows(
        warehouse,
        "from api.mart_skill_demand where period = '2023' and occupation_code = '15-2051' and place_id = 'us'",
    )
    shares = dict(told.select("skill_name", "share").iter_rows())
    listed = independent.data_jobs_skills(shared_data, DATA_SCIENTISTS)
    names = {"SQL": "sql", "Python": "python", "Amazon Web Services": "aws", "Microsoft Azure": "azure", "R": "r"}
    names |= {"Snowflake": "snowflake", "Java": "java", "Tableau": "tableau", "SAS": "sas", "PyTorch": "pytorch"}
    for ours, theirs in names.items():
        assert shares[ours] == pytest.approx(listed[theirs], abs=SHARE_MAY_DIFFER), ours
    first = sorted(listed, key=lambda skill: -listed[skill])[:3]
    assert [
        names[name] for name in told.drop_nulls("skill_rank").sort("skill_rank")["skill_name"].to_list()[:3]
    ] == first


def test_every_occupation_with_a_figure_is_one_of_the_taxonomy(warehouse: duckdb.DuckDBPyConnection) -> None:
    cells = rows(warehouse, "from api.mart_coverage where occupation_level <> 'all'")
    known = rows(warehouse, "from core.dim_occupations where occupation_title is not null")["occupation_code"]
    assert cells["occupation_code"].n_unique() > 500
    assert cells.filter(~pl.col("occupation_code").is_in(known.implode())).is_empty()


def test_advertisements_of_a_national_board_stay_in_the_country(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Places of the same name abroad are no places of theirs; the Channel Islands have a country code of their own."""
    told = rows(
        warehouse,
        """select source, count(*) filter (country not in ('GB', 'JE', 'GG', 'IM')) / count(*) as abroad
           from core.fct_job_postings
           where source in ('nhs_jobs_2020', 'adzuna_uk_2013', 'adzuna_uk_2016') group by source""",
    )
    assert told.height == 3
    assert told.filter(pl.col("abroad") > 0.004).is_empty()


# ---- official statistics


def test_national_wages_are_those_of_the_file(warehouse: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    ours = rows(warehouse, "from api.mart_wage_statistics where source = 'oews_national'").with_columns(
        code=pl.col("occupation_code").str.replace("^.*:", ""), year=pl.col("statistic_year")
    )
    both = ours.join(independent.oews_national(shared_data), on=["year", "code"], suffix="_there")
    assert both.height == ours.height > 13_000
    for name in independent.NUMBERS:
        text = pl.col(f"{name}_there").str.replace_all(",", "")
        number = text.cast(pl.Float64, strict=False)
        assert both.filter(pl.col(name).ne_missing(number)).is_empty(), name
        marked = both.filter(number.is_null() & text.is_in(["*", "**", "#"]))
        assert not marked.is_empty()
        told = pl.col("withheld").str.split(" ").list.contains(pl.concat_str(pl.lit(f"{name}="), text))
        assert marked.filter(told.not_() | told.is_null()).is_empty(), name


def test_washington_keeps_its_hourly_quartiles(warehouse: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    ours = rows(warehouse, "from api.mart_wage_statistics where source = 'oews_washington'").with_columns(
        code=pl.col("occupation_code").str.replace("^.*:", ""), area=pl.col("area_name")
    )
    both = ours.join(independent.oews_washington(shared_data), on=["area", "code"], suffix="_there")
    assert both.height == ours.height
    for name in ("hourly_mean", "hourly_p25", "hourly_median", "hourly_p75", "annual_mean"):
        there = pl.col(f"{name}_there").str.replace_all(",", "").cast(pl.Float64, strict=False)
        assert both.filter(pl.col(name).ne_missing(there)).is_empty(), name


# ---- windows


def test_windows_end_at_the_last_capture_of_the_country(warehouse: duckdb.DuckDBPyConnection) -> None:
    captured = rows(
        warehouse,
        """select country, max(last_captured_on) as captured_to from (
               select country, last_captured_on from core.fct_job_postings
               union all select country, last_captured_on from intermediate.int_salaries__admitted)
           where country is not null group by country""",
    )
    trailing = rows(warehouse, "from api.mart_pay_bands where period = 'trailing'").join(captured, on="country")
    assert trailing.filter(pl.col("window_to") != pl.col("captured_to")).is_empty()
    assert trailing.filter(pl.col("window_from") != pl.col("captured_to") - timedelta(364)).is_empty()
    years = rows(warehouse, "from api.mart_pay_bands where period <> 'trailing'")
    within = pl.col("window_from").dt.year().cast(pl.String) == pl.col("period")
    assert years.filter(within.not_() | (pl.col("window_to").dt.year().cast(pl.String) != pl.col("period"))).is_empty()
    stale = trailing.filter(
        pl.col("sources").str.contains("data_jobs_2023|nyc_jobs_2019") & (pl.col("country") == "US")
    )
    assert stale.is_empty()


# ---- runs


def everything_in(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_rerun_changes_no_byte(store: Path, shared_data: Path) -> None:
    before = everything_in(Store(store).releases)
    report = run(store, SOURCES, shared_data)
    assert not report.published
    assert everything_in(Store(store).releases) == before
