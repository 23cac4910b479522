"""Cells that hold confidential pay: their own answer, their parent's, or none."""

from typing import Any

import polars as pl
import pytest

from estimation.disclosure.confidential import with_confidential
from estimation.disclosure.contributions import take_up
from estimation.pay.cells import pay_cells
from estimation.schema import PAY_CELLS
from tests.estimation.market import US, frame, observation
from tests.estimation.test_contributions import NOTHING, given, people

ALBANY: dict[str, Any] = {"place_id": "us/ny/albany", "metro": "10580"}
NURSE: dict[str, Any] = {
    "occupation_code": "29-1141",
    "occupation_broad": "29-1140",
    "occupation_minor": "29-1100",
    "occupation_major": "29-0000",
}
# Forty people in New York, three in Albany, and twelve nurses of whom one gives most of the pay.
SECRET = [*people(1, 40), *people(60, 3, **ALBANY), *people(70, 11, **NURSE), given(90, **NURSE, pay_annual=2e6)]
# Public reports of Albany: enough to answer, if nothing confidential were among them.
PUBLIC = [observation(100 + n, basis="reported", sources="open", **ALBANY) for n in range(12)]


def cells_of(secret: list[dict[str, Any]], public: list[dict[str, Any]]) -> pl.DataFrame:
    inside = take_up(frame(secret), US, NOTHING)
    return with_confidential(pay_cells(frame(public), US), frame(public), frame(secret), US, inside)


@pytest.fixture(scope="module")
def cells() -> pl.DataFrame:
    return cells_of(SECRET, PUBLIC)


def cell(cells: pl.DataFrame, place: str, code: str = "15-1252", **keys: str) -> dict[str, Any]:
    wanted = {"period": "trailing", "occupation_code": code, "place_id": place, "dimension": "all"} | keys
    return cells.filter(*(pl.col(name) == value for name, value in wanted.items())).row(0, named=True)


def test_a_cell_of_whole_blocks_answers_rounded(cells: pl.DataFrame) -> None:
    state = cell(cells, "us/ny")
    assert (state["level"], state["reason"], state["sources"]) == ("asked", None, "given,open")
    assert (state["n_observations"], state["n_public_observations"]) == (55, 12)  # 40, 3 and 12
    assert state["p50"] == pytest.approx(90_300, abs=200)
    assert state["p50"] % 100 == 0
    assert state["top_employer_share"] is None
    assert state["log_median"] is None


def test_a_thin_cell_is_its_parent_s_whatever_public_rows_it_has(cells: pl.DataFrame) -> None:
    albany, state = cell(cells, "us/ny/albany"), cell(cells, "us/ny")
    assert (albany["level"], albany["own_weight"]) == ("parent", 0.0)
    assert (albany["parent_place_id"], albany["parent_occupation_code"]) == ("us/ny", "15-1252")
    own = {"place_level", "place_id", "level", "own_weight", "n_public_openings", "n_public_observations"}
    own |= {"n_public_employers", *(name for name in PAY_CELLS if name.startswith("parent_"))}
    assert {name: value for name, value in albany.items() if name not in own} == {
        name: value for name, value in state.items() if name not in own
    }
    assert albany["n_public_observations"] == 12


def test_the_only_neighbour_is_withheld_too(cells: pl.DataFrame) -> None:
    """The state less New York would be Albany."""
    assert cell(cells, "us/ny/new-york")["level"] == "parent"


def test_a_contributor_of_most_of_the_pay_silences_the_cell(cells: pl.DataFrame) -> None:
    nurses = cell(cells, "us", "29-1141")
    assert (nurses["level"], nurses["parent_occupation_code"]) == ("parent", "all")


def test_what_a_withheld_cell_holds_moves_nothing(cells: pl.DataFrame) -> None:
    """Nurses' pay is in no figure: other amounts give the same cells to the last bit."""
    other = [row | {"pay_annual": row["pay_annual"] * 1.3} if row["observation_id"] == 90 else row for row in SECRET]
    assert cells_of(other, PUBLIC).equals(cells)


def test_where_no_cell_above_answers_it_is_suppressed() -> None:
    alone = cells_of(people(1, 4), [])
    assert set(alone["reason"]) == {"suppressed"}
    assert alone.select("n_openings", "n_observations", "n_public_openings").sum().row(0) == (0, 0, 0)
    assert set(alone["dimension"]) == {"all"}
    assert alone["p50"].null_count() == alone["mean"].null_count() == alone.height


def test_cells_without_confidential_rows_stay_as_they_were() -> None:
    public = [*PUBLIC, *(observation(200 + n, **NURSE) for n in range(15))]
    before = pay_cells(frame(public), US)
    after = cells_of(people(1, 9), public)
    untouched = pl.col("basis") == "advertised"
    assert after.filter(untouched).equals(before.filter(untouched))
    assert with_confidential(before, frame(public), frame([]), US, NOTHING) is before


def test_the_order_of_rows_decides_nothing(cells: pl.DataFrame) -> None:
    assert cells_of(SECRET[::-1], PUBLIC[::-1]).equals(cells)
