"""Subscriptions that change while they run. Amounts are worked out by hand."""

import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, price
from tests.contracts.stripe.running import DAY, invoices, item, lines, of, subscribed


def test_a_dearer_plan_costs_the_difference_for_the_rest_of_the_period(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    dear = price(client, 6000)
    peer.advance(days=10)
    change = {"items": [{"id": item(sub).id, "price": dear.id}], "proration_behavior": "always_invoice"}
    asked = {"subscription": sub.id, "subscription_details": change}
    preview = client.v1.invoices.create_preview(asked)
    assert preview.id.startswith("upcoming_in_")
    sub = client.v1.subscriptions.update(sub.id, change | {"expand": ["latest_invoice"]})
    span = (NOON + 10 * DAY, NOON + 30 * DAY)
    assert lines(sub.latest_invoice) == [(-2000, *span), (4000, *span)] == lines(preview)
    assert (sub.latest_invoice.status, sub.latest_invoice.amount_paid) == ("paid", 2000)
    assert all(each.parent.invoice_item_details.proration for each in sub.latest_invoice.lines.data)
    assert item(sub).current_period_end == NOON + 30 * DAY
    assert len(invoices(client)) == 2
    peer.advance(days=20, hours=1)
    assert invoices(client)[-1] == ("subscription_cycle", "paid", 6000)


def test_a_proration_waits_for_the_next_invoice_unless_asked_otherwise(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    peer.advance(days=15)
    other = subscribed(client, customer, price(client, 500))
    client.v1.subscriptions.update(sub.id, {"items": [{"id": item(sub).id, "quantity": 3}]})
    assert client.v1.invoices.create_preview({"subscription": other.id}).total == 500
    waiting = client.v1.invoice_items.list({"pending": True}).data
    assert sorted(each.amount for each in waiting) == [-1500, 4500]
    preview = client.v1.invoices.create_preview({"subscription": sub.id})
    peer.advance(days=15, hours=1)
    assert invoices(client)[-1] == ("subscription_cycle", "paid", 3000 + 9000)
    assert preview.total == 12000
    assert client.v1.invoice_items.list({"pending": True}).data == []
    client.v1.subscriptions.update(
        sub.id, {"items": [{"id": item(sub).id, "quantity": 1}], "proration_behavior": "none"}
    )
    assert client.v1.invoice_items.list({"pending": True}).data == []


def test_halves_of_a_minor_unit_are_rounded_away_from_zero(client, peer, customer):
    sub = subscribed(client, customer, price(client, 999))
    peer.advance(days=15)
    change = {"items": [{"id": item(sub).id, "price": price(client, 1999).id}], "proration_behavior": "always_invoice"}
    sub = client.v1.subscriptions.update(sub.id, change | {"expand": ["latest_invoice"]})
    assert [amount for amount, _, _ in lines(sub.latest_invoice)] == [-500, 1000]  # of 499.5 and 999.5


def test_a_cheaper_plan_leaves_a_balance_that_the_next_invoice_uses(client, peer, customer):
    sub = subscribed(client, customer, price(client, 6000))
    peer.advance(days=20)
    cheap = price(client, 1500)
    change = {"items": [{"id": item(sub).id, "price": cheap.id}], "proration_behavior": "always_invoice"}
    sub = client.v1.subscriptions.update(sub.id, change | {"expand": ["latest_invoice"]})
    assert (sub.latest_invoice.total, sub.latest_invoice.amount_due) == (-2000 + 500, 0)
    assert client.v1.customers.retrieve(customer.id).balance == -1500
    peer.advance(days=10, hours=1)
    last = client.v1.invoices.list().data[0]
    assert (last.total, last.starting_balance, last.amount_due, last.ending_balance) == (1500, -1500, 0, 0)
    assert (last.status, client.v1.customers.retrieve(customer.id).balance) == ("paid", 0)


def test_another_length_of_period_begins_anew_at_once(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    peer.advance(days=10)
    change = {"items": [{"id": item(sub).id, "price": price(client, 30000, "year").id}], "expand": ["latest_invoice"]}
    sub = client.v1.subscriptions.update(sub.id, change)
    start = NOON + 10 * DAY
    assert (item(sub).current_period_start, item(sub).current_period_end) == (start, start + 365 * DAY)
    assert sorted(amount for amount, _, _ in lines(sub.latest_invoice)) == [-2000, 30000]
    assert (sub.latest_invoice.status, sub.billing_cycle_anchor) == ("paid", start)


def test_a_change_that_must_be_paid_for_changes_nothing_when_it_is_declined(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad.id})
    change = {"items": [{"id": item(sub).id, "price": price(client, 6000).id}], "proration_behavior": "always_invoice"}
    before = client.v1.subscriptions.retrieve(sub.id).to_dict()
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.update(sub.id, change | {"payment_behavior": "error_if_incomplete"})
    assert client.v1.subscriptions.retrieve(sub.id).to_dict() == before
    assert client.v1.subscriptions.update(sub.id, change).status == "past_due"


def test_a_change_that_the_buyer_must_confirm_is_past_due_until_then(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    change = {"items": [{"id": item(sub).id, "price": price(client, 6000).id}], "proration_behavior": "always_invoice"}
    client.v1.subscriptions.update(sub.id, change | {"payment_behavior": "default_incomplete"})
    sub = of(client, sub)
    assert (sub.status, sub.latest_invoice.status) == ("past_due", "open")
    intent = sub.latest_invoice.confirmation_secret.client_secret.split("_secret")[0]
    client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_mastercard"})
    assert of(client, sub).status == "active"
    asks = client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
    more = {"items": [{"id": item(sub).id, "quantity": 2}], "proration_behavior": "always_invoice"}
    client.v1.subscriptions.update(sub.id, more | {"default_payment_method": asks.id})
    sub = of(client, sub)
    assert sub.status == "past_due"
    peer.authenticate(sub.latest_invoice.confirmation_secret.client_secret.split("_secret")[0])
    assert of(client, sub).status == "active"


def test_a_trial_is_cut_short_or_made_longer(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly, trial_period_days=7)
    sub = client.v1.subscriptions.update(sub.id, {"trial_end": NOON + 14 * DAY})
    assert item(sub).current_period_end == NOON + 14 * DAY
    peer.advance(days=10)
    assert of(client, sub).status == "trialing"
    sub = client.v1.subscriptions.update(sub.id, {"trial_end": "now"})
    assert (sub.status, item(sub).current_period_start) == ("active", NOON + 10 * DAY)
    assert invoices(client)[-1] == ("subscription_update", "paid", 3000)
