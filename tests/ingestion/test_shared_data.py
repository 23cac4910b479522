"""The real data sets: every record is accounted for, and figures recomputed from the raw files agree."""

from ast import literal_eval
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import polars as pl
import pytest

from ingestion.connector import Fetcher
from ingestion.connectors.files.preview import preview
from ingestion.landing import land
from ingestion.parsing import parse_partition
from ingestion.registry import connector
from ingestion.sources import SourceSpec, load_sources
from kit.store import Store
from tests.ingestion.conftest import refused

LATER = datetime(2027, 1, 1, tzinfo=UTC)  # than any set was collected
SPECS = {spec.name: spec for spec in load_sources(Path(__file__).parents[2] / "examples/shared_data.yaml").sources}
# Rows as the sets' own README counts them, and capture days.
ROWS = {
    "data_jobs_2023": (32_628, 12), "adzuna_uk_2016": (23_176, 20), "adzuna_uk_2013": (2_499, 1),
    "nhs_jobs_2020": (7_355, 1),
    "usajobs_announcements": (57_145, 9), "usajobs_open_2025": (13_649, 1), "usajobs_recent": (16, 1),
    "ats_tech_jobs_2026": (7_673, 14), "tech_companies_2026": (4_853, 26), "joblens_eu_2026": (2_608, 7),
    "glassdoor_ds_us_2020": (956, 1), "nyc_jobs_2019": (3_977, 1), "armenian_jobs": (489, 1),
    "simplify_new_grad": (1_288, 1),
    "aijobs_2024": (32_206, 1), "dol_h2b": (27_211, 4), "oews_national": (13_800, 1), "oews_washington": (6_920, 1),
    "oews_new_york": (7_010, 1), "fx_daily": (3_652, 21),
}  # fmt: skip
Frame = Callable[[str, str], pl.DataFrame]


@pytest.fixture(scope="session")
def parsed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, Counter[str]]]:
    """Every set landed and parsed once: the store, and each source's counts with its days and faults."""
    store = Store(tmp_path_factory.mktemp("store"))
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    with httpx.Client(transport=httpx.MockTransport(refused)) as http:
        fetcher = Fetcher(http, str(shared_data), LATER)
        for spec in SPECS.values():
            source = connector(spec.connector)
            for day in source.days(spec, fetcher, None, None):
                land(store, spec, day, source, fetcher)
                report = parse_partition(store, spec, day)
                for counts in report.counts.values():
                    totals[spec.name].update(counts)
                totals[spec.name].update(days=1, faults=len(report.faults))
    return store, totals


@pytest.fixture
def frame(parsed: tuple[Store, dict[str, Counter[str]]]) -> Frame:
    def read(name: str, source: str) -> pl.DataFrame:
        return pl.read_parquet(parsed[0].root / "canonical" / name / f"source={source}" / "*.parquet")

    return read


@pytest.fixture
def raw(shared_data: Path) -> Callable[[str], list[dict[str, Any]]]:
    def read(source: str) -> list[dict[str, Any]]:
        return pl.read_parquet(shared_data / SPECS[source].options["path"]).to_dicts()

    return read


def test_every_set_is_named() -> None:
    assert set(SPECS) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_counts_reconcile_with_the_sets_rows(name: str, parsed: tuple[Store, dict[str, Counter[str]]]) -> None:
    counts = parsed[1][name]
    assert counts["landed"] == counts["canonical"] + counts["rejected"] + counts["repeats"]
    assert (counts["landed"], counts["days"], counts["faults"]) == (*ROWS[name], 0)
    assert counts["canonical"] / (counts["landed"] - counts["repeats"]) > 0.8


def test_pay_of_the_monthly_set_is_what_its_columns_say(frame: Frame, raw: Any) -> None:
    rows = frame("postings", "data_jobs_2023")
    for period, column in (("year", "salary_year_avg"), ("hour", "salary_hour_avg")):
        said = {tuple(r.items()): r for r in raw("data_jobs_2023") if r["salary_rate"] == period}.values()
        expected = median(float(r[column]) for r in said)
        assert rows.filter(pay_period=period)["pay_min"].median() == pytest.approx(expected, rel=1e-9)
    assert rows["pay_currency"].unique().to_list() == ["USD"]
    skills = Counter(s for r in raw("data_jobs_2023") for s in set(literal_eval(r["job_skills"] or "[]")))
    found = Counter(rows["skills_listed"].explode().drop_nulls().to_list())
    assert [name for name, _ in found.most_common(10)] == [name for name, _ in skills.most_common(10)]
    assert "SD" not in rows["country_hint"].unique()


def test_the_same_ad_comes_again_every_day(frame: Frame, raw: Any) -> None:
    rows = frame("postings", "adzuna_uk_2016")
    assert rows["posting_id"].n_unique() == len({r["id"] for r in raw("adzuna_uk_2016")}) == 2_767
    predicted = sum(r["salary_is_predicted"] == "1" for r in raw("adzuna_uk_2016"))
    assert abs(rows.filter(pay_kind="estimated").height - predicted) <= 2  # two exact repeats
    assert rows.filter(pl.col("pay_min") == 0).is_empty()
    assert not rows["title"].str.contains("<").any()


