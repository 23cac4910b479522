"""Company size, employment type, remote mode: what short fields and titles say."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalisation import columns
from normalisation.columns import one, over_distinct, remembered
from normalisation.company_size import BANDS, company_size
from normalisation.employment import EMPLOYMENT_TYPES, employment_type
from normalisation.remote import REMOTE_MODES, remote_mode


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("1 to 50 employees", "1-49"),
        ("51-200", "50-249"),
        ("201 to 500 employees", "250-999"),
        ("501 to 1000 employees", "250-999"),
        ("1,001-5,000", "1000-9999"),
        ("1.001 - 5.000 Mitarbeiter", "1000-9999"),
        ("5001 to 10000 employees", "1000-9999"),
        ("10000+ employees", "10000+"),
        ("10k+", "10000+"),
        ("350", "250-999"),
        ("S", "1-49"),
        ("L", None),
        ("250+", None),
        ("Unknown", None),
        ("-1", None),
        ("0", None),
    ],
)
def test_company_size(text: str, band: str | None) -> None:
    assert one(company_size, text) == band


@pytest.mark.parametrize(
    ("field", "title", "kind"),
    [
        ("Full-time", None, "full_time"),
        ("FullTime", None, "full_time"),
        ("FULL_TIME", None, "full_time"),
        ("F", None, "full_time"),
        ("Teilzeit", None, "part_time"),
        ("Full-time and Part-time", None, "full_time"),
        ("Full-time, Part-time, and Internship", None, "full_time"),
        ("Full Time - 12 Month Contract", None, "contract"),
        ("Contractor", None, "contract"),
        ("Temp work", None, "temporary"),
        ("Fixed-Term", None, "temporary"),
        ("unbefristet, Vollzeit", None, "full_time"),
        ("befristet", None, "temporary"),
        ("Praktikum", None, "internship"),
        ("Apprentice", None, "apprenticeship"),
        ("Permanent", None, None),
        ("CDI", None, None),
        (None, "Data Science Intern", "internship"),
        (None, "Werkstudent (m/w/d)", "internship"),
        (None, "Engineer (Contract)", "contract"),
        (None, "Contracts Manager", None),
        (None, "Contract Specialist", None),
        (None, "Internal Auditor, International", None),
        ("Full-time", "Data Science Intern", "full_time"),
        ("", "Nurse - Part Time", "part_time"),
        (None, None, None),
    ],
)
def test_employment_type(field: str | None, title: str | None, kind: str | None) -> None:
    assert one(employment_type, field, title) == kind


@pytest.mark.parametrize(
    ("field", "hint", "title", "text", "mode"),
    [
        ("Remote", None, None, None, "remote"),
        ("Hybrid remote", None, None, None, "hybrid"),
        ("On-site", None, None, None, "on_site"),
        ("true", None, None, None, "remote"),
        ("false", None, None, None, None),
        ("false", "remote", None, None, None),
        ("false", "hybrid", None, None, "hybrid"),
        ("not remote", None, None, None, "on_site"),
        (None, "hybrid", "Engineer (Remote)", None, "hybrid"),
        (None, None, "Engineer (Remote)", None, "remote"),
        (None, None, "Engineer, Remote US", None, "remote"),
        (None, None, "Remote Sensing Scientist", None, None),
        (None, None, "Remote Support Engineer", None, None),
        (None, None, "Engineer - Hybrid", None, "hybrid"),
        (None, None, None, "This is a fully remote position.", "remote"),
        (None, None, None, "This role is not remote.", "on_site"),
        (None, None, None, "Remote work is not available.", "on_site"),
        (None, None, None, "Remote job: No", "on_site"),
        (None, None, None, "We offer a hybrid work model.", "hybrid"),
        (None, None, None, "You build hybrid cloud software for remote sites.", None),
        (None, None, None, "Nothing is said here.", None),
        (None, None, None, None, None),
    ],
)
def test_remote_mode(
    field: str | None, hint: str | None, title: str | None, text: str | None, mode: str | None
) -> None:
    assert one(remote_mode, field, hint, title, text) == mode


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=8))
def test_any_text_gives_a_known_word_or_null(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    text = pl.col("text")
    found = frame.select(
        size=company_size(text),
        kind=employment_type(text, text),
        mode=remote_mode(text, pl.lit(None, pl.String), text, text),
    )
    for column, words in (("size", BANDS), ("kind", EMPLOYMENT_TYPES), ("mode", REMOTE_MODES)):
        assert set(found[column].drop_nulls()) <= set(words)


def test_long_texts_are_survived() -> None:
    long = "not remote hybrid " * 600
    assert one(remote_mode, long, None, long, long) == "on_site"
    one(company_size, "1" * 10_000)
    one(employment_type, long, long)


def noted() -> tuple[list[int], Callable[[pl.Expr], pl.Expr]]:
    """A rule that counts characters, and how many values each of its calls was given."""
    seen: list[int] = []

    def count(values: pl.Series) -> pl.Series:
        seen.append(len(values))
        return values.str.len_chars()

    return seen, lambda text: text.map_batches(count, return_dtype=pl.UInt32)


def test_distinct_values_are_judged_once_and_rows_keep_their_order() -> None:
    seen, rule = noted()
    frame = pl.DataFrame({"text": ["bb", None, "a", "bb"] * 100})
    found = frame.select(over_distinct(pl.col("text"), rule, pl.UInt32))["text"].to_list()
    assert found == [2, None, 1, 2] * 100
    assert seen == [3]


def test_remembered_values_are_judged_once_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, rule = noted()

    def found(*texts: str | None) -> list[int]:
        return pl.DataFrame({"text": texts}).select(remembered(pl.col("text"), rule, pl.UInt32))["text"].to_list()

    assert found("bb", None, "a", "bb") == [2, None, 1, 2]
    assert found("a", "ccc", None) == [1, 3, None]
    assert found("ccc", "bb") == [3, 2]
    assert seen == [3, 1]
    monkeypatch.setattr(columns, "MOST_REMEMBERED", 3)  # it forgets all rather than grow
    assert found("a", "dddd") == [1, 4]
    assert seen == [3, 1, 2]
