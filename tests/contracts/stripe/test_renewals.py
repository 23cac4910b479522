"""Renewals by a clock that the tests move: paid, declined, tried again; their invoices."""

import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, kinds, payer, price
from tests.contracts.stripe.running import DAY, invoices, item, of, subscribed
from tests.waiting import until


def test_it_renews_each_period_as_the_calendar_has_it(client, peer, customer):
    peer.advance(to=1801353600)  # 2027-01-31 00:00 UTC
    sub = subscribed(client, customer, price(client, 999))
    ends = []
    for _ in range(3):
        ends.append(item(of(client, sub)).current_period_end)
        peer.advance(to=ends[-1] + 3600)
    assert ends == [1803772800, 1806451200, 1809043200]  # 28 February, 31 March, 30 April
    assert [each[1:] for each in invoices(client)] == [("paid", 999)] * 4


def test_stripes_own_test_clocks_move_time_too(client, monthly, now):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": now + DAY})
    buyer = client.v1.customers.create({"test_clock": clock.id, "payment_method": "pm_card_visa"})
    method = client.v1.payment_methods.list({"customer": buyer.id}).data[0]
    sub = subscribed(client, buyer, monthly, default_payment_method=method.id)
    assert sub.created == now + DAY
    later = now + 33 * DAY  # a month of any length, and the hour that an invoice is a draft
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": later})
    until(lambda: client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready", 120, 1)
    assert client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time == later
    assert len(client.v1.invoices.list({"subscription": sub.id}).data) == 2
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": now})
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted


@pytest.mark.stand_in("it begins on the first of April")
def test_six_months_and_years_are_periods_too(client, customer):
    half = subscribed(client, customer, price(client, 5400, count=6))
    year = subscribed(client, customer, price(client, 9600, "year"))
    assert item(half).current_period_end - NOON == 183 * DAY  # 1 April to 1 October
    assert item(year).current_period_end - NOON == 365 * DAY


def test_a_renewal_that_is_declined_is_tried_again_and_then_given_up(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad.id})
    peer.advance(days=30, hours=1)
    found = of(client, sub)
    assert (found.status, found.latest_invoice.status, found.latest_invoice.attempt_count) == ("past_due", "open", 1)
    assert found.latest_invoice.next_payment_attempt == peer.now + 3 * DAY
    assert client.v1.customers.retrieve(customer.id).delinquent
    peer.advance(days=3 + 5)
    assert of(client, sub).latest_invoice.attempt_count == 3
    peer.advance(days=7)
    found = of(client, sub)
    assert (found.status, found.cancellation_details.reason) == ("canceled", "payment_failed")
    assert kinds(peer).count("invoice.payment_failed") == 4
    assert kinds(peer)[-1] == "customer.subscription.deleted"


def test_a_retry_with_another_card_brings_it_back(client, peer, customer, monthly):
    peer.after_retries = "unpaid"
    sub = subscribed(client, customer, monthly)
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad.id})
    peer.advance(days=50)
    assert of(client, sub).status == "unpaid"
    good = client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    last = client.v1.invoices.list({"status": "open"}).data[0]
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(last.id)
    assert client.v1.invoices.pay(last.id, {"payment_method": good.id}).status == "paid"
    assert of(client, sub).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(last.id)


def test_the_invoice_of_a_payment_is_found_and_an_open_one_is_voided(client, peer, customer, monthly):
    sub = of(client, subscribed(client, customer, monthly))
    intent = client.v1.payment_intents.list().data[0]
    asked = {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    assert [each.invoice for each in client.v1.invoice_payments.list(asked).data] == [sub.latest_invoice.id]
    listed = client.v1.invoices.line_items.list(sub.latest_invoice.id)
    assert [each.amount for each in listed.data] == [3000]
    other = payer(client, "pm_card_chargeCustomerFail")
    unpaid = of(client, subscribed(client, other, monthly)).latest_invoice
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.void_invoice(sub.latest_invoice.id)
    assert client.v1.invoices.void_invoice(unpaid.id).status == "void"
    assert client.v1.invoices.list({"customer": other.id, "status": "void"}).data[0].id == unpaid.id


def test_a_draft_is_finalized_by_hand_and_a_debt_written_off(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    bad = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    client.v1.subscriptions.update(sub.id, {"default_payment_method": bad.id})
    peer.advance(days=30)
    draft = client.v1.invoices.list({"subscription": sub.id}).data[0]
    assert (draft.status, client.v1.invoices.finalize_invoice(draft.id).status) == ("draft", "open")
    client.v1.invoices.update(draft.id, {"metadata": {"note": "1"}})
    assert client.v1.invoices.mark_uncollectible(draft.id).status == "uncollectible"


def test_what_is_too_small_to_charge_is_carried_to_the_next_invoice(client, peer, customer):
    subscribed(client, customer, price(client, 30))
    assert (invoices(client), client.v1.customers.retrieve(customer.id).balance) == (
        [("subscription_create", "paid", 30)],
        30,
    )
    assert client.v1.charges.list().data == []
    peer.advance(days=30, hours=1)
    last = client.v1.invoices.list().data[0]
    assert (last.total, last.starting_balance, last.amount_paid) == (30, 30, 60)
    assert client.v1.customers.retrieve(customer.id).balance == 0
