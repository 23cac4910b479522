"""What is sold: prices as they were announced, in every currency, each discount given whole."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import CURRENCIES, Currency, Money, Prices, currency_of
from billing.offers import Offer, PlanTime, offer, offers
from billing.plans import PERIODS, PLANS, Bundle, Pack, plan_of
from kit.errors import BadInput

AMOUNTS = st.integers(0, 10**12)
PRICES = st.builds(Prices, *[AMOUNTS] * len(CURRENCIES))


@pytest.mark.parametrize(
    ("id", "currency", "text"),
    [
        ("basic-month", "USD", "9.99"),
        ("professional-month", "USD", "19.99"),
        ("enterprise-month", "USD", "49.99"),
        ("professional-lifetime", "USD", "499.00"),
        ("basic-six-months", "USD", "53.94"),  # 59.94 less a tenth is 53.946
        ("basic-year", "USD", "95.90"),
        ("enterprise-year", "PKR", "71990.40"),
        ("job-search", "USD", "115.13"),  # 107.94 and 19.99, less a tenth
    ],
)
def test_prices_are_what_was_announced(id: str, currency: Currency, text: str) -> None:
    assert offer(id).prices.in_(currency).text == text


def test_every_plan_that_has_a_price_is_sold_for_every_period_that_it_has_one_for() -> None:
    sold = {(each.of.plan.name, each.of.period.name) for each in offers().values() if isinstance(each.of, PlanTime)}
    renewed = {(plan.name, name) for plan in PLANS.values() if plan.monthly for name in PERIODS if name != "lifetime"}
    assert sold == renewed | {("professional", "lifetime")}


@pytest.mark.parametrize("each", offers().values(), ids=lambda each: each.id)
def test_no_offer_is_free_or_dearer_than_it_is_without_its_discount(each: Offer) -> None:
    for currency in CURRENCIES:
        paid, full = each.prices.in_(currency).minor, each.full.in_(currency).minor
        assert 0 < paid <= full
        assert Fraction(full - paid, full) >= Fraction(each.discount_percent, 100)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_more_is_never_dearer_by_the_piece(currency: Currency) -> None:
    packs = [each.of for each in offers().values() if isinstance(each.of, Pack)]
    by_piece = [Fraction(pack.prices.in_(currency).minor, pack.credits) for pack in packs]
    assert by_piece == sorted(by_piece, reverse=True)
    for name in ("basic", "professional", "enterprise"):
        months = [offer(f"{name}-{period}").prices.per(count) for period, count in (("month", 1), ("year", 12))]
        assert months[1].in_(currency).minor < months[0].in_(currency).minor


def test_a_bundle_is_of_offers_that_are_sold_alone() -> None:
    for each in offers().values():
        if isinstance(each.of, Bundle):
            assert not any(isinstance(offer(part).of, Bundle) for part in each.of.offers)


def test_no_bundle_has_two_plans() -> None:
    """Of a payment it is noted once whether what it gave is held back: that is one licence's."""
    for each in offers().values():
        parts = each.of.offers if isinstance(each.of, Bundle) else ()
        assert sum(isinstance(offer(part).of, PlanTime) for part in parts) <= 1


def test_what_is_not_sold_is_said_with_what_is() -> None:
    with pytest.raises(BadInput, match="there is no offer platinum-month; there are basic-month"):
        offer("platinum-month")
    assert plan_of("platinum").name == "free"


@given(PRICES, st.integers(0, 100), st.sampled_from(CURRENCIES))
def test_a_discount_is_given_whole(full: Prices, percent: int, currency: Currency) -> None:
    before, after = full.in_(currency).minor, full.less(percent).in_(currency).minor
    assert 0 <= (before - after) - Fraction(before * percent, 100) < 1


@given(PRICES, st.integers(1, 24), st.sampled_from(CURRENCIES))
def test_the_parts_of_a_price_come_to_the_whole(full: Prices, count: int, currency: Currency) -> None:
    part = full.per(count).in_(currency).minor
    assert 0 <= part * count - full.in_(currency).minor < count


@given(st.integers(-(10**9), 10**9))
def test_the_text_of_an_amount_is_exact(minor: int) -> None:
    assert Fraction(Money(minor, "EUR").text) == Fraction(minor, 100)


def test_a_region_pays_in_its_own_currency_where_it_is_one_of_ours() -> None:
    regions = ("PK", "IN", "HK", "AE", "BD", "DE", "GB", "US", "CH", None)
    assert [*map(currency_of, regions)] == ["PKR", "INR", "HKD", "AED", "BDT", "EUR", "GBP", "USD", "USD", "USD"]
