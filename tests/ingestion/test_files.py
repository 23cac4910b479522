"""The files connector: globs, days, one file of many days, previews; and every mapping of the project."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestion.connector import Fetcher
from ingestion.connectors.files.preview import preview
from ingestion.landed_pages import read_record
from ingestion.registry import CONNECTORS, connector
from ingestion.sources import SourceSpec, load_sources
from ingestion.tabular.connector import TableConnector
from ingestion.tabular.mapping import load_mapping
from kit.errors import BadInput
from tests.ingestion.conftest import NOW, Bench
from tests.recordings.wages import national_wages

Write = Callable[[str, str], Path]
ROOT = Path(__file__).parents[2]
BY_DAY: dict[str, Any] = {
    "frame": "postings",
    "about": "Ads by day.",
    "capture": {"value": {"column": "seen", "steps": ["date"]}},
    "columns": {"source_posting_id": "id", "title": "job"},
}
TABLES = sorted(kind for kind in CONNECTORS if isinstance(connector(kind), TableConnector))
MAPPINGS = [(kind, path) for kind in TABLES for path in sorted(connector(kind).mappings.glob("*.yaml"))]  # type: ignore[attr-defined]


def test_a_file_of_several_days_lands_once_and_is_taken_apart_by_day(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,seen\n1,Baker,2026-01-02\n1,Baker,2026-01-05\n2,Cook,2026-01-05\n3,Chef,?\n")
    reports = bench.run(bench.spec(BY_DAY))
    landed = {day: report.counts["postings"]["landed"] for day, report in reports.items()}
    assert landed == {date(2026, 1, 2): 2, date(2026, 1, 5): 2}
    assert len(list(bench.store.landing.glob("blobs/*/*"))) == 1
    assert sorted(bench.frame("postings").select("captured_on", "source_posting_id").rows()) == [
        (date(2026, 1, 2), "1"),
        (date(2026, 1, 5), "1"),
        (date(2026, 1, 5), "2"),
    ]
    rejected = bench.frame("rejected").to_dicts()
    assert [(row["captured_on"], row["reason"], row["record_index"]) for row in rejected] == [
        (date(2026, 1, 2), "bad_capture_day", 3)
    ]


def test_days_can_be_asked_for_by_range(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,seen\n1,a,2026-01-02\n2,b,2026-01-05\n3,c,2026-01-09\n")
    files = connector("files")
    assert files.days(bench.spec(BY_DAY), bench.fetcher, date(2026, 1, 3), date(2026, 1, 9)) == [
        date(2026, 1, 5),
        date(2026, 1, 9),
    ]


def test_a_glob_takes_each_file_on_its_days(bench: Bench, write: Write) -> None:
    write("dumps/b.csv", "id,job,seen\n2,Cook,2026-01-05\n")
    write("dumps/a.csv", "id,job,seen\n1,Baker,2026-01-02\n")
    spec = bench.spec(BY_DAY, path="dumps/*.csv")
    bench.run(spec)
    record = read_record(bench.store, "ads", date(2026, 1, 5))
    assert record is not None
    assert [page.request for page in record["pages"]] == ["dumps/b.csv"]
    assert bench.frame("postings").height == 2


def test_a_new_file_touches_its_own_days_alone(bench: Bench, write: Write) -> None:
    write("dumps/a.csv", "id,job,seen\n1,Baker,2026-01-02\n")
    spec = bench.spec(BY_DAY, path="dumps/*.csv")
    bench.run(spec)
    write("dumps/b.csv", "id,job,seen\n2,Cook,2026-01-05\n")
    reports = bench.run(spec)
    assert {day: report.skipped for day, report in reports.items()} == {date(2026, 1, 2): True, date(2026, 1, 5): False}


def test_a_row_of_a_day_that_cannot_be_is_rejected_and_makes_no_day(bench: Bench, write: Write) -> None:
    days = ["2026-03-02", "2026-03-03", "1989-12-31", "1990-01-01"]  # it is the first of March
    write("ads.csv", "\n".join(["id,job,seen", *(f"{n},Cook,{day}" for n, day in enumerate(days))]))
    reports = bench.run(bench.spec(BY_DAY))
    assert sorted(reports) == [date(1990, 1, 1), date(2026, 3, 2)]
    assert reports[date(1990, 1, 1)].reasons == {"bad_capture_day": 2}


def test_the_order_of_rows_does_not_matter(bench: Bench, write: Write) -> None:
    lines = ["1,Baker,2026-01-02", "2,Cook,2026-01-02", "2,Chef,2026-01-02", "1,Baker,2026-01-02"]
    write("ads.csv", "\n".join(["id,job,seen", *lines]))
    bench.run(bench.spec(BY_DAY))
    first = bench.frame("postings").drop("record_index", "page_id")
    write("ads.csv", "\n".join(["id,job,seen", *lines[::-1]]))
    bench.run(bench.spec(BY_DAY))
    assert bench.frame("postings").drop("record_index", "page_id").equals(first)


def test_landed_files_are_known_to_be_unchanged(bench: Bench, write: Write) -> None:
    path = write("ads.csv", "id,job,seen\n1,Baker,2026-01-02\n")
    spec, day, files = bench.spec(BY_DAY), date(2026, 1, 2), connector("files")
    assert isinstance(files, TableConnector)
    bench.run(spec)
    record = read_record(bench.store, "ads", day)
    assert record is not None
    assert files.unchanged(spec, day, record["pages"], bench.fetcher)
    path.write_text("id,job,seen\n1,Cook,2026-01-02\n2,Cook,2026-01-02\n")
    assert not files.unchanged(spec, day, record["pages"], bench.fetcher)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"path": "nowhere.csv", "mapping": BY_DAY}, "there is no file nowhere.csv below"),
        ({"mapping": BY_DAY}, "give either path or url"),
        ({"path": "x", "url": "y"}, "give either path or url"),
        ({"path": "ads.csv"}, "give `mapping`"),
        ({"path": "ads.csv", "mapping": "unheard"}, "there is no mapping 'unheard'"),
        ({"path": "ads.csv", "maping": "x"}, "maping"),
        ({"path": "ads.csv", "mapping": BY_DAY | {"capture": "2026-03-03"}}, "2026-03-03 is still to come"),
        (
            {"path": "ads.csv", "mapping": BY_DAY | {"capture": "fetched"}, "captured_on": "2099-01-01"},
            "2099-01-01 is still to come",
        ),
    ],
)
def test_wrong_options_are_told(bench: Bench, write: Write, options: dict[str, Any], told: str) -> None:
    write("ads.csv", "id,job,seen\n")
    spec = SourceSpec(name="ads", connector="files", options=options)
    with pytest.raises(BadInput, match=told):
        connector("files").days(spec, bench.fetcher, None, None)


def test_a_table_behind_a_url_is_fetched_and_its_failure_is_an_outcome(bench: Bench) -> None:
    answers = iter([httpx.Response(200, text="id,job\n1,Baker\n"), httpx.Response(404)])
    http = httpx.Client(transport=httpx.MockTransport(lambda _: next(answers)))
    fetcher = Fetcher(http, None, NOW)
    fetched = BY_DAY | {"capture": "fetched"}
    spec = SourceSpec(name="ads", connector="files", options={"url": "http://127.0.0.1/ads.csv", "mapping": fetched})
    files = connector("files")
    assert files.days(spec, fetcher, None, None) == [NOW.date()]
    page = next(iter(files.fetch(spec, NOW.date(), fetcher)))
    assert files.parse(spec, NOW.date(), page).rows["postings"]["title"].to_list() == ["Baker"]
    assert next(iter(files.fetch(spec, NOW.date(), fetcher))).outcome == "refused"


def test_a_preview_counts_as_a_run_does_and_writes_nothing(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,seen,extra\n1,Baker,2026-01-02,x\n1,Baker,2026-01-02,x\n2,,2026-01-02,x\n3,Cook,?,x\n")
    spec = bench.spec(BY_DAY)
    report = preview(spec, str(bench.data), 2)
    assert report.counts == {"landed": 4, "canonical": 1, "rejected": 2, "repeats": 1}
    assert report.reasons == {"bad_capture_day": 1, "no_title": 1}
    assert report.unread == ("extra",)
    assert report.filled["title"] == 1.0
    assert not bench.store.root.exists()
    for told in ("4 landed", "would reject 1 as no_title", "extra", "Baker"):
        assert told in str(report)
    assert bench.run(spec)[date(2026, 1, 2)].counts["postings"] == report.counts


def test_a_preview_of_what_is_no_file_says_so() -> None:
    with pytest.raises(BadInput, match="only sources that read files"):
        preview(SourceSpec(name="boards", connector="greenhouse", options={"boards": ["acme"]}), None)


@pytest.mark.parametrize(("kind", "path"), MAPPINGS, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_every_mapping_of_the_project_is_valid_and_names_its_traps(kind: str, path: Path) -> None:
    mapping = load_mapping(path.stem, path.parent)
    assert mapping.about.endswith(".")
    assert "# Traps:" in path.read_text()


def test_the_official_workbook_of_a_year_says_its_year_in_its_name(bench: Bench) -> None:
    (bench.data / "oesm24nat.zip").write_bytes(national_wages())
    options = {"path": "oesm24nat.zip", "captured_on": "2025-04-02"}
    bench.run(SourceSpec(name="oews", connector="oews", options=options))
    found = bench.frame("wage_statistics", "oews").to_dicts()[0]
    assert (found["year"], found["occupation_code"], found["annual_median"]) == (2024, "soc2018:15-1252", 121_000)
    withheld = [f"hourly_{level}=*" for level in ("p10", "p25", "median", "p75", "p90")]
    assert set(found["withheld"].split()) == {"annual_p90=#", *withheld}


def test_every_connector_to_tables_has_its_readme() -> None:
    for kind in TABLES:
        text = (ROOT / "ingestion/connectors" / kind / "README.md").read_text()
        assert "**Rights.**" in text
        named = [path.stem for owner, path in MAPPINGS if owner == kind and kind not in ("files", "aijobs")]
        assert [name for name in named if f"`{name}`" not in text] == []


def test_the_example_names_mappings_and_connectors_that_exist() -> None:
    for spec in load_sources(ROOT / "examples/shared_data.yaml").sources:
        source = connector(spec.connector)
        assert isinstance(source, TableConnector)
        assert source.frames(spec)
        assert spec.rights.aggregates
