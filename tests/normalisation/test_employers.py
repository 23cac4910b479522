"""Employers: one key for all ways of writing one, and never one key for two."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalisation.employers import employer_key, employer_name, employer_parent, employer_reading, employers
from normalisation.tables import reference_rows

SAME = [
    ("Northwind Traders", "northwind-traders"),
    ("Northwind Traders", "NORTHWIND TRADERS, INC."),
    ("Northwind Traders", "The Northwind Traders Company"),
    ("Northwind Traders", "Northwind Traders\n3.8"),
    ("Northwind Traders", "northwindtraders.com"),
    ("Northwind Traders", "Northwind Traders Careers"),
    ("Northwind Traders", "Northwind Traders (formerly Southwind)"),
    ("Fabrikam", "Contoso Holdings LLC d/b/a Fabrikam"),
    ("Bäcker Söhne", "Backer Sohne GmbH & Co. KG"),
    ("Foo", "Foo Sp. z o.o."),
    ("Grupo Uno", "Grupo Uno, S.A. de C.V."),
    ("Norden", "Norden A/S"),
    ("Fabrikam", "株式会社Fabrikam"),
    ("Dept. of Parks & Recreation", "DEPARTMENT OF PARKS AND RECREATION"),
    ("IBM", "International Business Machines Corp."),
    ("トヨタ自動車株式会社", "Toyota Motor Corp."),
    ("P&G", "The Procter & Gamble Company"),
    ("MSFT", "Microsoft"),
]
DIFFERENT = [
    ("Google LLC", "Alphabet Inc."),
    ("Instagram", "Meta Platforms"),
    ("Amazon Web Services", "Amazon"),
    ("Merck KGaA", "Merck & Co., Inc."),
    ("Volvo Cars", "Volvo Group"),
    ("Adidas Japan", "Adidas"),
    ("Contoso Germany", "Contoso France"),
    ("Deutsche Bank", "Deutsche Bahn"),
    ("now", "ServiceNow"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_one_employer_share_a_key(one: str, other: str) -> None:
    assert employer_key(one) == employer_key(other) is not None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_employers_have_different_keys(one: str, other: str) -> None:
    assert employer_key(one) != employer_key(other)


@pytest.mark.parametrize("name", [None, "", "  ", "-1", "N/A", "ARRAY", "Confidential", "Unknown", "...", "\n3.8"])
def test_placeholders_are_no_employers(name: str | None) -> None:
    assert (employer_key(name), employer_name(name)) == (None, None)


@pytest.mark.parametrize("name", ["Limited", "Co", "The", "AG"])
def test_a_name_is_never_stripped_to_nothing(name: str) -> None:
    assert employer_key(name) == name.lower()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scale-ai", "Scale AI"),
        ("northwind-traders", "Northwind Traders"),
        ("DEPARTMENT OF PARKS", "Department of Parks"),
        ("Northwind Traders\n3.8", "Northwind Traders"),
        ("nvidia corp", "NVIDIA"),
        ("eFabrikam Inc", "eFabrikam Inc"),
    ],
)
def test_names_are_shown_as_people_write_them(name: str, shown: str) -> None:
    assert employer_name(name) == shown


def test_a_subsidiary_knows_its_parent_and_keeps_its_own_key() -> None:
    key = employer_key("GitHub, Inc.")
    assert key
    assert employer_parent(key) == employer_key("Microsoft")
    assert employer_parent("northwindtraders") is None


def test_no_name_of_the_table_stands_for_two_employers() -> None:
    rows = list(reference_rows("employers"))
    keys = {row["name"]: employer_key(row["name"]) for row in rows}
    assert len(set(keys.values())) == len(rows)
    wrong = [
        alias
        for row in rows
        for alias in filter(None, row["aliases"].split("|"))
        if employer_key(alias) != keys[row["name"]]
    ]
    assert wrong == []


def test_bulk_says_what_one_at_a_time_says() -> None:
    names = ["Scale AI, Inc.", None, "scale-ai", "", "Foo GmbH"]
    found = pl.DataFrame({"name": names}).lazy().select(employers(pl.col("name"))).collect().unnest("name")
    assert found["employer"].to_list() == [employer_name(name) for name in names]
    assert found["employer_key"].to_list() == [employer_key(name) for name in names]


@given(st.text(max_size=60))
def test_any_name_has_a_stable_key(name: str) -> None:
    key = employer_key(name)
    assert (key is None) == (employer_name(name) is None)
    assert key is None or (key and employer_key(f"  {name} ") == key)


@pytest.mark.parametrize("text", ["x" * 10_000, "a. " * 3_300, "株" * 101])
def test_a_text_that_is_too_long_is_no_name(text: str) -> None:
    assert employer_reading(text).reason == "too_long"
    assert employer_key(text) is None


def test_labelled_pairs(shared_data: Path) -> None:
    pairs = pl.read_parquet(shared_data / "eval" / "company_pairs.parquet")
    judged = [
        (employer_key(a) == employer_key(b), bool(same)) for a, b, same in pairs.select("a", "b", "same").iter_rows()
    ]
    true_positives = judged.count((True, True))
    assert true_positives / (true_positives + judged.count((True, False))) == 1.0
    assert true_positives / (true_positives + judged.count((False, True))) >= 0.95
