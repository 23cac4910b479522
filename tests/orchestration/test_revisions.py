"""Releases made again, and why one differs from another."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from ingestion.landed_pages import landed, replaced_path
from ingestion.retention import forget_replaced
from ingestion.sources import SourcesFile
from ingestion.synthetic import Market, market_sources
from kit.errors import BadInput
from kit.releases import Release, current_release
from kit.releases.explained import causes_of
from kit.store import Store
from orchestration.installation import Installation
from orchestration.provenance import ESTIMATION, HERE, PARSING, Ingredients, ingredients
from orchestration.recomputing import prepare, recompute
from orchestration.revision_steps import steps
from orchestration.revisions import Revision, explain, keep
from orchestration.run import run_pipeline
from tests.orchestration.tiny import FIRST

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster marks freshness and backfill policies as beta
DAY = timedelta(1)
LATE, CORRECTED, NEW = FIRST + DAY, "synthetic_b", FIRST + 3 * DAY


def sources(path: Path, seed: int) -> None:
    """Three boards of one market, but for one, which shows a market with the seed given."""
    market = Market(first_day=FIRST, last_day=NEW, postings_per_day=150, seed=5, text_bytes=800)
    made = market_sources(market).model_dump(mode="json", exclude_none=True)
    for source in made["sources"]:
        if source["name"] == CORRECTED:
            source["options"]["market"]["seed"] = seed
    path.write_text(yaml.safe_dump(made))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Release, Release]:
    """A release without one day in between; and one with it, with a new day, and with one board's pages replaced."""
    root = tmp_path_factory.mktemp("revisions")
    found = []
    for seed, spans in ((5, [(FIRST, FIRST), (LATE + DAY, LATE + DAY)]), (6, [(FIRST, NEW)])):
        sources(root / "sources.yaml", seed)
        installation = Installation(Store(root / "store"), root / "sources.yaml", workers=1)
        for first, last in spans:
            report = run_pipeline(installation, first, last)
            assert not report.failed, report.failed
        found.append(current_release(installation.store.releases))
    before, after = found
    assert before is not None
    assert after is not None
    assert before.id != after.id
    return installation, before, after


