"""Skill premiums: recomputed with plain loops, planted and not planted, thin and odd."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from accuracy.sets import Sets
from accuracy.skill_premiums import score, simulate
from estimation.careers.skills import skill_premiums
from estimation.schema import COUNTRIES
from estimation.schema_skills import DESCRIBED_OPENINGS, OPENING_SKILLS

LAST = date(2026, 6, 30)
COUNTRY = pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [LAST]}, schema=COUNTRIES)


def opening(number: int, **columns: Any) -> dict[str, Any]:
    return {
        "opening_id": number,
        "representative_posting_id": number,
        "representative_source": "board",
        "first_captured_on": LAST - timedelta(days=500),
        "last_captured_on": LAST,
        "opened_on": LAST - timedelta(days=number % 360),
        "country": "US",
        "region_id": f"us/r{number % 3}",
        "occupation_code": "15-1252",
        "occupation_detailed": "15-1252",
        "occupation_major": "15-0000",
        "seniority": "senior" if number % 2 else None,
        "employer_or_source": f"firm {number * 7 % 31}",
        "pay_annual": 100_000.0,
    } | columns


def frames(rows: list[dict[str, Any]], skills: list[tuple[int, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        pl.DataFrame(rows, schema=DESCRIBED_OPENINGS, infer_schema_length=None),
        pl.DataFrame(skills, schema=OPENING_SKILLS, orient="row"),
    )


def market(count: int = 400, seed: int = 2) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    rng = np.random.default_rng(seed)
    rows, skills = [], []
    for number in range(count):
        asks = bool(rng.random() < 0.35)
        pay = float(np.exp(11.5 + 0.1 * (number % 3) + 0.12 * asks + rng.normal(0, 0.1)))
        rows.append(opening(number, pay_annual=pay if number % 5 else None))
        skills += [(number, "rust")] if asks else []
    return rows, skills


def all_of(found: pl.DataFrame, skill: str) -> dict[str, Any]:
    return found.row(by_predicate=(pl.col("occupation_level") == "all") & (pl.col("skill_id") == skill), named=True)


def plainly(rows: list[dict[str, Any]], asking: set[int]) -> tuple[float, float]:
    """Slope and standard error by loops over strata and employers."""
    strata: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        if row["pay_annual"]:
            strata.setdefault((row["region_id"], row["seniority"]), []).append(row)
    parts: dict[str, list[tuple[float, float, float]]] = {}
    for members in strata.values():
        n = len(members)
        pay = np.mean([np.log(row["pay_annual"]) for row in members])
        share = np.mean([row["opening_id"] in asking for row in members])
        for row in members:
            x, y = (row["opening_id"] in asking) - share, np.log(row["pay_annual"]) - pay
            parts.setdefault(row["employer_or_source"], []).append((x, y, np.sqrt(n / (n - 1))))
    every = [part for own in parts.values() for part in own]
    leverage = sum(x * x for x, _, _ in every)
    slope = sum(x * y for x, y, _ in every) / leverage
    whole = sum(h * x * x for x, _, h in every)
    scatter = 0.0
    for own in parts.values():
        lifted = 1 / (1 - sum(h * x * x for x, _, h in own) / whole)
        scatter += (lifted * sum(h * x * (y - slope * x) for x, y, h in own)) ** 2
    return float(slope), float(np.sqrt(scatter) / leverage)


def test_premium_and_error_are_those_of_plain_loops() -> None:
    rows, skills = market()
    found = all_of(skill_premiums(*frames(rows, skills), COUNTRY), "rust")
    slope, error = plainly(rows, {number for number, _ in skills})
    assert np.log1p(found["premium"]) == pytest.approx(slope, rel=1e-9)
    half = np.log1p(found["premium_high"]) - np.log1p(found["premium"])
    assert 2.0 < half / error < 2.2  # Student's t of some twenty employers
    assert found["verdict"] == "pays_more"
    assert found["n_paid_asking"] == sum(rows[number]["pay_annual"] is not None for number, _ in skills)


def test_a_skill_of_better_paid_places_alone_pays_nothing() -> None:
    rows = [
        opening(n, region_id=f"us/r{n % 2}", seniority=None, pay_annual=(1 + n % 2) * 5e4 * (1 + n % 11 / 50))
        for n in range(400)
    ]
    skills = [(n, "rust") for n in range(400) if (n % 2 and n % 10 != 1) or n % 20 == 0]
    assert all_of(skill_premiums(*frames(rows, skills), COUNTRY), "rust")["verdict"] == "no_evidence"


def test_growth_is_of_the_share_and_knows_when_nobody_watched() -> None:
    rows = [opening(n, opened_on=LAST - timedelta(days=n % 364)) for n in range(728)]
    skills = [(n, "rust") for n in range(728) if (n % 364 < 182 and n % 2) or (n % 364 >= 182 and n % 4 == 0)]
    grown = all_of(skill_premiums(*frames(rows, skills), COUNTRY), "rust")
    assert grown["n_half"] == grown["n_half_before"] == 364
    assert grown["growth"] == pytest.approx(grown["n_half_asking"] / grown["n_half_before_asking"] - 1)
    assert grown["growth_low"] > 0.3
    late = [row | {"first_captured_on": LAST - timedelta(days=300)} for row in rows]
    short = all_of(skill_premiums(*frames(late, skills), COUNTRY), "rust")
    assert (short["growth"], short["growth_reason"]) == (None, "short_window")


def test_order_of_rows_changes_no_byte() -> None:
    openings, skills = frames(*market())
    mixed = skill_premiums(
        openings.sample(fraction=1.0, shuffle=True, seed=1), skills.sample(fraction=1.0, shuffle=True, seed=2), COUNTRY
    )
    assert mixed.equals(skill_premiums(openings, skills, COUNTRY))


def test_thin_equal_and_impossible_pay_gives_a_reason_and_no_wild_figure() -> None:
    odd: dict[int, Any] = {0: 0.0, 1: -5.0, 2: float("nan"), 3: 1e12}
    skills = [(n, "rust") for n in range(0, 60, 2)]
    equal = all_of(skill_premiums(*frames([opening(n) for n in range(60)], skills), COUNTRY), "rust")
    assert (equal["premium"], equal["verdict"]) == (None, "too_few")
    rows = [
        opening(n, pay_annual=odd.get(n, 1e5 + n * 37 % 100), opened_on=date(1900, 1, 1) if n == 7 else LAST)
        for n in range(60)
    ]
    found = all_of(skill_premiums(*frames(rows, skills), COUNTRY), "rust")
    assert found["n_openings"] == 59
    assert found["verdict"] in ("too_few", "no_evidence")
    assert skill_premiums(*frames([], []), COUNTRY).is_empty()
    assert skill_premiums(*frames(rows[:1], skills), COUNTRY).is_empty()


def test_intervals_cover_and_false_discoveries_are_few_in_simulated_markets() -> None:
    figures = {one.measure: one for one in score(Sets(markets=240)).scores}
    assert figures["coverage"].figure == pytest.approx(0.95, abs=0.025)
    assert (figures["false_discovery_beside_true"].figure or 0) <= 0.05 + 3 * figures[
        "false_discovery_beside_true"
    ].error
    assert (figures["found_of_planted"].figure or 0) > 0.75


def test_markets_are_the_same_again() -> None:
    assert simulate(3).openings.equals(simulate(3).openings)
