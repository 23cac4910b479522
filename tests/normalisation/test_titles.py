"""Titles: cleaned of noise, coded with a probability, backed off where that is low."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalisation.full_taxonomies import title_coder
from normalisation.reference.occupations import load_occupations
from normalisation.reference.soc import group_of, level_of
from normalisation.schema import OCCUPATION
from normalisation.title_text import clean_title
from normalisation.titles import SURE, TitleCoder, occupation_columns


@pytest.fixture(scope="module")
def coder() -> TitleCoder:
    return title_coder({})


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Sr. Data Engineer (m/w/d)", "senior data engineer"),
        ("Staff Nurse - Band 5", "staff nurse"),
        ("Accountant, #REQ-20391", "accountant"),
        ("Backend Developer | Remote", "back end developer"),
        ("Delivery Driver £14.50 per hour", "delivery driver"),
        ("Softwareentwickler:in", "softwareentwickler"),
        ("URGENT: Welder, nights, immediate start", "welder"),
        ("Forklift Operator - Dayton, OH", "forklift operator"),
        ("(m/f/d)", ""),
    ],
)
def test_noise_goes(title: str, clean: str) -> None:
    assert clean_title(title) == clean


@given(
    title=st.text(max_size=70)
    | st.lists(st.sampled_from(["Sr.", "Nurse", "-", "(m/w/d)", ",", "Remote", "II", "/", "3"])).map(" ".join)
)
@settings(max_examples=200)
def test_cleaning_again_changes_nothing(title: str) -> None:
    once = clean_title(title)
    assert clean_title(once) == once


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Senior Software Engineer II", "15-1252"),
        ("Krankenschwester (m/w/d)", "29-1141"),
        ("Director of Nursing", "11-9000"),  # filers give it to several managers
        ("HGV Class 1 Driver - Nights", "53-3032"),
        ("Registered Nurse, ICU", "29-1141"),
        ("teaching assistants", "25-9040"),
        ("Data analyst with SQL and Excel", "15-2051"),
        ("LKW-Fahrer (m/w/d)", "53-3032"),
    ],
)
def test_known_titles(coder: TitleCoder, title: str, code: str) -> None:
    match = coder.code(title)
    assert (match.code, match.method) == (code, "exact")
    assert match.level == level_of(code)


def test_an_occupations_own_name_is_that_occupation(coder: TitleCoder) -> None:
    """A buyer who looks a name up in the list of occupations finds its postings under it."""
    names = load_occupations().names()
    found = coder.code_many(pl.Series(list(names.values())))["occupation_code"]
    assert {code: other for code, other in zip(names, found, strict=True) if code != other} == {}


def test_near_titles_are_coded_or_left_open(coder: TitleCoder) -> None:
    near = coder.code("delivery vann driver")
    assert (near.code, near.level, near.method) == ("53-3000", "minor", "nearest")
    misspelled = coder.code("Registred nurse")
    assert misspelled.code in {"29-1141", "29-1140", "29-1000", "29-0000"}
    vague = coder.code("Opportunity coordinator synergy")
    assert vague.code is None
    assert vague.probability is not None
    assert vague.probability < SURE


@pytest.mark.parametrize("title", ["", "   ", "(m/w/d)", "12345", "—"])
def test_a_title_that_says_nothing_has_no_occupation(coder: TitleCoder, title: str) -> None:
    match = coder.code(title)
    assert (match.code, match.level, match.probability, match.method) == (None, None, None, None)


def test_a_title_that_was_added_moves_to_its_code(coder: TitleCoder) -> None:
    added = TitleCoder.of([("29-1141", "wurblet"), ("15-1252", "zorkmid maker"), ("15-1254", "zorkmid maker")])
    chances = {title: dict(added.candidates(title, 3)) for title in ("wurblet", "zorkmid maker")}
    assert chances["wurblet"]["29-1141"] > 3 * dict(coder.candidates("wurblet", 900))["29-1141"]
    assert set(list(chances["zorkmid maker"])[:2]) == {"15-1252", "15-1254"}
    assert added.code("wurblet").method == "exact"


def test_an_occupation_that_no_table_of_ours_has_is_kept() -> None:
    """As one that a newer taxonomy brings, or that left the one that the model has learned from."""
    newer = TitleCoder.of([("15-1999", "zorkmid maker")], names=[("15-1999", "zorkmid makers")])
    assert newer.candidates("zorkmid maker", 1)[0][0] == "15-1999"
    assert newer.code("zorkmid maker").code in {"15-1999", "15-1990", "15-1200", "15-0000"}


def test_one_at_a_time_is_as_in_bulk_and_order_does_not_matter(coder: TitleCoder) -> None:
    titles = pl.Series(
        ["Plumber", None, "senior plumber's mate", "Data analyst", "Plumber", "zzz", "cloud platform ninja"]
    )
    bulk = coder.code_many(titles)
    assert bulk.columns == [name for name in OCCUPATION if name != "seniority"]
    assert coder.code_many(titles.reverse()).reverse().equals(bulk)
    for title, row in zip(titles, bulk.iter_rows(named=True), strict=True):
        if title is not None:
            match = coder.code(title)
            assert row["occupation_code"] == match.code
            assert row["occupation_probability"] == match.probability
            assert row["title_clean"] == match.title_clean


def test_a_saved_coder_answers_the_same(coder: TitleCoder, tmp_path: Path) -> None:
    coder.save(tmp_path / "titles")
    titles = pl.Series(["Java developer", "night shift ward nurse", "apprentice joiner", "regional sales lead"])
    assert TitleCoder.load(tmp_path / "titles").code_many(titles).equals(coder.code_many(titles))
    before = {path.name: path.read_bytes() for path in (tmp_path / "titles").iterdir()}
    title_coder({}).save(tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == before


def test_a_code_from_the_source_decides(coder: TitleCoder) -> None:
    frame = pl.DataFrame(
        {
            "title": ["Nurse", "Anything", "IT Specialist", "Senior chef", "Baker"],
            "occupation_code": ["opm:0610", "soc2010:15-1132", "opm:2210", "unknown:77", None],
            "seniority_text": [None, "Entry level", None, None, None],
        }
    )
    got = occupation_columns(frame, coder)
    assert got.schema == pl.Schema(OCCUPATION)
    assert got["occupation_code"].to_list() == ["29-1141", "15-1252", "15-1200", "35-1011", "51-3011"]
    assert got["occupation_level"].to_list() == ["detailed", "detailed", "minor", "detailed", "detailed"]
    assert got["occupation_method"].to_list() == ["source", "source", "source", "exact", "exact"]
    assert got["seniority"].to_list() == [None, "entry", None, "senior", None]
    assert occupation_columns(frame.head(0), coder).schema == pl.Schema(OCCUPATION)
    assert occupation_columns(frame.select("title"), coder)["occupation_method"].to_list().count("source") == 0


def test_the_built_in_file_is_whole() -> None:
    occupations = load_occupations()
    for code in occupations.titles:
        for level in ("minor", "major"):
            assert group_of(code, level) in occupations.titles, code
    assert len({code for code, _ in occupations.entries if level_of(code) == "detailed"}) >= 350
