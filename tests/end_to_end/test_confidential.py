"""Contributed salaries beside a small market, through the whole pipeline, release after release."""

import csv
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
import yaml
from click.testing import CliRunner

from cli.main import payband
from kit.errors import BadInput
from kit.releases import Release, open_release
from orchestration import taken_up
from orchestration.installation import Installation
from orchestration.provenance import ingredients
from orchestration.recomputing import prepare, recompute
from orchestration.run import run_pipeline
from serving.insights.salaries.queries import salary_insights
from serving.insights.salaries.schemas import SalaryQuestion
from serving.names import load_names
from serving.reader import Reader
from tests.conftest import ROOT
from tests.end_to_end.small_market import LAST, current, installation

# Dagster, dbt and Great Expectations warn about each other.
pytestmark = [pytest.mark.deep, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]

GIVEN = "given"
EXAMPLE = yaml.safe_load((ROOT / "examples" / "contributed.yaml").read_text())["sources"][1]
# What confidential pay may move. Everything else must be the same to the last byte.
MOVED = {"mart_pay_bands", "mart_pay_by_experience", "mart_coverage", "mart_sources"}
THIN = ("Registered Nurse", "Albany, NY", 3)  # one cell of three people
CELLS = [
    ("Registered Nurse", "New York, NY", 30),
    ("Registered Nurse", "Buffalo, NY", 14),
    THIN,
    ("Accountant", "New York, NY", 12),
    ("Accountant", "Austin, TX", 16),
]
Row = dict[str, Any]


def people(first_id: int, cells: list[tuple[str, str, int]], seed: int) -> list[Row]:
    chance = random.Random(seed)
    wanted = [(job, city) for job, city, count in cells for _ in range(count)]
    return [
        {
            "id": first_id + number,
            "title": job,
            "city": city,
            "base_pay": round(90_000 * chance.lognormvariate(0, 0.15)),
            "years": chance.randrange(12),
            "given_on": LAST - timedelta(chance.randrange(300)),
        }
        for number, (job, city) in enumerate(wanted)
    ]


def write(folder: Path, market: Path, rows: list[Row], **rights: Any) -> Path:
    """The market's sources and the contributed one, with its file; returns the sources file."""
    with open(folder / "given.csv", "w", newline="") as handle:
        table = csv.DictWriter(handle, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    options = EXAMPLE["options"] | {"path": "given.csv"}
    given = EXAMPLE | {"name": GIVEN, "options": options, "rights": EXAMPLE["rights"] | rights}
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [*yaml.safe_load(market.read_text())["sources"], given]}))
    return path


def published(made: Installation) -> Release:
    report = run_pipeline(made)
    assert report.failed == {}
    return current(made)


def table(release: Release, name: str) -> pl.DataFrame:
    return pl.read_parquet(release.table(name))


def cell(release: Release, place: str, code: str = "29-1141") -> Row:
    found = table(release, "mart_pay_bands").filter(
        period="trailing", basis="reported", occupation_code=code, place_id=place, dimension="all"
    )
    return found.row(0, named=True)


@pytest.fixture(scope="module")
def made(
    whole: Installation, sources: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, list[Release], Callable[..., Path]]:
    """Three releases: the first rows; the same and one of Albany's corrected, one more beside them; many more."""
    folder = tmp_path_factory.mktemp("confidential")
    shutil.copytree(whole.store.root, folder / "store")
    rows = people(1, CELLS, seed=1)
    albany = next(row for row in rows if row["city"] == THIN[1])
    corrected = [row | {"base_pay": 2 * row["base_pay"]} if row is albany else row for row in rows]
    one_more = [*corrected, *people(500, [("Accountant", "Austin, TX", 1)], seed=2)]
    many_more = [
        *one_more,
        *people(600, [("Registered Nurse", "New York, NY", 20), ("Accountant", "Austin, TX", 6)], seed=3),
    ]
    releases = []
    for stated in (rows, one_more, many_more):
        here = installation(folder / "store", write(folder, sources, stated), folder)
        releases.append(published(here))
    return here, releases, lambda stated, **rights: write(folder, sources, stated, **rights)


