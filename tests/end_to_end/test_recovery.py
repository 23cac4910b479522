"""The whole way on a market whose truth is known: what the pipeline publishes is held against what is true.

The bounds leave room for sampling error at this size with its fixed seed. The larger market stands behind `--deep`.
"""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from ingestion.synthetic import Market, market_sources
from ingestion.synthetic.truth import population
from ingestion.synthetic.world import read_table
from kit.clock import fixed_clock
from kit.releases import open_release
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import run_pipeline
from tests.end_to_end import scores
from tests.end_to_end.scores import Found

# Dagster, dbt and Great Expectations warn of each other at import.
pytestmark = pytest.mark.filterwarnings("ignore")

METHODS = Path(__file__).parents[2] / "docs" / "methods"  # a page a method, some with a script
LAST_DAY = date(2026, 6, 30)
INTERVAL_LEVEL = 0.95


def filled(folder: Path, postings: int, days: int, text_bytes: int) -> Found:
    """A store that `payband run` filled from a market of that size."""
    market = Market.sized(postings, LAST_DAY - timedelta(days - 1), LAST_DAY, seed=21, text_bytes=text_bytes)
    sources = folder / "sources.yaml"
    sources.write_text(yaml.safe_dump(market_sources(market).model_dump(mode="json", exclude_none=True)))
    store = Store(folder / "store")
    clock = fixed_clock(datetime(2026, 7, 1, 6, tzinfo=UTC))
    report = run_pipeline(Installation(store, sources, workers=1, clock=clock))
    assert not report.failed, report.failed
    assert not report.gates_failed
    assert report.published
    return Found(store, market)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Few capture days, because each costs a little whatever its size; births spread over the weeks before."""
    return filled(tmp_path_factory.mktemp("small"), postings=5000, days=24, text_bytes=2000)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return filled(tmp_path_factory.mktemp("large"), postings=60_000, days=420, text_bytes=1500)


def binomial_floor(level: float, trials: int, errors: float = 3.5) -> float:
    """The share below which a truth of `level` is not believable any more."""
    return level - errors * (level * (1 - level) / trials) ** 0.5


def check_landing(found: Found) -> None:
    counts = pl.concat([pl.read_parquet(path) for _, _, path in found.store.partitions("canonical", "counts")])
    columns = found.truth.counts.columns
    got = counts.filter(frame="postings").select(columns).sort("source", "captured_on")
    assert got.equals(found.truth.counts.sort("source", "captured_on"))


def check_openings(found: Found) -> None:
    assert found.members["posting_id"].is_unique().all()
    assert found.members.null_count().sum_horizontal().item() == 0
    assert scores.unique_count_error(found) <= 0.02
    precision, recall = scores.pair_scores(found)
    # The goal is 0.98. What is lacking: two requisitions of one job that several boards carry become one opening,
    # because numbers are compared within a board only.
    assert precision >= 0.96
    assert recall >= 0.95


def check_titles(found: Found) -> None:
    titles = scores.title_scores(found)
    assert titles["right_as_given"] >= 0.90
    assert titles["right_at_six"] >= 0.72
    assert scores.agreement(found, "seniority") >= 0.95


def check_columns(found: Found) -> None:
    for column, floor in {"place_id": 0.97, "metro": 0.97, "country": 0.99}.items():
        assert scores.agreement(found, column) >= floor, column
    stated = found.postings.filter(pl.col("source") != "synthetic_c")  # board c sends neither industry nor size
    assert (stated["industry"] == stated["true_industry"]).mean() >= 0.99
    sized = found.postings.filter(source="synthetic_a")
    assert (sized["company_size"] == sized["true_company_size"]).mean() >= 0.99


def check_pay(found: Found) -> None:
    exact, false = scores.pay_scores(found)
    assert exact >= 0.98
    assert false <= 0.002


def check_skills(found: Found) -> None:
    precision, recall = scores.skill_scores(found)
    assert precision >= 0.95
    assert recall >= 0.92
    assert scores.requirement_agreement(found) >= 0.95
    assert scores.ambiguous_rate(found) <= 0.005


def check_bands(found: Found, everyone: pl.DataFrame, fewest: int) -> None:
    within_a_year = everyone.filter(pl.col("born_on") > LAST_DAY - timedelta(365))
    covered, shown = scores.band_coverage(found, within_a_year)
    assert shown >= fewest
    assert covered / shown >= binomial_floor(INTERVAL_LEVEL, shown)


def test_what_landed_reconciles(small: Found) -> None:
    check_landing(small)


def test_codes_and_places_are_those_of_the_reference(small: Found) -> None:
    known = {
        name: pl.read_parquet(small.store.reference / f"{name}.parquet") for name in ("occupations", "places", "skills")
    }
    assert set(read_table("occupations")["code"]) <= set(known["occupations"]["occupation_code"])
    assert set(read_table("places")["place_id"]) <= set(known["places"]["place_id"])
    assert set(small.truth.skills["skill_id"]) <= set(known["skills"]["skill_id"])


def test_openings_are_recovered(small: Found) -> None:
    check_openings(small)


def test_titles_are_coded(small: Found) -> None:
    check_titles(small)


def test_places_industries_and_sizes_are_read(small: Found) -> None:
    check_columns(small)


def test_pay_is_read_where_stated_and_nowhere_else(small: Found) -> None:
    check_pay(small)


def test_skills_are_read(small: Found) -> None:
    check_skills(small)


def test_published_intervals_cover_the_true_percentiles(small: Found) -> None:
    check_bands(small, population(small.market, scale=250), fewest=40)


def test_the_release_is_a_demo_of_that_window(small: Found) -> None:
    release = open_release(small.store.releases)
    assert release.facts["demo"] is True
    assert release.facts["captured_from"] == str(small.market.first_day)
    assert release.facts["captured_to"] == str(LAST_DAY)
    bands = pl.read_parquet(release.table("mart_pay_bands"))
    assert bands.filter(pl.col("window_to").is_not_null())["window_to"].max() == LAST_DAY


def test_the_same_again_publishes_nothing(small: Found) -> None:
    sources = small.store.root.parent / "sources.yaml"
    before = open_release(small.store.releases).id
    clock = fixed_clock(datetime(2026, 7, 1, 7, tzinfo=UTC))
    report = run_pipeline(Installation(small.store, sources, workers=1, clock=clock))
    assert report.partitions == {"synthetic_a": 0, "synthetic_b": 0, "synthetic_c": 0}
    assert not report.published
    assert report.release == before


@pytest.mark.parametrize("script", sorted(METHODS.glob("*.py")), ids=lambda path: path.stem)
def test_a_published_figure_follows_from_the_release_alone(small: Found, script: Path) -> None:
    release = open_release(small.store.releases)
    done = subprocess.run([sys.executable, script, release.folder], capture_output=True, text=True, cwd=script.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_every_published_method_has_its_page(small: Found) -> None:
    release = open_release(small.store.releases)
    tables = [pl.read_parquet(release.table(name)) for name in release.sealed.tables]
    published = {method for table in tables if "method" in table.columns for method in table["method"].drop_nulls()}
    told = "\n".join(page.read_text(encoding="utf-8") for page in METHODS.glob("*.md"))
    assert published
    assert sorted(method for method in published if f"`{method}`" not in told) == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_a_large_market_is_recovered(large: Found) -> None:
    for check in (check_landing, check_openings, check_titles, check_columns, check_pay, check_skills):
        check(large)
    everyone = population(large.market, scale=20)
    check_bands(large, everyone, fewest=300)
    check_trends(large, everyone)


def check_trends(found: Found, everyone: pl.DataFrame) -> None:
    """Growth on a year and monthly medians, as published, have intervals that cover what was planted."""
    covered, shown = scores.growth_coverage(found)
    assert shown >= 30  # of an occupation whose titles are coded to wider groups there is no growth
    assert covered / shown >= binomial_floor(INTERVAL_LEVEL, shown)
    covered, shown = scores.month_coverage(found, everyone)
    assert shown >= 200
    assert covered / shown >= binomial_floor(INTERVAL_LEVEL, shown)
    # At this size a single occupation's growth is mostly not decided; what is decided must be so rightly.
    decided = scores.growth(found).filter(pl.col("direction").is_in(["rising", "falling"]))
    wrong = decided.filter((pl.col("direction") == "rising") != (pl.col("planted") > 0)).filter(pl.col("planted") != 0)
    assert wrong.is_empty()
