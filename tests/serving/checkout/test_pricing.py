"""The price list: in the currency that was asked for, and never in one that was guessed."""

from typing import Any

import pytest

from billing.money import CURRENCIES, Currency
from billing.offers import offers
from tests.serving.checkout.shop import Shop
from tests.serving.client import Client

PATH = "/api/v1/pricing-plans"


def list_of(anonymous: Client, **asked: str) -> dict[str, Any]:
    answer = anonymous.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("currency", CURRENCIES)
def test_everything_that_is_sold_is_listed_in_each_currency(anonymous: Client, currency: Currency) -> None:
    told = list_of(anonymous, currency=currency)
    prices = [price for plan in told["plans"] for price in plan["prices"]] + told["credit_packs"] + told["bundles"]
    assert {price["offer"]: price["price"]["minor"] for price in prices} == {
        id: each.prices.in_(currency).minor for id, each in offers().items()
    }
    assert {price["price"]["currency"] for price in prices} == {currency}
    assert told["overage"] is None, "which is sold where it is switched on"


@pytest.mark.parametrize(
    ("asked", "currency", "because"),
    [
        ({}, "USD", "default"),
        ({"region": "PK"}, "PKR", "region"),
        ({"region": "CH"}, "USD", "region"),
        ({"region": "PK", "currency": "EUR"}, "EUR", "currency"),
    ],
)
def test_what_decides_the_currency_is_told(
    anonymous: Client, asked: dict[str, str], currency: str, because: str
) -> None:
    told = list_of(anonymous, **asked)
    assert (told["currency"], told["because"]) == (currency, because)


def test_who_says_who_they_are_sees_the_currency_in_which_they_pay(shop: Shop) -> None:
    ana = shop.buyer(region="IN")
    told = ana.api.get(PATH).json()
    assert (told["currency"], told["because"]) == ("INR", "account")
    assert ana.api.get(PATH, params={"region": "PK"}).json()["currency"] == "PKR"
    wrong = ana.api.with_headers(Authorization="Bearer nobody")
    assert wrong.get(PATH).status_code == 401


def test_where_a_request_comes_from_decides_nothing(anonymous: Client) -> None:
    from_pakistan = {"X-Forwarded-For": "39.32.0.1", "CF-IPCountry": "PK", "Accept-Language": "ur-PK"}
    assert anonymous.get(PATH, headers=from_pakistan).json()["currency"] == "USD"


def test_a_plan_shows_what_a_month_of_it_comes_to(anonymous: Client) -> None:
    (professional,) = (plan for plan in list_of(anonymous)["plans"] if plan["name"] == "professional")
    year, lifetime = professional["prices"][2:]
    assert (year["price"]["text"], year["a_month"]["text"], year["discount_percent"]) == ("191.90", "16.00", 20)
    assert (lifetime["price"]["text"], lifetime["a_month"]) == ("499.00", None)


@pytest.mark.parametrize("asked", [{"currency": "XAU"}, {"currency": "usd"}, {"region": "Pakistan"}, {"plan": "basic"}])
def test_what_there_is_not_is_a_named_problem(anonymous: Client, asked: dict[str, str]) -> None:
    answer = anonymous.get(PATH, params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.text
