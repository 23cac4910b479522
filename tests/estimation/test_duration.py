"""How long vacancies stay open."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from estimation.demand.duration import company_durations, followed_openings, vacancy_duration
from estimation.demand.spells import followed
from estimation.demand.survival import kaplan_meier
from estimation.schema_trends import CAPTURES, COMPANY_DURATIONS, MARKET, SPELLS, VACANCY_DURATION

FIRST = date(2026, 1, 5)


def day(number: int) -> date:
    return FIRST + timedelta(number)


def spell(number: int, opened: int, first: int, last: int, **columns: Any) -> dict[str, Any]:
    return {
        "opening_id": number,
        "posting_id": number,
        "source": "board",
        "opened_on": day(opened),
        "first_captured_on": day(first),
        "last_captured_on": day(last),
        "text_length": 500,
        "employer_key": f"firm {number % 5}",
        "company_size": "1-49",
        "country": "US",
    } | columns


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SPELLS, infer_schema_length=None)


def captures(days: list[int], source: str = "board") -> pl.DataFrame:
    return pl.DataFrame([(source, day(one), 50) for one in days], schema=CAPTURES, orient="row")


def durations(spells: pl.DataFrame, looks: pl.DataFrame) -> pl.DataFrame:
    return vacancy_duration(followed_openings(spells, looks))


DAILY = captures(list(range(100)))


def ends(spells: pl.DataFrame, looks: pl.DataFrame = DAILY) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:5] for row in followed(spells, looks).iter_rows()}


def test_what_leaves_a_list_has_closed_and_what_is_there_at_the_end_is_censored() -> None:
    found = ends(frame(spell(1, 0, 1, 20), spell(2, 50, 50, 99), spell(3, -30, 0, 40)))
    assert found[1] == (1, 20, True, False)
    assert found[2] == (0, 49, False, False)
    assert found[3] == (30, 70, True, False)


def test_a_gap_in_the_captures_censors() -> None:
    looks = captures([*range(40), *range(70, 100)])
    found = ends(frame(spell(1, 0, 0, 39), spell(2, 0, 0, 75), spell(3, 0, 0, 20)), looks)
    assert found[1] == (0, 39, False, False)
    assert found[2] == (0, 75, True, False)
    assert found[3][2] is True


def test_a_feed_is_followed_to_a_stated_closing_date_only() -> None:
    feed = [spell(number, number, number, number) for number in range(20)]
    stated = spell(20, 10, 10, 10, closes_on=day(40))
    later = spell(21, 90, 90, 90, closes_on=day(130))
    before = spell(22, 50, 50, 50, closes_on=day(3))
    found = ends(frame(*feed, stated, later, before))
    assert all(found[number][0] is None for number in range(20))
    assert found[20] == (0, 30, True, True)
    assert found[21] == (0, 9, False, False)
    assert found[22][0] is None


def test_an_opening_lasts_until_its_last_posting_goes() -> None:
    again = spell(2, 0, 30, 60) | {"opening_id": 1, "opened_on": day(30)}
    assert ends(frame(spell(1, 0, 0, 20), again))[1] == (0, 60, True, False)


def test_the_curve_is_that_of_the_textbook() -> None:
    """Freireich's remission times (6-MP group), whose median is 23 weeks."""
    times = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
    closed = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=np.bool_)
    zeros = np.zeros(len(times), dtype=np.int64)
    curves = kaplan_meier(zeros, zeros, times, closed, 1, 60)
    assert curves.open[0, [5, 6, 9, 12, 15, 21, 22]] == pytest.approx(
        [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=0.001
    )
    assert curves.quantile(0.5)[0] == [23]


def test_markets_have_quartiles_or_say_why_not() -> None:
    rows = [spell(number, number % 50, number % 50, number % 50 + 5 + number % 40) for number in range(200)]
    feed = [spell(1000 + n, n % 50, n % 50, n % 50, source="feed", region_id="us/ca") for n in range(60)]
    both = pl.concat([DAILY, captures(list(range(100)), "feed")])
    told = durations(frame(*rows, *feed), both)
    assert told.schema == pl.Schema(VACANCY_DURATION)
    assert not told.select(*MARKET, "company_size").is_duplicated().any()
    whole = told.filter(pl.col("place_level") == "country", pl.col("company_size") == "all").row(0, named=True)
    assert (whole["n_openings"], whole["n_not_followed"], whole["n_all"]) == (200, 60, 260)
    assert whole["days_p25"] < whole["days_p50"] < whole["days_p75"]
    assert whole["days_p50"] == pytest.approx(24, abs=2)
    assert whole["days_p50_low"] <= whole["days_p50"] <= whole["days_p50_high"]
    feed_only = told.filter(pl.col("place_id") == "us/ca").row(0, named=True)
    assert (feed_only["reason"], feed_only["days_p50"]) == ("not_followed", None)
    assert told.equals(durations(frame(*feed, *rows[::-1]), both.reverse()))


def test_a_company_has_its_own_median_or_says_why_not() -> None:
    rows = [spell(number, number % 50, number % 50, number % 50 + 5 + number % 40) for number in range(200)]
    rows += [spell(300 + n, n, n, n + 5, employer_key="small") for n in range(29)]
    rows += [spell(400 + n, n, n, 99, employer_key="keeps them open") for n in range(30)]
    rows += [spell(500 + n, n, n, n, source="feed", employer_key="of a feed") for n in range(40)]
    looks = pl.concat([DAILY, captures(list(range(100)), "feed")])
    told = company_durations(followed_openings(frame(*rows), looks))
    assert told.schema == pl.Schema(COMPANY_DURATIONS)
    found = {row["employer_key"]: row for row in told.iter_rows(named=True)}
    alone = durations(frame(*(row for row in rows if row["employer_key"] == "firm 1")), looks)
    whole = alone.filter(pl.col("place_level") == "country", pl.col("company_size") == "all").row(0, named=True)
    assert found["firm 1"]["n_openings"] == 40
    # That market is withheld for its one employer, not for its curve.
    assert (whole["reason"], found["firm 1"]["days_p50_reason"]) == ("too_few", None)
    # Ages of 6, 11, 16 ... 41 days, each as often: half have gone by the fourth.
    assert found["firm 1"]["days_p50"] == pytest.approx(21, abs=1)
    assert {name: found[name]["days_p50_reason"] for name in ("small", "keeps them open", "of a feed")} == {
        "small": "too_few", "keeps them open": "beyond_observed", "of a feed": "not_followed"
    }  # fmt: skip


def test_reposts_and_long_open_ones_are_signals() -> None:
    rows = [spell(number, number % 50, number % 50, number % 50 + 20) for number in range(40)]
    again = spell(100, 30, 30, 50) | {"opening_id": 1}
    changed = spell(101, 30, 30, 50, text_length=700) | {"opening_id": 2}
    old = spell(102, -200, 0, 99)
    told = durations(frame(*rows, again, changed, old), DAILY)
    whole = told.filter(pl.col("place_level") == "country", pl.col("company_size") == "all").row(0, named=True)
    assert (whole["n_reposted"], whole["n_reposted_same_text"]) == (2, 1)
    assert (whole["n_open"], whole["n_open_long"]) == (1, 1)


def test_misdated_and_missing_ones_are_counted_and_not_followed() -> None:
    rows = [spell(number, number % 50, number % 50, number % 50 + 20) for number in range(40)]
    odd = [spell(200, 0, 0, 30, opened_on=date(1900, 1, 1)), spell(201, 0, 0, 30, closes_on=date(2100, 1, 1))]
    told = durations(frame(*rows, *odd), DAILY)
    whole = told.filter(pl.col("place_level") == "country", pl.col("company_size") == "all").row(0, named=True)
    assert (whole["n_not_followed"], whole["n_all"]) == (1, 42)
    assert durations(frame(), DAILY.clear()).is_empty()
