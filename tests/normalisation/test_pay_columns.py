"""Pay for whole frames."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalisation.pay import pay_columns
from normalisation.schema import PAY


def row(**values: object) -> dict[str, object]:
    """The PAY columns of a frame of one row."""
    return pay_columns(pl.DataFrame([values], infer_schema_length=None)).row(0, named=True)


def test_fields_win_over_text() -> None:
    pay = row(
        pay_min=40000.0, pay_max=50000.0, pay_currency="usd", pay_period="year", pay_text="$10 per hour", country="US"
    )
    assert (pay["pay_min"], pay["pay_max"], pay["pay_currency"], pay["pay_origin"]) == (40000, 50000, "USD", "field")
    assert (pay["pay_annual_min"], pay["pay_kind"], pay["pay_reason"]) == (40000, "base", None)


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        (0.0, 0.0, "out_of_range"),
        (-5.0, 10.0, "out_of_range"),
        (1000000000000.0, 1000000000000.0, "out_of_range"),
        (1000.0, 90000.0, "implausible_range"),
        (float("nan"), None, "not_stated"),
        (float("inf"), float("inf"), "out_of_range"),
        (None, None, "not_stated"),
    ],
)
def test_absurd_fields_give_a_reason(low: float | None, high: float | None, reason: str) -> None:
    pay = row(pay_min=low, pay_max=high, pay_currency="USD", pay_period="year", country="US")
    assert (pay["pay_min"], pay["pay_max"], pay["pay_origin"], pay["pay_reason"]) == (None, None, None, reason)


def test_absurd_fields_fall_back_on_the_text() -> None:
    pay = row(
        pay_min=0.0, pay_max=0.0, pay_currency="GBP", pay_period="year", pay_text="£31,000 per annum", country="GB"
    )
    assert (pay["pay_min"], pay["pay_origin"], pay["pay_reason"]) == (31000, "text", None)


def test_fields_borrow_what_they_lack() -> None:
    hourly = row(pay_min=18.0, pay_max=22.0, pay_text="$18 to $22 an hour", country="US")
    assert (hourly["pay_currency"], hourly["pay_period"], hourly["pay_annual_hours"]) == ("USD", "hour", 2080)
    assert hourly["pay_annual_min"] == 18 * 2080
    plain = row(pay_min=52000.0, pay_max=None, country="GB")
    assert (plain["pay_currency"], plain["pay_period"], plain["pay_annual_max"]) == ("GBP", "year", None)
    unknown = row(pay_min=500.0, pay_max=600.0, pay_currency="GBP")
    assert (unknown["pay_period"], unknown["pay_annual_min"], unknown["pay_reason"]) == (None, None, "ambiguous_period")


def test_reversed_fields_and_a_zero_for_open() -> None:
    assert row(pay_min=90000.0, pay_max=70000.0, pay_currency="USD", pay_period="year")["pay_min"] == 70000
    opened = row(pay_min=0.0, pay_max=70000.0, pay_currency="USD", pay_period="year")
    assert (opened["pay_min"], opened["pay_max"]) == (None, 70000)


def test_a_description_is_searched_only_where_nothing_else_speaks() -> None:
    prose = "About us. The salary range for this role is $101,000 - $118,000 per year." + " More words." * 200
    assert row(description=prose, country="US")["pay_max"] == 118000
    assert row(description=prose, pay_text="$50 per hour", country="US")["pay_max"] == 50
    assert row(description="We raised $20M and manage $4bn.", country="US")["pay_reason"] == "not_stated"
    assert row(title="Welder, $29.50/hr", description="", country="US")["pay_min"] == 29.5


def test_an_unknown_currency_is_kept_apart_from_the_figures() -> None:
    pay = row(pay_text="$80,000 per year")
    assert (pay["pay_min"], pay["pay_currency"], pay["pay_annual_min"]) == (80000, None, None)
    assert pay["pay_reason"] == "ambiguous_currency"


def test_order_and_height_are_kept_and_lazy_is_as_good() -> None:
    frame = pl.DataFrame(
        {"pay_text": ["£20k", None, "£30k", "£20k", "nonsense"], "country": ["GB", None, "GB", "GB", "GB"]}
    )
    got = pay_columns(frame)
    assert got.schema == pl.Schema(PAY)
    assert got["pay_min"].to_list() == [20000, None, 30000, 20000, None]
    assert pay_columns(frame.lazy()).equals(got)
    assert pay_columns(frame.reverse()).reverse().equals(got)
    assert pay_columns(frame.head(0)).schema == pl.Schema(PAY)


_NUMBERS = st.one_of(
    st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 15.0, 400.0, 52000.0, 1e12])
)


@given(
    low=_NUMBERS,
    high=_NUMBERS,
    currency=st.sampled_from([None, "USD", "GBP", "XXX"]),
    period=st.sampled_from([None, "hour", "year", "eon"]),
)
def test_any_fields_give_pay_or_a_reason(
    low: float | None, high: float | None, currency: str | None, period: str | None
) -> None:
    pay = row(pay_min=low, pay_max=high, pay_currency=currency, pay_period=period, country="US")
    assert (pay["pay_origin"] is None) == (pay["pay_min"] is None and pay["pay_max"] is None)
    assert (pay["pay_reason"] is None) == (pay["pay_annual_min"] is not None or pay["pay_annual_max"] is not None)
    if pay["pay_min"] is not None and pay["pay_max"] is not None:
        assert 0 < pay["pay_min"] <= pay["pay_max"]
