"""Canonical partitions to normalised ones: what comes out, what is left alone, and that the split is no matter."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion import normalising
from ingestion.normalising import NormaliseReport, is_current, normalise_partitions
from ingestion.openings import cluster
from ingestion.schema import POSTINGS, SALARIES
from kit.errors import BadInput, Permanent
from kit.frames import Schema, write_frame
from kit.identifiers import stable_id
from kit.store import Store
from normalisation import schema
from normalisation import taxonomy as taxonomies
from normalisation.pipeline import normalise_postings, normalise_salaries
from normalisation.taxonomy import Taxonomy

DAY = date(2026, 4, 1)
TEXT = """We run warehouses for shops in the north east and need somebody who likes data.

Requirements
- Python and SQL, 3+ years of experience
- Kafka is a plus

This is a hybrid role. The salary is between $120,000 and $140,000 a year."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved taxonomy."""
    folder = tmp_path_factory.mktemp("taxonomy")
    taxonomies.save(taxonomies.build({}), folder)
    return folder


@pytest.fixture(scope="module")
def taxonomy(folder: Path) -> Taxonomy:
    return taxonomies.load(folder)


def frame(of: Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    given = pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()
    columns = [pl.col(name) if name in given.columns else pl.lit(None).alias(name) for name in of]
    return given.select(columns).cast(dict(of)) if rows else pl.DataFrame(schema=of)  # type: ignore[arg-type]


def posting(number: int, day: date = DAY, source: str = "board", **fields: Any) -> dict[str, Any]:
    default = {
        "source": source,
        "captured_on": day,
        "posting_id": stable_id(source, number),
        "source_posting_id": str(number),
        "title": "Senior Data Engineer (m/f/d)",
        "employer": "Acme Ltd.",
        "places": ["New York, NY"],
        "country_hint": "US",
        "description": TEXT,
        "skills_listed": ["Docker", "sql", "Patience"],
        "posted_on": day,
    }
    return default | fields


def canonical(
    store: Store, rows: list[dict[str, Any]], source: str = "board", day: date = DAY, made: str = "1"
) -> None:
    write_frame(frame(POSTINGS, rows), store.partition("canonical", "postings", source, day), made)


def written(store: Store) -> dict[str, bytes]:
    return {
        str(path.relative_to(store.root)): path.read_bytes() for path in store.root.rglob("normalised/**/*.parquet")
    }


def test_posting_is_normalised_in_every_respect(taxonomy: Taxonomy) -> None:
    made = normalise_postings(frame(POSTINGS, [posting(1)]), taxonomy)
    row = made.postings.row(0, named=True)
    expected = {
        "title_clean": "senior data engineer",
        "seniority": "senior",
        "place_id": "us/ny/new-york",
        "country": "US",
        "pay_min": 120_000.0,
        "pay_max": 140_000.0,
        "pay_currency": "USD",
        "pay_period": "year",
        "pay_origin": "text",
        "remote_mode": "hybrid",
        "experience_min_years": 3.0,
        "language": "en",
        "n_places": 1,
        "text_length": len(TEXT),
    }
    assert {name: row[name] for name in expected} == expected
    skills = dict(made.posting_skills.select("skill_id", "requirement").iter_rows())
    assert skills == {"python": "required", "sql": "required", "apache-kafka": "preferred", "docker": "mentioned"}
    print_ = made.fingerprints.row(0, named=True)
    assert (print_["title_key"], print_["places"], print_["pay_annual_min"]) == (
        row["title_clean"],
        ["us/ny/new-york"],
        120_000.0,
    )
    assert print_["employer_key"] == row["employer_key"] is not None


def test_frames_have_exactly_their_schemas(taxonomy: Taxonomy) -> None:
    for rows in (
        [],
        [posting(1)],
        [posting(1, **dict.fromkeys(["description", "employer", "places", "skills_listed"]))],
    ):
        made = normalise_postings(frame(POSTINGS, rows), taxonomy)
        assert made.postings.schema == schema.POSTINGS
        assert made.posting_skills.schema == schema.POSTING_SKILLS
        assert made.fingerprints.schema == schema.FINGERPRINTS
        assert len(made.postings) == len(made.fingerprints) == len(rows)
    salary = {
        "source": "s",
        "captured_on": DAY,
        "observation_id": 1,
        "title": "Nurse",
        "pay_min": 30.0,
        "place": "Boston, MA",
    }
    for rows in ([], [salary | {"pay_currency": "USD", "pay_period": "hour", "country_hint": "US"}]):
        assert normalise_salaries(frame(SALARIES, rows), taxonomy).schema == schema.SALARIES


def test_salary_observation_is_normalised(taxonomy: Taxonomy) -> None:
    row = {
        "source": "s",
        "captured_on": DAY,
        "observation_id": 1,
        "title": "Registered Nurse",
        "place": "Boston, MA",
        "country_hint": "US",
    }
    pay = {"pay_min": 50.0, "pay_max": 50.0, "pay_currency": "USD", "pay_period": "hour", "pay_kind": "base"}
    made = normalise_salaries(frame(SALARIES, [row | pay]), taxonomy).row(0, named=True)
    assert (made["place_id"], made["pay_annual_min"], made["pay_annual_hours"]) == ("us/ma/boston", 104_000.0, 2080.0)


def test_estimates_of_pay_tell_no_openings_apart(taxonomy: Taxonomy) -> None:
    guess = {
        "pay_min": 50_000.0,
        "pay_max": 60_000.0,
        "pay_currency": "USD",
        "pay_period": "year",
        "pay_kind": "estimated",
    }
    made = normalise_postings(frame(POSTINGS, [posting(1, **guess)]), taxonomy)
    assert made.postings["pay_min"].to_list() == [50_000.0]
    assert made.fingerprints["pay_annual_min"].to_list() == [None]


def test_place_text_that_says_more_than_is_known_is_kept_apart(taxonomy: Taxonomy) -> None:
    counties = [
        posting(number, places=[county], country_hint="GB")
        for number, county in enumerate(["Devon", "Kent", "England"])
    ]
    places = normalise_postings(frame(POSTINGS, counties), taxonomy).fingerprints["places"].to_list()
    assert places == [["gb/~/devon"], ["gb/~/kent"], ["gb/england"]]


def test_a_partition_has_every_frame_but_salaries_that_its_source_does_not_give(tmp_path: Path, folder: Path) -> None:
    store, partition = Store(tmp_path), ("board", DAY)
    version = taxonomies.version(folder)

    def normalised() -> dict[str, pl.Schema]:
        assert not is_current(store, version, partition)
        assert normalise_partitions(store, folder, [partition]) == [NormaliseReport("board", DAY, skipped=False)]
        assert is_current(store, version, partition)
        paths = {name: store.partition("normalised", name, *partition) for name in schema.FRAMES}
        return {name: pl.read_parquet_schema(path) for name, path in paths.items() if path.exists()}

    canonical(store, [])
    without = {name: columns for name, columns in schema.FRAMES.items() if name != "salaries"}
    assert normalised() == without
    salaries = store.partition("canonical", "salaries", *partition)
    write_frame(pl.DataFrame(schema=SALARIES), salaries, "1")
    assert normalised() == schema.FRAMES
    salaries.unlink()
    assert normalised() == without


def test_only_what_changed_is_done_again(tmp_path: Path, folder: Path) -> None:
    store, days = Store(tmp_path), [DAY, DAY + timedelta(1)]
    for day in days:
        canonical(store, [posting(1, day)], day=day)
    partitions = [("board", day) for day in days]
    assert [report.skipped for report in normalise_partitions(store, folder, partitions)] == [False, False]
    before = written(store)
    assert [report.skipped for report in normalise_partitions(store, folder, partitions)] == [True, True]
    assert written(store) == before
    canonical(store, [posting(1, days[1]), posting(2, days[1])], day=days[1], made="2")
    version = taxonomies.version(folder)
    assert [is_current(store, version, partition) for partition in partitions] == [True, False]
    assert not is_current(store, "another taxonomy", partitions[0])
    assert [report.postings for report in normalise_partitions(store, folder, partitions)] == [0, 2]


def test_processes_slices_and_batches_give_the_same_bytes(
    tmp_path: Path, folder: Path, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    partitions = [(source, DAY + timedelta(day)) for source in ("one", "two") for day in range(3)]

    def filled(name: str) -> Store:
        store = Store(tmp_path / name)
        for source, day in partitions:
            rows = [posting(n, day, source, title=f"Engineer {n}", description=f"{TEXT}\n{n}") for n in range(7)]
            canonical(store, rows, source, day)
        return store

    ways: dict[str, Callable[[Store], Any]] = {
        "one": lambda store: normalise_partitions(store, taxonomy, partitions),
        "backwards": lambda store: normalise_partitions(store, folder, partitions[::-1]),
    }
    results = {}
    for name, way in ways.items():
        way(store := filled(name))
        results[name] = written(store)
    monkeypatch.setattr(normalising, "BATCH_ROWS", 5)
    seen: list[tuple[int, int]] = []
    for name, workers in (("sliced", 1), ("processes", 2)):
        normalise_partitions(
            store := filled(name), folder, partitions, workers, lambda done, all_: seen.append((done, all_))
        )
        assert seen[-1] == (6, 6)
        results[name] = written(store)
    assert len(results["one"]) == 18
    assert all(result == results["one"] for result in results.values())


def test_failure_names_the_partition(tmp_path: Path, folder: Path) -> None:
    store = Store(tmp_path)
    write_frame(
        pl.DataFrame({"title": ["no canonical columns"]}), store.partition("canonical", "postings", "board", DAY)
    )
    with pytest.raises(Permanent, match="board of 2026-04-01"):
        normalise_partitions(store, folder, [("board", DAY)])


def test_missing_taxonomy_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no taxonomy in"):
        normalise_partitions(Store(tmp_path), tmp_path / "nowhere", [("board", DAY)])


def test_copies_on_two_boards_become_one_opening(tmp_path: Path, folder: Path) -> None:
    store = Store(tmp_path)
    canonical(store, [posting(1, source="a"), posting(2, source="a", places=["Boston, MA"])], "a")
    canonical(store, [posting(3, source="b", employer="ACME, Ltd", title="Senior Data Engineer")], "b")
    normalise_partitions(store, folder, [("a", DAY), ("b", DAY)])
    report = cluster(store)
    assert (report.postings, report.openings) == (3, 2)


def test_taxonomy_survives_saving(folder: Path, taxonomy: Taxonomy) -> None:
    assert taxonomies.version(folder) == taxonomy.version
    tables = taxonomies.export_tables(taxonomy)
    assert set(tables) == {"occupations", "skills", "places", "countries"}
    for name, key in (
        ("occupations", "occupation_code"),
        ("skills", "skill_id"),
        ("places", "place_id"),
        ("countries", "country"),
    ):
        assert tables[name][key].is_unique().all()
    known = set(tables["occupations"]["occupation_code"])
    assert set(tables["occupations"]["parent_code"].drop_nulls()) <= known
    assert taxonomy.occupation_title("15-1252") == "Software Developers"
