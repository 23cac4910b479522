"""What long texts say: years of experience, language."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalisation.columns import one
from normalisation.experience import LEAST, MOST, experience_years
from normalisation.language import language

TEXTS = [
    ("3+ years of experience", 3, None),
    ("5-7 years of experience in accounting", 5, 7),
    ("5 to 10+ years of relevant experience", 5, None),
    ("at least five years' experience", 5, None),
    ("two (2) or more years of experience", 2, None),
    ("up to 2 years experience", None, 2),
    ("0-2 years of work experience", 0, 2),
    ("6 months experience", 0.5, None),
    ("1.5 years of experience", 1.5, None),
    ("experience: 3 years", 3, None),
    ("mindestens 3 Jahre Berufserfahrung", 3, None),
    ("mindestens drei Jahre Berufserfahrung", 3, None),
    ("3-jährige Berufserfahrung", 3, None),
    ("Berufserfahrung von mindestens 3 Jahren", 3, None),
    ("3 ans d'expérience", 3, None),
    ("No prior experience required.", 0, None),
    ("Our team has over 25 years of experience", None, None),
    ("Must be 18 years old. Experience helps.", None, None),
    ("Founded 10 years ago.\nExperience in SQL.", None, None),
    ("5+ years of experience.\n2+ years with Python experience.", 5, None),
    ("", None, None),
    (None, None, None),
]
FIELDS = [("2-4 Jahre", 2, 4), ("5", 5, None), ("3+", 3, None), ("10 years", 10, None), ("Entry level", None, None)]


@pytest.mark.parametrize(("text", "least", "most"), TEXTS)
def test_experience_asked_for_in_a_text(text: str | None, least: float | None, most: float | None) -> None:
    assert one(experience_years, None, text) == {LEAST: least, MOST: most}


@pytest.mark.parametrize(("text", "least", "most"), FIELDS)
def test_experience_in_a_field_is_believed_first(text: str, least: float | None, most: float | None) -> None:
    assert one(experience_years, text, None) == {LEAST: least, MOST: most}
    if least is not None:
        assert one(experience_years, text, "9+ years of experience") == {LEAST: least, MOST: most}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We are looking for an engineer to join our team in the city of Leeds.", "en"),
        ("Wir suchen einen Entwickler (m/w/d) für unser Team in Berlin.", "de"),
        ("Nous recherchons un ingénieur pour rejoindre notre équipe à Lyon.", "fr"),
        ("Buscamos un ingeniero con experiencia para unirse a nuestro equipo en Madrid.", "es"),
        ("Cerchiamo un ingegnere per la nostra sede di Milano con esperienza.", "it"),
        ("Wij zijn op zoek naar een ontwikkelaar voor ons team in het centrum.", "nl"),
        ("Szukamy programisty do naszego zespołu w Warszawie oraz w Krakowie.", "pl"),
        ("Мы ищем инженера в нашу команду в Москве", "ru"),
        ("エンジニアを募集しています。東京のオフィスで働く方を探しています。", "ja"),
        ("Senior Engineer", None),
        ("12345 67890 12345 67890 12345 67890", None),
        ("", None),
        (None, None),
    ],
)
def test_language(text: str | None, code: str | None) -> None:
    assert one(language, text) == code


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=120)), max_size=6))
def test_any_text_is_survived_row_by_row(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    found = frame.select(language=language(pl.col("text")), years=experience_years(pl.col("text"), pl.col("text")))
    assert found.height == len(texts)
    years = found["years"].struct.unnest()
    assert (years[LEAST].drop_nulls() >= 0).all()
    assert (years.drop_nulls()[LEAST] <= years.drop_nulls()[MOST]).all()


@pytest.mark.parametrize(
    ("text", "least"),
    [("5 years experience " * 550, 5), ("x" * 10_000, None), ("1 " * 5_000, None), ("years " * 1_700, None)],
    ids=["phrase", "word", "numbers", "unit"],
)
def test_long_texts_are_survived(text: str, least: float | None) -> None:
    assert one(experience_years, None, text) == {LEAST: least, MOST: None}
    one(experience_years, text, None)
    assert one(language, text) in ("en", None)


def test_languages_and_experience_on_real_postings(shared_data: Path) -> None:
    us = pl.read_parquet(shared_data / "postings" / "glassdoor_ds_us_2020.parquet", columns=["Job Description"])
    text = us.to_series().drop_nulls().alias("text").to_frame()
    found = text.select(
        language=language(pl.col("text")), years=experience_years(pl.lit(None, pl.String), pl.col("text"))
    )
    assert (found["language"] == "en").mean() >= 0.99
    stated = found["years"].struct.field(LEAST).is_not_null().mean()
    assert stated is not None
    assert stated >= 0.6
