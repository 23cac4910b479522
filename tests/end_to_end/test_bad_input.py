"""What nobody should send, beside a small market: a reason or a rejected row, never a crash or a wild figure."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from orchestration.installation import Installation
from orchestration.run import RunReport, run_pipeline
from tests.end_to_end.bad_input import (
    ALL_EQUAL,
    PAID,
    PAID_REJECTED,
    PAID_UNUSABLE,
    REJECTED,
    SHOWN,
    UNPAID,
    source_of,
    write_odd,
)
from tests.end_to_end.small_market import LAST, current, installation

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other

FILES = (
    "odd.jsonl",
    "odd_pay.csv",
    "empty.jsonl",
    "cut.jsonl",
    "cut.jsonl.gz",
    "cut.parquet",
    "binary.csv",
    "page.jsonl",
)
UNREADABLE = {"cut_jsonl_gz", "cut_parquet", "binary_csv", "page_jsonl"}
PAY = ("mart_pay_bands", "mart_pay_by_experience", "mart_pay_trends", "mart_pay_growth")
NURSE, ASTRONOMER = "29-1141", "19-2011"
OLDEST = 2020  # no year of the small market is earlier
HIGHEST = 1e9  # no figure of the small market comes near


@pytest.fixture(scope="module")
def odd(whole: Installation, tmp_path_factory: pytest.TempPathFactory, sources: Path) -> tuple[Installation, RunReport]:
    """The small market's store, to which the odd sources were added."""
    folder = tmp_path_factory.mktemp("odd")
    write_odd(folder)
    listed = yaml.safe_load(sources.read_text())["sources"]
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [*listed, *map(source_of, FILES)]}))
    shutil.copytree(whole.store.root, folder / "store")
    made = installation(folder / "store", path, folder)
    return made, run_pipeline(made)


def rows(made: Installation, sql: str) -> pl.DataFrame:
    with duckdb.connect(str(made.store.warehouse), read_only=True) as warehouse:
        return warehouse.sql(sql).pl()


def mart(made: Installation, name: str) -> pl.DataFrame:
    return pl.read_parquet(current(made).table(name))


def test_the_run_goes_through_and_says_which_files_gave_nothing(odd: tuple[Installation, RunReport]) -> None:
    _, report = odd
    assert report.failed == {}
    assert report.gates_failed == []
    assert report.published
    assert set(report.faults) == UNREADABLE
    assert "cut.jsonl.gz cannot be read" in report.faults["cut_jsonl_gz"][0]


def test_every_record_is_accounted_for(odd: tuple[Installation, RunReport]) -> None:
    made, report = odd
    assert all(row["landed"] == row["canonical"] + row["rejected"] + row["repeats"] for row in report.counts)
    assert told(made, "odd_jsonl") == sorted((reason, row["id"]) for reason, row in REJECTED)
    counts = {row["source"]: row for row in report.counts}
    assert counts["odd_jsonl"]["canonical"] == len(UNPAID) + len(ALL_EQUAL) + 1
    assert [(reason, "cut in" in record) for reason, record in rejects(made, "cut_jsonl")] == [("not_a_record", True)]
    assert sorted(reason for reason, _ in rejects(made, "odd_pay_csv")) == sorted(reason for reason, _ in PAID_REJECTED)
    assert counts["odd_pay_csv"]["canonical"] == len(PAID_UNUSABLE) + len(PAID)
    assert counts["cut_jsonl"]["canonical"] == 1
    assert all(counts[source]["landed"] == 0 for source in [*UNREADABLE, "empty_jsonl"])


def rejects(made: Installation, source: str) -> list[tuple[str, str]]:
    """The reason and the record of each reject of a source."""
    files = [path for name, _, path in made.store.partitions("canonical", "rejected") if name == source]
    return list(pl.concat(map(pl.read_parquet, files)).select("reason", "record").iter_rows())


def told(made: Installation, source: str) -> list[tuple[str, str]]:
    """The reason and the id of each reject of a source, as the file or as the canonical frame calls it."""
    records = [(reason, json.loads(record)) for reason, record in rejects(made, source)]
    return sorted((reason, record.get("id", record.get("source_posting_id")) or "") for reason, record in records)


def test_pay_that_cannot_be_is_null_with_its_reason(odd: tuple[Installation, RunReport]) -> None:
    found = rows(
        odd[0],
        """select posting.source_posting_id as id, pay.pay_annual, pay.pay_unusable_reason as reason
           from core.fct_job_postings as posting
           join intermediate.int_pay__annualised as pay
             on pay.row_id = posting.posting_id and pay.kind_of_row = 'posting'
           where posting.source = 'odd_jsonl' and posting.country is distinct from 'NZ'""",
    )
    assert found["pay_annual"].null_count() == found.height
    assert sorted(found.select("reason", "id").iter_rows()) == sorted((reason, row["id"]) for reason, row in UNPAID)


