"""Which confidential rows are in figures, from release to release."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from estimation.disclosure.contributions import counted, take_up
from estimation.schema import TAKEN_UP
from tests.estimation.market import LAST, US, frame, observation

NOTHING = pl.DataFrame(schema=dict(TAKEN_UP))


def given(number: int, **columns: Any) -> dict[str, Any]:
    """What one person reported in confidence."""
    own = {"basis": "reported", "employer_key": None, "contributor_id": number, "sources": "given"}
    return observation(number, **{**own, "pay_annual": 90_000.0 + 10 * number, **columns})


def people(first: int, count: int, **columns: Any) -> list[dict[str, Any]]:
    return [given(first + number, **columns) for number in range(count)]


def seen(day: date) -> pl.DataFrame:
    return US.with_columns(last_captured_on=pl.lit(day))


def ids(rows: list[dict[str, Any]], inside: pl.DataFrame) -> set[int]:
    return set(counted(frame(rows), inside)["observation_id"])


def test_too_few_wait_and_come_in_with_others() -> None:
    four = people(1, 4)
    assert take_up(frame(four), US, NOTHING).is_empty()
    nine = [*four, *people(5, 5)]
    assert ids(nine, take_up(frame(nine), US, NOTHING)) == set(range(1, 10))


def test_a_row_counts_with_the_pay_that_it_was_taken_up_with() -> None:
    rows = people(1, 6)
    inside = take_up(frame(rows), US, NOTHING)
    corrected = [rows[0] | {"pay_annual": 250_000.0}, *rows[1:]]
    again = take_up(frame(corrected), US, inside)
    assert again.equals(inside)
    assert counted(frame(corrected), again)["pay_annual"].max() < 100_000


def test_a_block_that_loses_a_row_leaves_whole_and_for_good() -> None:
    rows = [*people(1, 6), *people(11, 6, occupation_code="29-1141", occupation_major="29-0000")]
    inside = take_up(frame(rows), US, NOTHING)
    fewer = take_up(frame(rows[1:]), US, inside)
    assert ids(rows[1:], fewer) == set(range(11, 17))
    assert fewer.filter(observation_id=1)["pay_annual"].to_list() == [None]
    assert ids(rows, take_up(frame(rows), US, fewer)) == set(range(11, 17))


@pytest.mark.parametrize(("new", "days", "come_in"), [(5, 1, False), (6, 1, True), (5, 91, True), (4, 91, False)])
def test_new_rows_wait_until_they_are_a_tenth_or_a_quarter_of_a_year_has_passed(
    new: int, days: int, come_in: bool
) -> None:
    rows = people(1, 60)
    inside = take_up(frame(rows), US, NOTHING)
    more = [*rows, *people(100, new)]
    later = take_up(frame(more), seen(LAST + timedelta(days)), inside)
    assert (ids(more, later) == {row["observation_id"] for row in more}) is come_in
    assert ids(rows, later) == ids(rows, inside)


def test_blocks_of_earlier_releases_stay_as_they_were() -> None:
    rows = people(1, 40)
    inside = take_up(frame(rows), US, NOTHING)
    more = [*rows, *people(100, 30)]
    later = take_up(frame(more), US, inside)
    assert later.join(inside, on=["source", "observation_id"], how="semi").equals(inside)
    assert not set(later["block"]) - set(inside["block"]) & set(inside["block"])


def test_a_block_is_dated_as_its_oldest_row() -> None:
    rows = [given(number, observed_on=LAST - timedelta(number)) for number in range(1, 7)]
    inside = counted(frame(rows), take_up(frame(rows), US, NOTHING))
    assert set(inside["observed_on"]) == {LAST - timedelta(6)}


def test_rows_older_than_the_window_hold_no_others_back() -> None:
    rows = [*people(1, 6), *people(11, 2, observed_on=LAST - timedelta(400))]
    assert ids(rows, take_up(frame(rows), US, NOTHING)) == set(range(1, 7))


def test_what_cannot_be_used_waits() -> None:
    rows = [
        *people(1, 4),
        given(5, pay_annual=None),
        given(6, observed_on=LAST + timedelta(1)),
        given(7, country="XX"),
    ]
    assert take_up(frame(rows), US, NOTHING).is_empty()


def test_the_order_of_rows_decides_nothing() -> None:
    rows = frame([*people(1, 30), *people(50, 9, occupation_code="29-1141", occupation_major="29-0000")])
    inside = take_up(rows, US, NOTHING)
    assert take_up(rows.sample(fraction=1.0, shuffle=True, seed=2), US, NOTHING).equals(inside)