def test_only_pay_cells_move(made: Any, whole: Installation) -> None:
    without, with_it = current(whole), made[1][0]
    differing = {name for name in without.sealed.tables if not table(without, name).equals(table(with_it, name))}
    assert differing == MOVED
    bands = table(with_it, "mart_pay_bands").filter(pl.col("basis") != "reported")
    assert bands.equals(table(without, "mart_pay_bands").filter(pl.col("basis") != "reported"))
    folders = {path for path in without.sealed.files if path.startswith(("taxonomy/", "accuracy/"))}
    assert all(without.sealed.files[path] == with_it.sealed.files[path] for path in folders)


def test_a_cell_of_five_and_more_answers_rounded(made: Any) -> None:
    state = cell(made[1][0], "us/ny")
    assert (state["level"], state["n_observations"], state["own_weight"]) == ("asked", 45, None)  # of 47
    assert state["sources"] == GIVEN
    assert all(state[name] % 100 == 0 for name in ("p50", "p50_low", "p50_high", "mean"))
    assert (state["n_effective"], state["top_employer_share"]) == (None, None)
    assert state["method"] == "reported-confidential-pay@1"


def test_a_thin_cell_says_what_its_parent_says_and_a_neighbour_is_withheld_with_it(made: Any) -> None:
    state, albany, buffalo = (cell(made[1][0], place) for place in ("us/ny", "us/ny/albany", "us/ny/buffalo"))
    for withheld in (albany, buffalo):
        assert (withheld["level"], withheld["own_weight"], withheld["parent_place_id"]) == ("parent", 0.0, "us/ny")
        assert all(withheld[name] == state[name] for name in ("p50", "mean", "n_observations", "n_openings", "sources"))


def test_the_door_tells_a_thin_cell_as_its_parent(made: Any) -> None:
    release = made[1][0]
    reader = Reader(release, load_names(release.folder / "taxonomy"))
    asked = {"job_title": "Registered Nurse", "basis": "reported"}
    thin, state = (
        orjson.loads(salary_insights(reader, SalaryQuestion(location=place, **asked)))
        for place in ("Albany, NY", "us/ny")
    )
    assert thin["evidence"]["effective_query"]["place"]["id"] == "us/ny/albany"
    assert state["evidence"]["effective_query"]["place"]["id"] == "us/ny"
    assert (thin["evidence"]["level"], thin["evidence"]["weights"]) == ("parent", {"own": 0.0, "parent": 1.0})
    assert thin["evidence"]["parent"]["place_id"] == "us/ny"
    same = ("salary_range", "market_percentiles", "sample_size")
    assert {name: thin[name] for name in same} == {name: state[name] for name in same}
    counts = ("n_openings", "n_observations", "n_employers", "share_with_pay", "n_effective", "top_employer_share")
    assert {name: thin["evidence"][name] for name in counts} == {name: state["evidence"][name] for name in counts}


def test_coverage_and_sources_count_no_confidential_row(made: Any) -> None:
    covered = table(made[1][0], "mart_coverage").filter(basis="reported")
    assert covered.height > 10
    assert covered.select("n_openings", "n_observations", "n_employers").sum().row(0) == (0, 0, 0)
    source = table(made[1][0], "mart_sources").filter(source=GIVEN).row(0, named=True)
    assert (source["confidential"], source["reason"], source["n_salaries"]) == (True, "confidential", None)


def test_a_correction_and_one_row_more_change_nothing(made: Any) -> None:
    """Else what differs between the two releases would be these people's pay."""
    _, (first, second, third), _ = made
    assert second.id == first.id
    assert third.id != first.id


def test_many_rows_more_move_what_they_pass_in(made: Any) -> None:
    _, (first, _, third), _ = made
    assert (cell(first, "us/ny")["n_observations"], cell(third, "us/ny")["n_observations"]) == (45, 65)  # 47, and 20
    texas = [cell(release, "us/tx", "13-2011")["n_observations"] for release in (first, third)]
    assert texas == [15, 20]  # 16, and the one that waited with six others


def test_nothing_of_a_row_is_in_a_release(made: Any) -> None:
    for release in made[1]:
        files = [path for path in release.folder.rglob("*") if path.is_file()]
        assert not any(path.name.startswith("taken_up") for path in files)
        for path in files:
            if path.suffix == ".parquet":
                assert "observation_id" not in pl.read_parquet_schema(path)


