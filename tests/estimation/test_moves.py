"""Career moves: pay with what is held, skills that are missed, and when nothing can be said."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.careers.moves import career_moves
from estimation.careers.pay_change import pay_changes
from estimation.schema import COUNTRIES, RELATED_OCCUPATIONS
from estimation.schema_skills import DESCRIBED_OPENINGS, MARKET_OPENINGS, OPENING_SKILLS

LAST = date(2026, 6, 30)
COUNTRY = pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [LAST]}, schema=COUNTRIES)
TESTER, DEVELOPER, NURSE, MANAGER = "15-1253", "15-1252", "29-1141", "11-3021"
SKILLS = {TESTER: ["sql", "selenium"], DEVELOPER: ["sql", "rust", "git"], NURSE: [], MANAGER: ["itil"]}
LOG_PAY = {TESTER: 11.2, DEVELOPER: 11.5, NURSE: 11.2, MANAGER: 11.9}


def market(count: int = 800) -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    rows = []
    for number in range(count):
        code = list(SKILLS)[number % 4]
        # Testers are hired where pay is high, so that means alone would mislead.
        region = int(rng.random() < (0.8 if code == TESTER else 0.2))
        level = ["entry", "senior", None][number % 3]
        pay = LOG_PAY[code] + 0.4 * region + {"entry": -0.2, "senior": 0.2, None: 0.0}[level] + rng.normal(0, 0.05)
        rows.append(
            {
                "opening_id": number,
                "representative_posting_id": number,
                "representative_source": "board",
                "first_captured_on": LAST - timedelta(days=400),
                "last_captured_on": LAST,
                "opened_on": LAST - timedelta(days=number % 300),
                "country": "US",
                "region_id": f"us/r{region}",
                "occupation_code": code,
                "occupation_detailed": code,
                "occupation_major": code[:3] + "0000",
                "seniority": level,
                "employer_key": f"firm {number % 23}",
                "employer_or_source": f"firm {number % 23}",
                "pay_annual": float(np.exp(pay)),
            }
        )
    return rows


def moves_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    openings = pl.DataFrame(rows, schema={name: (DESCRIBED_OPENINGS | MARKET_OPENINGS)[name] for name in rows[0]})
    named = [(row["opening_id"], skill) for row in rows for skill in SKILLS[row["occupation_code"]]]
    skills = pl.DataFrame(named, schema=OPENING_SKILLS, orient="row")
    places = [
        (TESTER, DEVELOPER, 1, 0.5),
        (TESTER, NURSE, 2, 0.1),
        (TESTER, "15-1299", 3, 0.1),
        (DEVELOPER, MANAGER, 1, 0.2),
    ]
    related = pl.DataFrame(places, schema=RELATED_OCCUPATIONS, orient="row")
    described, market = openings.select(DESCRIBED_OPENINGS.keys()), openings.select(MARKET_OPENINGS.keys())
    return career_moves(market, described, skills, related, COUNTRY)


def one(found: pl.DataFrame, start: str, end: str, level: str = "all") -> dict[str, Any]:
    chosen = (pl.col("from_code") == start) & (pl.col("to_code") == end) & (pl.col("from_seniority") == level)
    return found.row(by_predicate=chosen, named=True)


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    return moves_of(market())


def test_pay_holds_region_and_level(found: pl.DataFrame) -> None:
    move = one(found, TESTER, DEVELOPER)
    assert np.log1p(move["pay_change_low"]) < 0.3 < np.log1p(move["pay_change_high"])
    assert np.log1p(move["pay_change"]) == pytest.approx(0.3, abs=0.02)
    assert (move["move"], move["place"]) == ("advancement", 1)
    assert one(found, DEVELOPER, MANAGER)["move"] == "advancement"  # management, of another family


def test_the_same_pay_in_another_family_is_only_similar(found: pl.DataFrame) -> None:
    move = one(found, TESTER, NURSE)
    assert move["pay_change_low"] < 0 < move["pay_change_high"]
    assert move["move"] == "similar"
    assert (move["skill_overlap"], move["skill_reason"]) == (None, "too_few")  # nurses name no skill


def test_missing_skills_are_those_that_the_target_asks_for_beyond(found: pl.DataFrame) -> None:
    move = one(found, TESTER, DEVELOPER)
    assert move["missing_skills"] == "git,rust"
    assert move["skill_overlap"] == pytest.approx(1 / 3)


def test_a_target_without_openings_is_listed_without_figures(found: pl.DataFrame) -> None:
    move = one(found, TESTER, "15-1299")
    assert (move["n_openings_to"], move["pay_change"], move["pay_reason"]) == (0, None, "too_few")


def test_the_next_level_is_an_advancement_whose_pay_holds_region(found: pl.DataFrame) -> None:
    step = one(found, DEVELOPER, DEVELOPER, "entry")
    assert (step["to_seniority"], step["move"], step["skill_reason"]) == ("senior", "advancement", "same_occupation")
    assert np.log1p(step["pay_change"]) == pytest.approx(0.4, abs=0.03)


def test_order_of_rows_changes_no_byte(found: pl.DataFrame) -> None:
    rows = market()
    np.random.default_rng(0).shuffle(rows)  # type: ignore[arg-type]
    assert moves_of(rows).equals(found)


def test_intervals_of_pay_changes_cover_what_was_planted() -> None:
    rng = np.random.default_rng(6)
    n, pairs = 300, 400
    unit = np.repeat(np.arange(2 * pairs), n // 2)
    employer, stratum = rng.integers(0, 30, len(unit)), rng.integers(0, 8, len(unit))
    of_employer = rng.normal(0, 0.08, (pairs, 30))[unit // 2, employer]
    pay = 0.1 * stratum + 0.05 * (unit % 2) + of_employer + rng.normal(0, 0.15, len(unit))
    paid = pl.DataFrame(
        {
            "opening_id": np.arange(len(unit)),
            "unit": unit,
            "stratum": stratum,
            "employer": employer.astype(str),
            "log_pay": pay,
        }
    )
    ends = pl.DataFrame({"from_unit": 2 * np.arange(pairs), "to_unit": 2 * np.arange(pairs) + 1})
    told = pay_changes(paid, ends)
    covered = told.select(
        (pl.col("pay_change_low").log1p() <= 0.05) & (pl.col("pay_change_high").log1p() >= 0.05)
    ).to_series()
    assert covered.mean() == pytest.approx(0.95, abs=0.035)


def test_one_row_and_odd_pay_give_reasons() -> None:
    rows = market(60)
    for row, pay in zip(rows, (0.0, -1.0, float("nan"), None) * 15, strict=True):
        row["pay_annual"] = pay
    assert set(moves_of(rows)["pay_reason"]) == {"too_few"}
    assert set(moves_of([row | {"pay_annual": 5e4} for row in rows])["pay_change"]) == {None}  # nothing varies
    assert moves_of(rows[:1]).is_empty()
