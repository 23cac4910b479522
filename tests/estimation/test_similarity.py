"""Occupations that are alike: by hand where the answer is plain, and beside O*NET's own judgement."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from accuracy.career_moves import FIRST, described, is_learned_from, recall, score
from accuracy.career_weights import fit
from accuracy.sets import Sets
from estimation.careers.similarity import WEIGHTS, compare, related_occupations, stems
from normalisation.reference.onet_work import OCCUPATION_FEATURES, by_soc, onet_features, skill_named, technology_skills

TITLES = {
    "15-1252": ["Software Developer", "Software Engineer", "Application Developer"],
    "15-1253": ["Software Tester", "Software Quality Engineer", "Test Engineer"],
    "15-1254": ["Web Developer", "Web Application Developer", "Website Engineer"],
    "29-1141": ["Registered Nurse", "Staff Nurse", "Ward Nurse"],
    "29-2061": ["Practical Nurse", "Vocational Nurse", "Ward Nurse"],
    "35-2014": ["Cook", "Line Cook", "Restaurant Cook"],
}


def frame(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=OCCUPATION_FEATURES, orient="row")


def titled() -> pl.DataFrame:
    return frame([(code, "title", title) for code, titles in TITLES.items() for title in titles])


def test_titles_alone_put_like_occupations_first() -> None:
    found = related_occupations(titled())
    first = dict(found.filter(pl.col("place") == 1).select("occupation_code", "related_code").iter_rows())
    assert first["15-1252"] in ("15-1253", "15-1254")
    assert (first["29-1141"], first["29-2061"]) == ("29-2061", "29-1141")
    assert found.group_by("occupation_code").len()["len"].to_list() == [len(TITLES) - 1] * len(TITLES)


def test_order_of_rows_changes_nothing() -> None:
    assert related_occupations(titled().sample(fraction=1.0, shuffle=True, seed=3)).equals(
        related_occupations(titled())
    )


@pytest.mark.parametrize(
    "rows", [[], [("15-1252", "title", "Cook")], [("15-1252", "title", ""), ("29-1141", "task", "x")]]
)
def test_too_little_to_compare_gives_no_relation(rows: list[tuple[str, str, str]]) -> None:
    assert related_occupations(frame(rows)).is_empty()


def test_stems_drop_endings_and_stop_words() -> None:
    assert stems("Sales Managers, engineering of Databases") == ["sale", "manag", "engineer", "databas"]


def test_recall_counts_the_first_ten() -> None:
    scores = -np.abs(np.subtract.outer(np.arange(30.0), np.arange(30.0)))
    related = np.zeros((30, 30), dtype=bool)
    related[0, 1 : FIRST + 3] = True
    assert recall(scores, related)[0] == pytest.approx(FIRST / (FIRST + 2))
    assert recall(scores, related)[1] == 0


def test_skills_are_found_in_the_names_of_technologies() -> None:
    known = {"jira": "jira", "sql": "sql", "adobe acrobat": "adobe-acrobat", "word": "word"}

    def skill_of(name: str) -> str | None:
        return known.get(name.lower())

    names = (
        "Atlassian JIRA",
        "Structured query language SQL",
        "Adobe Systems Adobe Acrobat",
        "Word processing suite of tools",
    )
    assert [skill_named(name, skill_of) for name in names] == ["jira", "sql", "adobe-acrobat", None]


def write_onet(folder: Path) -> None:
    """A release of two occupations, one of them with a part of its own, as text files."""
    tables = {
        "Occupation Data": "O*NET-SOC Code\tTitle\tDescription\n11-1011.00\tChiefs\tLead\n11-1011.03\tGreen Chiefs\t\n",
        "Technology Skills": "O*NET-SOC Code\tExample\tCommodity Title\n11-1011.03\tAtlassian JIRA\tWorkflow\n",
        "Job Zones": "O*NET-SOC Code\tJob Zone\n11-1011.00\t5\n11-1011.03\t4\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.txt").write_text(text)


def test_parts_of_an_occupation_are_read_as_one(tmp_path: Path) -> None:
    write_onet(tmp_path)
    skills = technology_skills(tmp_path, {"JIRA": "jira"}.get)
    found = by_soc(pl.concat([onet_features(tmp_path), skills]))
    assert found["occupation_code"].unique().to_list() == ["11-1011"]
    kinds = {
        kind: found.filter(pl.col("feature_kind") == kind)["feature_value"].to_list()
        for kind in ("title", "skill", "job_zone")
    }
    assert kinds == {"title": ["Chiefs", "Green Chiefs"], "skill": ["jira"], "job_zone": ["5"]}


def test_nothing_is_scored_without_tables(tmp_path: Path) -> None:
    assert [score(Sets(reference=folder)).scores[0].figure for folder in (None, tmp_path)] == [None, None]


@pytest.mark.deep
def test_recall_keeps_what_was_reached_and_weights_are_those_that_the_taught_half_gives(shared_data: Path) -> None:
    folder = shared_data / "reference"
    reached = score(Sets(reference=folder)).scores[0]
    assert reached.figure is not None
    assert reached.figure >= 0.608 - 2 * reached.error
    from accuracy.career_moves import labels

    compared = compare(described(folder))
    again = fit(compared, labels(folder, compared.codes))
    assert again == pytest.approx(WEIGHTS, abs=0.02)
    assert [is_learned_from(at) for at in range(3)] == [True, False, True]
