"""Skill gaps: each named supply recomputed by hand, and the reasons where there is none."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.careers.gaps import skill_gaps
from estimation.careers.skills import skill_premiums
from estimation.schema import COUNTRIES, RELATED_OCCUPATIONS
from estimation.schema_skills import DESCRIBED_OPENINGS, OCCUPATION_SKILLS, OPENING_SKILLS

LAST = date(2026, 6, 30)
COUNTRY = pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [LAST]}, schema=COUNTRIES)
DEVELOPER, TESTER = "15-1252", "15-1253"
# Of 100 openings of each occupation so many ask.
ASKED = {DEVELOPER: {"rust": 40, "sql": 50}, TESTER: {"rust": 20, "sql": 60, "selenium": 50}}


def market() -> tuple[pl.DataFrame, pl.DataFrame]:
    rows: list[dict[str, Any]] = []
    skills: list[tuple[int, str]] = []
    for code, asked in ASKED.items():
        for at in range(100):
            number = len(rows)
            rows.append(
                {
                    "opening_id": number,
                    "representative_posting_id": number,
                    "representative_source": "board",
                    "first_captured_on": LAST - timedelta(days=100),
                    "last_captured_on": LAST,
                    "opened_on": LAST - timedelta(days=at % 90),
                    "country": "US",
                    "region_id": None,
                    "occupation_code": code,
                    "occupation_detailed": code,
                    "occupation_major": "15-0000",
                    "seniority": None,
                    "employer_or_source": f"firm {number}",
                    "pay_annual": None,
                }
            )
            skills += [(number, skill) for skill, count in asked.items() if at < count]
    return pl.DataFrame(rows, schema=DESCRIBED_OPENINGS), pl.DataFrame(skills, schema=OPENING_SKILLS, orient="row")


def gaps(expected: list[tuple[str, str]], shuffled: bool = False) -> pl.DataFrame:
    openings, skills = market()
    related = pl.DataFrame([(DEVELOPER, TESTER, 1, 0.5)], schema=RELATED_OCCUPATIONS, orient="row")
    listed = pl.DataFrame(expected, schema=OCCUPATION_SKILLS, orient="row")
    premiums = skill_premiums(openings, skills, COUNTRY)
    if shuffled:
        openings, skills, premiums = (
            frame.sample(fraction=1.0, shuffle=True, seed=1) for frame in (openings, skills, premiums)
        )
    return skill_gaps(premiums, openings, skills, related, listed, COUNTRY)


def one(found: pl.DataFrame, supply: str, skill: str, code: str = DEVELOPER) -> dict[str, Any]:
    chosen = (pl.col("supply") == supply) & (pl.col("skill_id") == skill) & (pl.col("occupation_code") == code)
    return found.row(by_predicate=chosen, named=True)


EXPECTED = [(DEVELOPER, "rust"), (TESTER, "sql"), (DEVELOPER, "sql"), ("11-1011", "sql")]


def test_related_occupations_are_the_supply_of_what_they_ask() -> None:
    gap = one(gaps(EXPECTED), "related_occupations", "rust")
    assert (gap["n_supply"], gap["n_supply_asking"]) == (100, 20)
    assert gap["gap"] == pytest.approx(np.log(0.40 / 0.20))
    assert gap["gap_high"] - gap["gap"] == pytest.approx(1.96 * np.sqrt(1 / 40 + 1 / 20), rel=1e-3)
    assert one(gaps(EXPECTED), "related_occupations", "rust", TESTER)["reason"] == "not_covered"  # nothing is near it


def test_the_taxonomys_supply_is_openings_of_occupations_it_lists() -> None:
    found = gaps(EXPECTED)
    assert one(found, "taxonomy", "rust")["gap"] == pytest.approx(np.log(0.40))
    assert one(found, "taxonomy", "rust", TESTER)["reason"] == "not_listed"
    whole = one(found, "taxonomy", "rust", "all")
    assert (whole["n_supply"], whole["n_supply_asking"]) == (200, 100)
    assert whole["gap"] == pytest.approx(np.log(0.30 / 0.50))
    assert set(gaps([]).filter(pl.col("supply") == "taxonomy")["reason"]) == {"not_covered"}


def test_a_market_watched_for_less_than_a_year_has_no_earlier_demand() -> None:
    earlier = gaps(EXPECTED).filter(pl.col("supply") == "earlier_demand")
    assert set(earlier["reason"]) == {"short_window"}


def test_order_of_rows_changes_no_byte() -> None:
    assert gaps(EXPECTED, shuffled=True).equals(gaps(EXPECTED))