@pytest.fixture(scope="module")
def revision(
    two: tuple[Installation, Release, Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Revision]:
    installation, before, after = two
    scratch = installation.store.root / "scratch"
    yield explain(installation.store, before, after, scratch, None, lambda *_: None)
    shutil.rmtree(scratch)


def test_an_old_release_is_made_again_with_the_same_content(two: tuple[Installation, Release, Release]) -> None:
    installation, before, _ = two
    scratch = installation.store.root / "again"
    prepare(installation.store, ingredients(before), scratch)
    again = recompute(scratch)
    assert again.sealed.content == before.sealed.content
    assert again.sealed.files.keys() == before.sealed.files.keys()


def test_every_cause_is_told_apart(revision: Revision) -> None:
    assert revision.causes == ("correction", "late_data", "new_data")
    explained = revision.explained("mart_pay_bands")
    assert explained["causes"].null_count() == 0
    assert set(explained["causes"].explode()) == {"correction", "late_data", "new_data"}
    assert revision.explained("mart_wage_statistics").is_empty()


def test_steps_add_up_to_the_whole(revision: Revision) -> None:
    """A row that differs changed at one step at least; one that is the same changed at none or came back."""
    for name, difference in revision.tables.items():
        touched = {
            key for step in revision.by_cause.values() for key in step[name].rows.select(difference.keys).iter_rows()
        }
        assert set(difference.rows.select(difference.keys).iter_rows()) <= touched


def test_what_was_found_is_kept_for_the_api(two: tuple[Installation, Release, Release], revision: Revision) -> None:
    store = two[0].store
    keep(store, revision)
    rows = revision.explained("mart_pay_bands")
    keys = revision.tables["mart_pay_bands"].keys
    first = rows.row(0, named=True)
    found = causes_of(
        store.releases, revision.before.id, revision.after.id, "mart_pay_bands", [str(first[key]) for key in keys]
    )
    assert found == first["causes"]


def test_the_next_release_says_what_differs(two: tuple[Installation, Release, Release]) -> None:
    _, before, after = two
    assert after.facts["changes"] == {"since": before.id, "causes": ["correction", "late_data", "new_data"]}


def test_pages_that_were_replaced_stay_while_a_release_needs_them(two: tuple[Installation, Release, Release]) -> None:
    installation, before, _ = two
    store = Store(installation.store.root.with_name("pruned"))
    shutil.copytree(installation.store.root, store.root, ignore=shutil.ignore_patterns("scratch", "again"))
    needed = set(ingredients(before).landed.values())
    assert forget_replaced(store, needed).files == 0
    assert forget_replaced(store, set()).files == 2
    assert list(replaced_path(store, CORRECTED, FIRST, "").parent.glob("*.json")) == []
    with pytest.raises(BadInput, match=f"the pages of {CORRECTED} of {FIRST} are no longer there"):
        prepare(store, ingredients(before), store.root / "again")
    assert len(landed(store)) == 12


def test_no_file_that_decides_a_figure_is_left_out_of_the_rules() -> None:
    told = {path for pattern in (*PARSING, ESTIMATION) for path in HERE.glob(pattern) if path.is_file()}
    there = {path for name in ("ingestion", "estimation") for path in (HERE / name).rglob("*") if path.is_file()}
    left_out = {path.relative_to(HERE).parts[:2] for path in there - told if "__pycache__" not in path.parts}
    assert left_out == {("ingestion", "openings")}  # which has a version of its own


OLD = Ingredients(
    landed={("a", FIRST): "1", ("b", FIRST): "2"},
    sources=SourcesFile(sources=()),
    taxonomy=Path("old"),
    taxonomy_version="t1",
    versions={"parsing": "1", "normalisation": "1", "openings": "1", "methods": "1"},
    captured_to=FIRST,
)


def rules(**changed: str) -> Ingredients:
    return replace(OLD, versions=OLD.versions | changed)


@pytest.mark.parametrize(
    ("after", "old_code", "causes"),
    [
        (OLD, False, []),
        (replace(OLD, landed=OLD.landed | {("a", NEW): "3"}), False, ["new_data"]),
        (replace(OLD, landed=OLD.landed | {("c", FIRST): "3"}), False, ["late_data"]),
        (replace(OLD, landed={("a", FIRST): "1", ("b", FIRST): "9"}), False, ["correction"]),
        (replace(OLD, landed={("a", FIRST): "1"}), False, ["correction"]),
        (replace(OLD, taxonomy_version="t2"), False, ["taxonomy"]),
        (rules(methods="2"), False, ["method"]),
        (rules(openings="2"), False, ["deduplication"]),
        (replace(rules(normalisation="2"), taxonomy_version="t2"), False, ["taxonomy"]),
        (rules(methods="2", openings="2"), False, ["method+deduplication"]),
        (rules(methods="2", openings="2", parsing="2"), True, ["method", "deduplication", "correction"]),
    ],
)
def test_the_way_has_a_step_for_each_cause(after: Ingredients, old_code: bool, causes: list[str]) -> None:
    assert [step.cause for step in steps(OLD, after, old_code)] == causes


def test_old_code_runs_the_stages_whose_rules_have_not_changed_yet() -> None:
    way = steps(OLD, rules(methods="2", openings="2", normalisation="2"), True)
    assert [(step.cause, sorted(step.old_stages)) for step in way] == [
        ("method", ["openings", "rows"]),
        ("deduplication", ["rows"]),
        ("taxonomy", []),
    ]


def test_corrected_and_late_pages_come_one_after_the_other() -> None:
    after = replace(OLD, landed={("a", FIRST): "9", ("b", FIRST): "2", ("c", FIRST): "3", ("a", NEW): "4"})
    way = steps(OLD, after, False)
    assert [step.made_of.landed for step in way] == [
        {("a", FIRST): "9", ("b", FIRST): "2"},
        {("a", FIRST): "9", ("b", FIRST): "2", ("c", FIRST): "3"},
        after.landed,
    ]
