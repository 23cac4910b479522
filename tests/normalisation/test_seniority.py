"""Seniority from titles and from what sources say."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalisation.schema import SENIORITY
from normalisation.seniority import seniority_many, seniority_of


@pytest.mark.parametrize(
    ("title", "rank"),
    [
        ("Software Engineering Intern (Summer)", "intern"),
        ("Werkstudent Marketing (m/w/d)", "intern"),
        ("Junior Accountant", "entry"),
        ("Graduate Civil Engineer", "entry"),
        ("Engineer II", "mid"),
        ("Sr. Data Scientist", "senior"),
        ("Analyst III, Claims", "senior"),
        ("Staff Software Engineer", "staff"),
        ("Principal Hydrologist", "staff"),
        ("Staff Nurse", None),
        ("IV Therapy Nurse", None),
        ("Senior Product Manager", "manager"),
        ("Team Leader - Warehouse", "manager"),
        ("Lead Generation Specialist", None),
        ("Head Chef", "manager"),
        ("Head of Analytics", "director"),
        ("Sr. Director, Supply Chain", "director"),
        ("Senior Vice President, Lending", "vp"),
        ("SVP Finance", "vp"),
        ("CTO", "c_level"),
        ("Co-Founder & Head of Design", "c_level"),
        ("Chief Nursing Officer", "c_level"),
        ("Executive Assistant to the CEO", None),
        ("Plumber", None),
        ("", None),
    ],
)
def test_rank(title: str, rank: str | None) -> None:
    assert seniority_of(title) == rank


def test_the_source_speaks_where_the_title_does_not() -> None:
    assert seniority_of("Plumber", "Entry level") == "entry"
    assert seniority_of("Data Scientist", "SE") == "senior"
    assert seniority_of("Senior Plumber", "Entry level") == "senior"
    assert seniority_of("Plumber", "Not applicable") is None
    assert seniority_of(None, None) is None


@given(title=st.none() | st.text(max_size=60), said=st.none() | st.text(max_size=20))
def test_any_text_gives_a_rank_or_none(title: str | None, said: str | None) -> None:
    assert seniority_of(title, said) in (None, *SENIORITY)


def test_bulk_keeps_order() -> None:
    titles = pl.Series(["VP Sales", None, "Cook", "VP Sales"])
    said = pl.Series([None, "Director", "junior", "junior"])
    assert seniority_many(titles, said).to_list() == ["vp", "director", "entry", "vp"]
    assert seniority_many(titles).to_list() == ["vp", None, None, "vp"]