def test_escaped_html_is_plain_and_hourly_pay_is_left_to_its_text(frame: Frame) -> None:
    rows = frame("postings", "nhs_jobs_2020")
    assert not rows["description"].str.contains(r"&lt;|<p>|&amp;|&nbsp;").any()
    hourly = rows.filter(pl.col("pay_text").str.contains("(?i)per hour"))
    assert hourly.height > 200
    assert hourly["pay_min"].null_count() == hourly.height
    assert rows["employer"].str.starts_with("Central Advertising").sum() == 0


def test_ids_of_boards_meet_across_sets(frame: Frame) -> None:
    ours = set(frame("postings", "ats_tech_jobs_2026")["ats_id"])
    assert len(ours & set(frame("postings", "tech_companies_2026")["ats_id"].drop_nulls())) >= 450
    federal = set(frame("postings", "usajobs_announcements")["ats_id"])
    assert len(federal & set(frame("postings", "usajobs_open_2025")["ats_id"])) == 1_293


def test_currencies_that_were_guessed_stay_open(frame: Frame, raw: Any) -> None:
    rows = frame("postings", "ats_tech_jobs_2026")
    monthly = rows.filter(pl.col("places").list.contains("Warsaw"), pl.col("pay_period") == "month")
    assert monthly["pay_currency"].unique().to_list() == [None]
    assert rows.filter(pay_currency="USD")["pay_max"].max() < 2_000_000  # type: ignore[operator]
    us = [
        r
        for r in raw("ats_tech_jobs_2026")
        if r["region"] == "us" and r["salary_min_usd"] and "YEAR" in r["salary_interval_orig"].upper()
    ]
    ours = rows.filter(country_hint="US", pay_period="year")
    assert ours["pay_min"].median() == pytest.approx(median(r["salary_min_orig"] for r in us), rel=1e-9)


def test_equal_reports_of_distinct_people_all_stay(frame: Frame, raw: Any) -> None:
    rows = frame("salaries", "aijobs_2024")
    assert rows["observation_id"].n_unique() == rows.height == 32_206
    for currency in ("USD", "GBP", "INR"):
        expected = median(r["salary"] for r in raw("aijobs_2024") if r["salary_currency"] == currency)
        assert rows.filter(pay_currency=currency)["pay_min"].median() == expected


def test_filings_certified_with_pay_are_observations(frame: Frame, raw: Any) -> None:
    rows = frame("salaries", "dol_h2b")
    good = [
        r for r in raw("dol_h2b") if r["CASE_STATUS"].endswith("CERTIFIED") and float(r["BASIC_RATE_OF_PAY"] or 0) > 0
    ]
    assert rows.height == len(good)
    hourly = [float(r["BASIC_RATE_OF_PAY"]) for r in good if r["BASIC_UNIT_OF_PAY"] == "HR"]
    assert rows.filter(pay_period="hour")["pay_min"].median() == median(hourly)
    assert rows["observed_on"].null_count() == 0
    assert rows["occupation_code"].drop_nulls().str.contains(r"^(soc2010:\d\d-\d{4}|dot:.+)$").all()


def test_withheld_wages_are_marks_not_numbers(frame: Frame, raw: Any) -> None:
    rows = frame("wage_statistics", "oews_national")
    marks = sum(r["a_pct90"] == "#" for r in raw("oews_national"))
    repeated = sum(
        r["a_pct90"] == "#" for r in raw("oews_national") if r["o_group"] == "detailed" and r["occ_code"].endswith("0")
    )
    noted = rows.filter(pl.col("withheld").str.contains("annual_p90=#", literal=True))
    assert marks - repeated <= noted.height <= marks
    assert noted["annual_p90"].null_count() == noted.height
    ours = rows.filter(year=2022, occupation_code="soc2018:29-1141").to_dicts()[0]
    theirs = next(r for r in raw("oews_national") if r["year"] == 2022 and r["occ_code"] == "29-1141")
    assert (ours["annual_median"], ours["employment"]) == (float(theirs["a_median"]), int(theirs["tot_emp"]))
    new_york = frame("wage_statistics", "oews_new_york")
    assert new_york["annual_p25"].null_count() == new_york.height


def test_nobodys_e_mail_address_is_left(frame: Frame) -> None:
    for name in SPECS:
        if SPECS[name].connector == "files":
            texts = frame("postings", name).select("title", "description").unpivot()["value"].drop_nulls()
            assert texts.str.contains(r"[\w.]+@[\w-]+\.(?:com|org|uk|de|net|gov)\b").sum() == 0, name


def test_a_preview_of_a_real_set(shared_data: Path) -> None:
    spec: SourceSpec = SPECS["nyc_jobs_2019"]
    report = preview(spec, str(shared_data))
    assert report.reasons == {"shifted_columns": 3, "superseded": 10}
    assert "Civil Service Title" in report.unread
