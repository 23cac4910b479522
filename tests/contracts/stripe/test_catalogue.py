"""Customers, tax ids, products and prices."""

import pytest
import stripe

from tests.contracts.stripe.conftest import kinds, price


def test_customers_live_and_are_deleted(client, peer, customer, monthly):
    asked = {"customer": customer.id, "items": [{"price": monthly.id}]}
    sub = client.v1.subscriptions.create(asked)
    assert [each.id for each in client.v1.customers.list({"email": "ana@example.org"}).data] == [customer.id]
    assert client.v1.customers.list({"email": "bo@example.org"}).data == []
    assert client.v1.customers.delete(customer.id).deleted
    assert client.v1.customers.retrieve(customer.id).deleted
    assert client.v1.subscriptions.retrieve(sub.id).status == "canceled"
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.update(customer.id, {"name": "Ana"})
    assert kinds(peer, "customer.deleted") == ["customer.deleted"]


def test_tax_ids_are_kept_and_wrong_ones_refused(client, monthly, customer):
    made = client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "DE123456789"})
    assert (made.country, made.verification.status) == ("DE", "pending")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "12"})
    assert refused.value.code == "tax_id_invalid"
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": monthly.id}]})
    invoice = client.v1.invoices.list({"customer": customer.id}).data[0]
    assert [(each.type, each.value) for each in invoice.customer_tax_ids] == [("eu_vat", "DE123456789")]
    client.v1.customers.tax_ids.delete(customer.id, made.id)
    assert client.v1.customers.tax_ids.list(customer.id).data == []
    other = client.v1.customers.create(
        {"tax_id_data": [{"type": "in_gst", "value": "12ABCDE3456FGZH"}]} | {"expand": ["tax_ids"]}
    )
    assert other.tax_ids.data[0].value == "12ABCDE3456FGZH"


def test_products_live_and_go_only_without_prices(client, unique):
    made = client.v1.products.create({"id": unique, "name": "Pro", "tax_code": "txcd_10103000"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.products.create({"id": unique, "name": "Pro"})
    assert refused.value.code == "resource_already_exists"
    assert client.v1.products.update(made.id, {"active": False}).active is False
    assert client.v1.products.list({"active": True, "ids": [made.id]}).data == []
    only = client.v1.prices.create({"product": made.id, "currency": "usd", "unit_amount": 49900})
    assert only.type == "one_time"
    assert client.v1.products.update(made.id, {"default_price": only.id}).default_price == only.id
    with pytest.raises(stripe.InvalidRequestError, match="user-created prices"):
        client.v1.products.delete(made.id)
    empty = client.v1.products.create({"name": "Empty"})
    assert client.v1.products.delete(empty.id).deleted
    assert [each.id for each in client.v1.products.list({"ids": [made.id]}).data] == [made.id]


def test_prices_are_found_by_lookup_key_and_a_key_moves_on_request(client, unique):
    month, half, year = (f"{period}_{unique}" for period in ("month", "half", "year"))
    old = price(client, 999, lookup_key=month)
    price(client, 5400, count=6, lookup_key=half)
    price(client, 9600, "year", lookup_key=year)
    found = client.v1.prices.list({"lookup_keys": [month, year], "expand": ["data.product"]})
    assert {(each.lookup_key, each.recurring.interval) for each in found.data} == {
        (month, "month"),
        (year, "year"),
    }
    assert {each.product.name for each in found.data} == {"Plan 999", "Plan 9600"}
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        price(client, 1099, lookup_key=month)
    new = price(client, 1099, lookup_key=month, transfer_lookup_key=True)
    assert client.v1.prices.retrieve(old.id).lookup_key is None
    assert [each.id for each in client.v1.prices.list({"lookup_keys": [month]}).data] == [new.id]
    assert client.v1.prices.update(old.id, {"lookup_key": month, "transfer_lookup_key": True}).lookup_key


def test_a_price_has_other_currencies_and_no_other_amount(client):
    made = price(client, 999, currency_options={"pkr": {"unit_amount": 280000}, "eur": {"unit_amount": 949}})
    assert "currency_options" not in made.to_dict()
    found = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]})
    amounts = {code: option["unit_amount"] for code, option in found.currency_options.to_dict().items()}
    assert amounts == {"usd": 999, "pkr": 280000, "eur": 949}
    client.v1.prices.update(made.id, {"currency_options": {"gbp": {"unit_amount": 799}}, "active": False})
    found = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]})
    assert found.currency_options["gbp"].unit_amount == 799
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.update(made.id, {"unit_amount": 1})
    assert refused.value.param == "unit_amount"


def test_prices_that_cannot_be_are_refused(client):
    for more in (
        {"unit_amount": -1},
        {"recurring": {"interval": "year", "interval_count": 4}},
        {"currency": "dollars"},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            price(client, 999, **more)
    with pytest.raises(stripe.InvalidRequestError, match="No such product"):
        client.v1.prices.create({"currency": "usd", "unit_amount": 1, "product": "prod_no"})
