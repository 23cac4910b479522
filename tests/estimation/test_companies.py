"""Employers beside the market: percentiles for their own mix, and who hires notably more."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.companies import HOT_GROWTH, company_growth, company_standings
from estimation.schema import COUNTRIES
from estimation.schema_skills import DESCRIBED_OPENINGS, MARKET_OPENINGS, OPENING_SKILLS

LAST = date(2026, 6, 30)
COUNTRY = pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [LAST]}, schema=COUNTRIES)
SCHEMA = DESCRIBED_OPENINGS | MARKET_OPENINGS


def opening(number: int, employer: str | None, **columns: Any) -> dict[str, Any]:
    return {
        "opening_id": number,
        "representative_posting_id": number,
        "representative_source": "board",
        "first_captured_on": LAST - timedelta(days=400),
        "last_captured_on": LAST,
        "opened_on": LAST - timedelta(days=1),
        "country": "US",
        "region_id": "us/ny",
        "occupation_code": "15-1252",
        "occupation_detailed": "15-1252",
        "occupation_major": "15-0000",
        "seniority": None,
        "employer_key": employer,
        "employer_or_source": employer or "?board",
        "pay_annual": 100_000.0,
    } | columns


def standings(rows: list[dict[str, Any]], skills: list[tuple[int, str]] | None = None) -> dict[str, dict[str, Any]]:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    named = pl.DataFrame(skills or [], schema=OPENING_SKILLS, orient="row")
    found = company_standings(
        frame.select(MARKET_OPENINGS.keys()), frame.select(DESCRIBED_OPENINGS.keys()), named, COUNTRY
    )
    return {row["employer_key"]: row for row in found.to_dicts()}


def mixed_market() -> list[dict[str, Any]]:
    """Acme hires only where pay is low, and pays there what nine tenths of others do not."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(900):
        region, level = number % 3, ["junior", "senior"][number // 3 % 2]
        pay = np.exp(11 + region + rng.normal(0, 0.2) + (0.3 if level == "senior" else 0))
        rows.append(
            opening(number, f"firm {number % 17}", region_id=f"us/r{region}", seniority=level, pay_annual=float(pay))
        )
    for number in range(900, 960):
        level, code = ["junior", "senior"][number % 2], ["15-1252", "15-1253"][number // 2 % 2]
        pay = np.exp(11 + 0.256 + (0.3 if level == "senior" else 0) + rng.normal(0, 0.02))
        rows.append(
            opening(number, "acme", region_id="us/r0", seniority=level, occupation_code=code, pay_annual=float(pay))
        )
        rows.append(
            opening(
                number + 1000,
                f"firm {number % 11}",
                region_id="us/r0",
                seniority=level,
                occupation_code=code,
                pay_annual=float(np.exp(11 + rng.normal(0, 0.2) + (0.3 if level == "senior" else 0))),
            )
        )
    return rows


def test_pay_is_judged_within_the_employers_own_mix() -> None:
    acme = standings(mixed_market())["acme"]
    assert acme["pay_percentile"] == pytest.approx(90, abs=6)  # of all pay it would be among the lowest third
    assert acme["pay_percentile_low"] > 50
    assert acme["pay_percentile_low"] <= acme["pay_percentile"] <= acme["pay_percentile_high"] <= 100
    assert acme["n_compared"] == 60


def test_everyone_alike_is_in_the_middle_and_one_job_is_too_few() -> None:
    rows = [opening(n, f"firm {n % 4}", seniority=["a", "b", "c", "d"][n // 4 % 4]) for n in range(160)]
    found = standings(rows)
    assert {row["pay_percentile"] for row in found.values()} == {50.0}
    single = standings([opening(n, f"firm {n % 4}") for n in range(160)])
    assert {row["pay_percentile_reason"] for row in single.values()} == {"too_few"}
    unpaid = standings([opening(n, f"firm {n % 4}", pay_annual=[None, 0.0, -5.0][n % 3]) for n in range(40)])
    assert {row["pay_percentile_reason"] for row in unpaid.values()} == {"no_data"}


def test_lists_are_by_frequency_then_name() -> None:
    rows = [opening(n, "acme", region_id=["us/ny", "us/ca", "us/ca", None][n % 4]) for n in range(8)]
    acme = standings(rows, [(0, "sql"), (1, "sql"), (1, "rust"), (2, "git"), (2, "git")])["acme"]
    assert (acme["top_regions"], acme["top_skills"], acme["top_occupations"]) == (
        "us/ca,us/ny",
        "sql,git,rust",
        "15-1252",
    )


def flows(seed: int, hot: int = 0, firms: int = 40) -> pl.DataFrame:
    """Employers that post in bursts of one to six openings; the first `hot` of them three times as much lately."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for firm in range(firms):
        for span, times in ((0, 3 if firm < hot else 1), (1, 1)):
            for _ in range(rng.poisson(25 * times)):
                for _ in range(rng.integers(1, 7)):
                    age = span * 91 + int(rng.integers(0, 91))
                    rows.append(opening(len(rows), f"firm {firm:03d}", opened_on=LAST - timedelta(days=age)))
    return pl.DataFrame(rows, schema=SCHEMA).select(MARKET_OPENINGS.keys())


def test_planted_growth_is_found_and_bursts_are_not() -> None:
    found = company_growth(flows(1, hot=6), COUNTRY)
    hot = found.filter("is_hot")["employer_key"].to_list()
    assert len(hot) >= 5
    assert set(hot) <= {f"firm {n:03d}" for n in range(6)}
    assert (found.filter("is_hot")["growth_low"] > HOT_GROWTH).all()
    false = [company_growth(flows(seed), COUNTRY)["is_hot"].any() for seed in range(10, 30)]
    assert sum(false) <= 3  # of twenty markets of nothing, one in twenty


def test_a_source_that_started_lately_is_no_boom() -> None:
    late = flows(1, hot=6).with_columns(first_captured_on=pl.lit(LAST - timedelta(days=100)))
    assert company_growth(late, COUNTRY).is_empty()


def test_order_of_rows_changes_no_byte() -> None:
    openings = flows(2)
    assert company_growth(openings.sample(fraction=1.0, shuffle=True, seed=5), COUNTRY).equals(
        company_growth(openings, COUNTRY)
    )
    rows = mixed_market()
    again = [rows[at] for at in np.random.default_rng(3).permutation(len(rows))]
    assert standings(again) == standings(rows)
