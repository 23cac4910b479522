"""Scores of places and employers on made-up sets: what counts as right, what is overruled, what is not there."""

from pathlib import Path

import polars as pl

from accuracy import employers, place_cases, places
from accuracy.duplicate_boards import LISTED
from accuracy.scores import Score
from accuracy.sets import Sets


def write(folder: Path, name: str, rows: dict[str, list[object]]) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_parquet(path)


def by_measure(scores: list[Score]) -> dict[str, Score]:
    return {score.measure: score for score in scores}


def test_hand_made_cases_of_places_are_read_rightly() -> None:
    assert [score.examples for score in place_cases.scores()] == [(), ()]


def test_places_are_judged_by_coordinates_labels_and_lists(tmp_path: Path) -> None:
    leeds, far = ("53.80", "-1.55"), ("51.5", "-0.1")
    nhs: dict[str, list[object]] = {
        "locality": ["Leeds", "Leeds", "Paris, France", None],
        "lat": [leeds[0], far[0], far[0], far[0]],
        "lon": [leeds[1], far[1], far[1], far[1]],
    }
    write(tmp_path, places.NHS, nhs)
    jobs: dict[str, list[object]] = {
        "job_location": ["Austin, TX", "Austin, TX", "Khartoum, Sudan", "Leeds, UK"],
        "job_country": ["United States", "Sudan", "Sudan", "France"],
    }
    write(tmp_path, places.DATA_JOBS, jobs)
    write(tmp_path, f"reference/{places.CITIES}", {
        "name": ["Lincoln", "Lincoln"], "country": ["United Kingdom", "United States"],
        "subcountry": ["England", "Nebraska"], "geonameid": ["8", "16"],
    })  # fmt: skip
    found = by_measure(places.score(Sets(tmp_path)).scores)
    assert (found["nhs_city_near"].figure, found["nhs_city_near"].cases) == (1 / 3, 3)
    assert found["nhs_abroad"].figure == 1 / 3
    assert (found["country_without_hint"].figure, found["country_without_hint"].cases) == (2 / 3, 3)
    assert found["country_without_hint"].note.startswith("1 rows")
    assert (found["bare_name_at_home"].figure, found["named_city_region"].figure) == (1.0, 1.0)
    assert found["adzuna_city_near"].figure is None
    assert found["remote_said_by_place"].figure is None


def test_employers_are_judged_by_pairs_and_by_shared_ids(tmp_path: Path) -> None:
    pairs: dict[str, list[object]] = {
        "a": ["Acme Inc.", "Acme", "Globex", "Unknown"], "b": ["ACME", "Acme Japan", "Initech", "N/A"],
        "same": [1, 1, 0, 0],
    }  # fmt: skip
    write(tmp_path, employers.PAIRS, pairs)
    columns = ("ats_id", "company_a", "company_b", "title_a", "title_b", "location_a", "location_b")
    write(tmp_path, LISTED, {name: ["Foo" if "b" in name else "Foo GmbH"] for name in columns})
    found = by_measure(employers.score(Sets(tmp_path)).scores)
    assert (found["precision"].figure, found["precision"].cases) == (1.0, 1)
    assert (found["recall"].figure, found["recall"].examples) == (0.5, ("Acme | Acme Japan",))
    assert found["listed_recall"].figure == 1.0
    assert found["boards_recall"].figure is None


def test_nothing_is_scored_without_sets() -> None:
    assert {score.figure for score in employers.score(Sets()).scores} == {None}