def test_salaries_that_cannot_be_have_their_reason_and_few_make_no_figure_of_their_own(
    odd: tuple[Installation, RunReport],
) -> None:
    found = rows(odd[0], "select pay_annual, pay_unusable_reason, observed_on from core.fct_pay_observations "
                         "where sources = 'odd_pay_csv'")  # fmt: skip
    assert set(found["observed_on"]) == {SHOWN}
    assert sorted(found["pay_unusable_reason"].drop_nulls()) == sorted(reason for reason, _ in PAID_UNUSABLE)
    assert sorted(found["pay_annual"].drop_nulls()) == [60_000] * len(PAID)
    assert "asked" not in set(mart(odd[0], "mart_pay_bands").filter(basis="reported")["level"])


def test_impossible_days_are_not_believed(odd: tuple[Installation, RunReport]) -> None:
    made, _ = odd
    days = rows(made, "select distinct opened_on from core.fct_openings where sources = 'odd_jsonl'")["opened_on"]
    assert days.sort().to_list() == [SHOWN]
    assert current(made).facts["captured_to"] == str(LAST)
    for name in current(made).sealed.tables:
        years = mart(made, name).select(pl.selectors.date().dt.year()).unpivot()["value"].cast(pl.Int32)
        assert (years.drop_nulls() >= OLDEST).all(), name


def test_direct_figures_do_not_move_and_pooled_ones_stay_within_their_interval(
    whole: Installation, odd: tuple[Installation, RunReport]
) -> None:
    """What a thin cell borrows it borrows from all cells, those of the odd sources with pay among them."""
    for name in PAY:
        before, keys = mart(whole, name), current(whole).sealed.tables[name].keys
        after = before.select(keys).join(mart(odd[0], name), on=keys, how="left", maintain_order="left")
        pooled = (
            before["level"].is_in(["pooled"])
            if "level" in before.columns
            else pl.repeat(False, before.height, eager=True)
        )
        amounts = before.select(pl.selectors.float() & ~pl.selectors.starts_with("share")).columns
        assert after.filter(~pooled).select(amounts).equals(before.filter(~pooled).select(amounts)), name
        if pooled.any():
            moved = after.filter(pooled)["p50"]
            within = moved.is_between(before.filter(pooled)["p50_low"], before.filter(pooled)["p50_high"])
            assert within.fill_null(True).all()


def test_no_figure_is_wild(odd: tuple[Installation, RunReport]) -> None:
    for name in current(odd[0]).sealed.tables:
        numbers = mart(odd[0], name).select(pl.selectors.float()).unpivot()["value"].cast(pl.Float64).drop_nulls()
        assert numbers.is_between(-HIGHEST, HIGHEST).all(), name


def test_a_cell_of_one_row_and_one_of_equal_pay(odd: tuple[Installation, RunReport]) -> None:
    """One row never answers for itself: by what it borrows, with an interval that says so, or not at all."""
    cells = mart(odd[0], "mart_pay_bands").filter(country="NZ", place_id="nz", period="trailing", dimension="all")
    equal = cells.filter(occupation_code=NURSE).row(0, named=True)
    assert (equal["level"], equal["n_observations"], equal["n_employers"]) == ("asked", 40, 8)
    assert (equal["p50_low"], equal["p50"], equal["p50_high"]) == (70_000, 70_000, 70_000)
    assert equal["p90"] is not None or equal["p90_reason"] == "too_few"
    alone = cells.filter(occupation_code=ASTRONOMER).row(0, named=True)
    assert alone["n_observations"] == 1
    if alone["level"] == "pooled":
        assert alone["p50_high"] / alone["p50_low"] > 1.1
    else:
        assert (alone["p50"], alone["reason"]) == (None, "suppressed")


def test_an_occupation_that_left_the_taxonomy_answers_as_its_group(odd: tuple[Installation, RunReport]) -> None:
    """Nothing is published for a code that nobody can look up."""
    known = set(pl.read_parquet(odd[0].store.reference / "occupations.parquet")["occupation_code"]) | {"all"}
    for name in current(odd[0]).sealed.tables:
        table = mart(odd[0], name)
        if "occupation_code" in table.columns and name != "mart_wage_statistics":
            assert set(table["occupation_code"].drop_nulls()) <= known, name
    code = rows(odd[0], "select occupation_code from core.fct_job_postings where title = 'Zzyzx'").item()
    assert code == "15-1200"
