"""Tax ids of a buyer's own, and what Stripe is asked for where it reckons taxes."""

from collections.abc import Iterator
from typing import Any

import pytest

from billing.settings import BillingSettings
from serving.settings import ServingSettings
from tests.serving.checkout.shop import SUBSCRIBE, SUBSCRIPTIONS, Buyer, Shop

TAX_IDS = "/api/v1/tax-ids"
VAT = {"type": "eu_vat", "value": "DE123456789"}


@pytest.fixture
def ana(shop: Shop) -> Buyer:
    return shop.buyer()


@pytest.fixture
def taxed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stripe Tax is on, as PAYBAND_STRIPE_TAX has it."""
    monkeypatch.setenv("PAYBAND_STRIPE_TAX", "true")
    settings: ServingSettings = shop.api.app.state.settings  # type: ignore[attr-defined]
    shop.api.app.state.settings = settings.model_copy(update={"stripe_tax": BillingSettings().stripe_tax})  # type: ignore[attr-defined]
    yield
    shop.api.app.state.settings = settings  # type: ignore[attr-defined]


def kept(buyer: Buyer) -> list[dict[str, Any]]:
    answer = buyer.api.get(TAX_IDS)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["tax_ids"]
    return found


def test_a_tax_id_is_kept_by_stripe_and_is_on_the_next_invoice(shop: Shop, ana: Buyer) -> None:
    assert kept(ana) == []
    status, made = ana.post(TAX_IDS, **VAT)
    assert (status, made["type"], made["value"], made["country"]) == (201, "eu_vat", "DE123456789", "DE")
    assert ana.post(TAX_IDS, **VAT)[1] == made, "asked again it is the same one"
    assert kept(ana) == [made]
    ana.subscribe()
    assert ana.invoice["customer_tax_ids"] == [VAT]


def test_one_that_was_removed_is_gone(ana: Buyer) -> None:
    made = ana.post(TAX_IDS, **VAT)[1]
    address = f"{TAX_IDS}/{made['id']}"
    assert ana.api.request("DELETE", address).status_code == 204
    assert kept(ana) == []
    assert ana.api.request("DELETE", address).status_code == 404


def test_nobody_removes_that_of_another(shop: Shop, ana: Buyer) -> None:
    bob, stranger = shop.buyer(), shop.buyer()
    made = ana.post(TAX_IDS, **VAT)[1]
    bob.post(TAX_IDS, type="gb_vat", value="GB123456789")
    for other in (bob, stranger):
        assert other.api.request("DELETE", f"{TAX_IDS}/{made['id']}").status_code == 404
        assert made not in kept(other)
    assert kept(ana) == [made]


@pytest.mark.parametrize(
    ("type", "value", "told"),
    [
        ("xx_vat", "DE123456789", "type: Stripe knows no tax id of the type xx_vat"),
        ("eu_vat", "DE1", "value: Stripe does not take it for a eu_vat"),
    ],
)
def test_what_stripe_refuses_is_said(ana: Buyer, type: str, value: str, told: str) -> None:
    status, refusal = ana.post(TAX_IDS, type=type, value=value)
    assert (status, refusal["code"]) == (422, "invalid-parameter")
    assert told in refusal["detail"]
    assert kept(ana) == []


def test_there_is_room_for_five(ana: Buyer) -> None:
    for number in range(5):
        assert ana.post(TAX_IDS, type="gb_vat", value=f"GB12345678{number}")[0] == 201
    assert ana.refused(TAX_IDS, **VAT) == "conflict"


@pytest.mark.usefixtures("taxed")
def test_where_stripe_reckons_taxes_whatever_is_sold_asks_it_to(shop: Shop, ana: Buyer) -> None:
    assert ana.post(f"{SUBSCRIPTIONS}/create-checkout-session", offer="basic-month")[0] == 201
    assert ana.post("/api/v1/credits/purchase", offer="credits-50")[0] == 201
    pages = shop.peer.all("checkout.session")[:2]
    assert {page["mode"] for page in pages} == {"payment", "subscription"}
    assert all(page["automatic_tax"]["enabled"] for page in pages)
    assert ana.post(SUBSCRIBE, offer="basic-month", payment_method="pm_card_visa")[0] == 201
    assert ana.there[0]["automatic_tax"]["enabled"]
    assert ana.invoice["automatic_tax"]["enabled"]
    assert ana.invoice["total"] == 999, "what is told includes the tax"


def test_where_it_does_not_nothing_asks_it_to(shop: Shop, ana: Buyer) -> None:
    ana.subscribe()
    assert not ana.there[0]["automatic_tax"]["enabled"]
    assert not ana.invoice["automatic_tax"]["enabled"]


def test_every_price_that_is_sold_includes_the_tax(shop: Shop) -> None:
    prices = list(shop.stripe.v1.prices.list({"active": True, "limit": 100}).auto_paging_iter())
    assert prices
    assert {price.tax_behavior for price in prices if price.lookup_key} == {"inclusive"}