def test_a_release_is_made_again_from_the_rows_that_the_one_before_stood_on(made: Any, tmp_path: Path) -> None:
    here, (first, _, third), _ = made
    told = taken_up.told(third)
    assert (told["release"], told["before"]) == (first.id, taken_up.told(first)["after"])
    scratch = here.store.root / "again"
    prepare(here.store, ingredients(third), scratch)
    assert recompute(scratch).sealed.content == third.sealed.content
    shutil.rmtree(scratch)
    kept = taken_up.file_of(here.store, str(told["before"]))
    kept.rename(tmp_path / "away")
    with pytest.raises(BadInput, match=f"confidential rows that release {first.id} stood on are no longer there"):
        prepare(here.store, ingredients(third), scratch)
    shutil.rmtree(scratch)
    (tmp_path / "away").rename(kept)


def test_without_the_last_release_s_rows_nothing_is_published(made: Any, tmp_path: Path) -> None:
    here, (*_, third), write_again = made
    folder = Path(here.store.root).with_name("lost")
    shutil.copytree(here.store.root, folder)
    lost = installation(folder, here.sources_path, here.data)
    taken_up.file_of(lost.store, str(taken_up.told(third)["after"])).unlink()
    write_again(people(1, CELLS, seed=9))
    report = run_pipeline(lost)
    assert "without which no figure of confidential pay" in report.failed["publish"]
    assert current(lost).id == third.id


def test_a_taken_down_source_leaves_no_pay_behind(made: Any) -> None:
    here = made[0]
    folder = Path(here.store.root).with_name("taken_down")
    shutil.copytree(here.store.root, folder)
    done = CliRunner().invoke(
        payband, ["prune", "--store", str(folder), "--sources", str(here.sources_path), "--source", GIVEN]
    )
    assert done.exit_code == 0, done.output
    rows = pl.concat([pl.read_parquet(path) for path in (folder / "taken_up").glob("*.parquet")])
    assert rows.height > 0
    assert rows["pay_annual"].null_count() == rows.height


def test_a_confidential_source_of_postings_is_refused(made: Any, tmp_path: Path) -> None:
    here = made[0]
    listed = yaml.safe_load(Path(here.sources_path).read_text())["sources"]
    listed[0]["rights"] = {"aggregates": True, "confidential": True}
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": listed}))
    report = run_pipeline(installation(tmp_path / "store", path, here.data))
    assert "only salaries can be confidential" in report.failed[listed[0]["name"]]


@pytest.mark.parametrize("frame", ["salaries", "postings"])
def test_a_poisoned_source_without_aggregates_moves_nothing(
    frame: str, whole: Installation, sources: Path, tmp_path: Path
) -> None:
    """Ten times the market's pay, in the market's own places, from a source that may not be in figures."""
    rows = [row | {"base_pay": 10 * row["base_pay"]} for row in people(1, CELLS, seed=4)]
    path = write(tmp_path, sources, rows, aggregates=False, confidential=False)
    listed = yaml.safe_load(path.read_text())
    if frame == "postings":
        mapping = listed["sources"][-1]["options"]["mapping"]
        mapping["frame"] = "postings"
        columns = mapping["columns"]
        del columns["basis"], columns["experience_years"], mapping["identity"]
        columns |= {"posted_on": columns.pop("observed_on"), "places": columns.pop("place"), "source_posting_id": "id"}
        path.write_text(yaml.safe_dump(listed))
    shutil.copytree(whole.store.root, tmp_path / "store")
    poisoned, clean = published(installation(tmp_path / "store", path, tmp_path)), current(whole)
    assert poisoned.id != clean.id
    shown = table(poisoned, "mart_sources").filter(source=GIVEN).row(0, named=True)
    assert (shown["reason"], shown["n_postings"], shown["n_salaries"]) == ("no_aggregates", None, None)
    files = {path for path in clean.sealed.files if path.startswith("tables/") and "mart_sources" not in path}
    assert {path: poisoned.sealed.files[path] for path in files} == {path: clean.sealed.files[path] for path in files}
    assert open_release(poisoned.folder.parent, poisoned.id).sealed.status == "ready"
