"""Monthly medians."""

from datetime import date

import polars as pl

from estimation.pay.trends import KEYS, pay_trends
from estimation.schema import PAY_TRENDS
from tests.estimation.market import US, frame, observation, random_market


def test_a_month_has_the_median_of_its_observations() -> None:
    june = [observation(number, pay_annual=1000.0 * number, observed_on=date(2026, 6, 5)) for number in range(90, 101)]
    may = [observation(number, observed_on=date(2026, 5, 31)) for number in range(200, 205)]
    unpaid = [observation(300, pay_annual=None)]
    trend = pay_trends(frame([*june, *may, *unpaid]), US).filter(
        pl.col("occupation_level") == "detailed", pl.col("place_level") == "region"
    )
    columns = ["month", "n_observations", "p50", "p50_low", "p50_high", "reason"]
    assert trend.select(columns).rows() == [
        (date(2026, 5, 1), 5, None, None, None, "suppressed"),
        (date(2026, 6, 1), 11, 95_000.0, 91_000.0, 99_000.0, None),
    ]


def test_pay_of_nothing_or_less_is_no_pay() -> None:
    paid = [observation(number, pay_annual=1000.0 * number) for number in range(90, 101)]
    odd = {"occupation_code": "29-1141", "occupation_major": "29-0000"}
    other = [observation(200 + n, pay_annual=pay, **odd) for n, pay in enumerate((0.0, -5.0, 0.004))]
    assert pay_trends(frame([*paid, *other]), US).equals(pay_trends(frame(paid), US))
    ranged = observation(300, pay_annual=100.0, pay_annual_min=0.0, pay_annual_max=200.0)
    assert pay_trends(frame([*paid, ranged]), US).equals(pay_trends(frame(paid), US))


def test_has_the_schema_unique_keys_and_no_memory_of_row_order() -> None:
    market = random_market(500)
    trends = pay_trends(market, US)
    assert trends.schema == pl.Schema(PAY_TRENDS)
    assert not trends.select(KEYS).is_duplicated().any()
    assert pay_trends(market.reverse(), US).equals(trends)
