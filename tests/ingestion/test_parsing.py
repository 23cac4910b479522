"""Parsing a landed partition: replayed from disk, skipped when nothing changed, faults reported."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.landing import land
from ingestion.parsing import parse_inputs, parse_partition
from ingestion.registry import CONNECTORS, connector
from ingestion.sources import SourceSpec
from kit.errors import BadInput
from kit.frames import made_from
from tests.ingestion.conftest import Bench

MAPPING: dict[str, Any] = {
    "frame": "postings",
    "about": "A test's ads.",
    "capture": date(2026, 3, 1),
    "columns": {"source_posting_id": "id", "title": "job", "pay_min": {"column": "pay", "steps": ["number"]}},
}
Write = Callable[[str, str], Path]
DAY = date(2026, 3, 1)


def test_every_record_is_counted(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n1,Baker,10\n2,,5\n3,Cook,lots\n4,Cook,\n")
    report = bench.run(bench.spec(MAPPING))[DAY]
    assert report.counts == {"postings": {"landed": 5, "canonical": 2, "rejected": 2, "repeats": 1}}
    assert report.reasons == {"bad_pay": 1, "no_title": 1}
    assert bench.frame("rejected").select("record_index", "detail").rows() == [
        (2, ""),
        (3, "pay_min cannot be read from lots"),
    ]
    counts = bench.frame("counts").to_dicts()[0]
    assert counts["landed"] == counts["canonical"] + counts["rejected"] + counts["repeats"] == 5


def test_an_unchanged_partition_is_left_alone(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n2,,1\n")
    first = bench.run(bench.spec(MAPPING))[DAY]
    files = {path: path.stat().st_mtime_ns for path in (bench.store.root / "canonical").rglob("*.parquet")}
    again = bench.run(bench.spec(MAPPING))[DAY]
    assert (first.skipped, again.skipped) == (False, True)
    assert (again.counts, again.reasons, again.outcomes) == (first.counts, first.reasons, first.outcomes)
    assert files == {path: path.stat().st_mtime_ns for path in (bench.store.root / "canonical").rglob("*.parquet")}


def test_new_rows_or_a_new_mapping_parse_again(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n")
    bench.run(bench.spec(MAPPING))
    write("ads.csv", "id,job,pay\n1,Baker,10\n2,Cook,11\n")
    assert bench.run(bench.spec(MAPPING))[DAY].counts["postings"]["canonical"] == 2
    other = MAPPING | {"columns": MAPPING["columns"] | {"employer": {"constant": "Ovens"}}}
    assert not bench.run(bench.spec(other))[DAY].skipped
    assert bench.frame("postings")["employer"].to_list() == ["Ovens", "Ovens"]


def test_the_same_input_gives_the_same_bytes(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n2,Cook,11\n2,Cook,12\n3,,1\n")
    spec = bench.spec(MAPPING)
    bench.run(spec)
    paths = [p for p in (bench.store.root / "canonical").rglob("*") if p.is_file()]
    before = {path: path.read_bytes() for path in paths}
    for path in paths:
        path.unlink()
    parse_partition(bench.store, spec, DAY)
    assert {path: path.read_bytes() for path in paths} == before


def test_files_say_what_they_were_made_from(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n")
    spec = bench.spec(MAPPING)
    bench.run(spec)
    wanted = parse_inputs(bench.store, spec, DAY)
    for frame in ("postings", "rejected", "counts"):
        assert made_from(bench.store.partition("canonical", frame, "ads", DAY)) == wanted


def test_an_interrupted_parse_is_done_again(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n")
    spec = bench.spec(MAPPING)
    bench.run(spec)
    bench.store.partition("canonical", "counts", "ads", DAY).unlink()  # it is written last
    assert not parse_partition(bench.store, spec, DAY).skipped


def test_a_file_that_is_not_what_it_should_be_is_malformed(bench: Bench, write: Write) -> None:
    write("ads.csv", "<html><body>Sign in</body></html>\n")
    report = bench.run(bench.spec(MAPPING))[DAY]
    assert report.outcomes == {"malformed": 1}
    assert "there is no column 'id'" in report.faults[0]
    assert report.counts["postings"]["landed"] == 0
    assert bench.frame("postings").is_empty()


def test_a_frame_that_is_no_longer_given_goes(bench: Bench, write: Write) -> None:
    write("ads.csv", "id,job,pay\n1,Baker,10\n")
    bench.run(bench.spec(MAPPING))
    salaries = {"frame": "salaries", "columns": {"title": "job", "pay_min": "pay"}}
    bench.run(bench.spec(MAPPING | salaries))
    assert not bench.store.partition("canonical", "postings", "ads", DAY).exists()
    assert bench.frame("salaries").height == 1


def test_what_has_not_landed_cannot_be_parsed(bench: Bench) -> None:
    with pytest.raises(BadInput, match="nothing has landed for ads on 2026-03-01"):
        parse_partition(bench.store, bench.spec(MAPPING), DAY)


def test_an_empty_file_is_an_outcome_in_the_report(bench: Bench, write: Write) -> None:
    write("ads.csv", "")
    spec = bench.spec(MAPPING)
    land(bench.store, spec, DAY, connector("files"), bench.fetcher)
    assert parse_partition(bench.store, spec, DAY).outcomes == {"empty": 1}


def test_registered_connectors_can_be_had_and_others_say_which_there_are() -> None:
    for kind in CONNECTORS:
        assert connector(kind).kind == kind
    with pytest.raises(BadInput, match=r"there are: .*files"):
        connector("nope")


def test_spec_names_are_safe_as_folders() -> None:
    with pytest.raises(ValueError, match="pattern"):
        SourceSpec(name="../up", connector="files")
