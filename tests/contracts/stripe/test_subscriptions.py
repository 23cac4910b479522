"""Subscriptions: how they begin, are tried out, and end."""

import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, kinds, payer, price
from tests.contracts.stripe.running import DAY, invoices, item, lines, of, subscribed


def test_the_first_invoice_is_paid_at_once(client, peer, customer, monthly):
    sub = of(client, subscribed(client, customer, monthly))
    assert (sub.status, sub.latest_invoice.status, sub.latest_invoice.amount_paid) == ("active", "paid", 3000)
    assert (item(sub).current_period_start, item(sub).current_period_end) == (NOON, NOON + 30 * DAY)
    assert lines(sub.latest_invoice) == [(3000, NOON, NOON + 30 * DAY)]
    assert sub.latest_invoice.parent.subscription_details.subscription == sub.id
    assert sub.latest_invoice.lines.data[0].pricing.price_details.price == monthly.id
    assert sub.latest_invoice.total_taxes == []
    told = kinds(peer, "customer.subscription")
    assert told == ["customer.subscription.created", "customer.subscription.updated"]
    assert client.v1.customers.retrieve(customer.id).currency == "usd"


def test_it_is_incomplete_until_the_buyer_pays(client, customer, monthly):
    asked = {
        "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"},
    }
    sub = of(client, subscribed(client, customer, monthly, **asked))
    assert (sub.status, sub.latest_invoice.status) == ("incomplete", "open")
    intent = sub.latest_invoice.confirmation_secret.client_secret.split("_secret")[0]
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_chargeDeclined"})
    assert of(client, sub).status == "incomplete"
    paid = client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_mastercard"})
    sub = of(client, sub)
    assert (sub.status, sub.default_payment_method) == ("active", paid.payment_method)


def test_3d_secure_stands_between_incomplete_and_active(client, peer, monthly):
    buyer = payer(client, "pm_card_authenticationRequiredOnSetup")
    sub = of(client, subscribed(client, buyer, monthly))
    assert sub.status == "incomplete"
    intent = sub.latest_invoice.confirmation_secret.client_secret.split("_secret")[0]
    assert client.v1.payment_intents.retrieve(intent).status == "requires_action"
    peer.authenticate(intent)
    assert of(client, sub).status == "active"
    peer.advance(days=30, hours=1)  # the card is known now: the renewal asks nobody
    assert [each[:2] for each in invoices(client)] == [("subscription_create", "paid"), ("subscription_cycle", "paid")]


def test_it_expires_when_nobody_pays_for_23_hours(client, peer, customer, monthly):
    sub = of(client, subscribed(client, customer, monthly, payment_behavior="default_incomplete"))
    peer.advance(hours=22)
    assert of(client, sub).status == "incomplete"
    peer.advance(hours=1)
    sub = of(client, sub)
    assert (sub.status, sub.latest_invoice.status) == ("incomplete_expired", "void")
    assert client.v1.payment_intents.list().data[0].cancellation_reason == "void_invoice"


def test_a_decline_at_the_start_leaves_nothing_when_asked_to(client, monthly):
    buyer = payer(client, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        subscribed(client, buyer, monthly, payment_behavior="error_if_incomplete")
    assert client.v1.subscriptions.list({"customer": buyer.id, "status": "all"}).data == []
    assert subscribed(client, buyer, monthly).status == "incomplete"
    nobody = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        subscribed(client, nobody, monthly)


def test_a_trial_ends_and_is_invoiced_when_the_clock_gets_there(client, peer, customer, monthly):
    sub = of(client, subscribed(client, customer, monthly, trial_period_days=7))
    assert (sub.status, sub.trial_end, sub.latest_invoice.total) == ("trialing", NOON + 7 * DAY, 0)
    peer.advance(days=4)
    assert kinds(peer)[-1] == "customer.subscription.trial_will_end"
    peer.advance(days=3)
    sub = of(client, sub)
    assert (sub.status, sub.latest_invoice.status, sub.latest_invoice.total) == ("active", "draft", 3000)
    assert item(sub).current_period_end == NOON + 37 * DAY  # 8 April to 8 May
    peer.advance(hours=1)
    assert invoices(client) == [("subscription_create", "paid", 0), ("subscription_cycle", "paid", 3000)]
    assert len(client.v1.charges.list().data) == 1


@pytest.mark.parametrize(
    ("wanted", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_without_a_card_ends_as_agreed(client, peer, monthly, wanted, status):
    nobody = client.v1.customers.create({"email": "bo@example.org"})
    settings = {"end_behavior": {"missing_payment_method": wanted}}
    sub = subscribed(client, nobody, monthly, trial_period_days=7, trial_settings=settings)
    peer.advance(days=7, hours=1)
    assert of(client, sub).status == status


def test_a_paused_one_is_resumed_by_paying(client, peer, monthly):
    nobody = client.v1.customers.create({"email": "bo@example.org"})
    settings = {"end_behavior": {"missing_payment_method": "pause"}}
    sub = subscribed(client, nobody, monthly, trial_period_days=7, trial_settings=settings)
    peer.advance(days=8)
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": nobody.id})
    client.v1.subscriptions.update(sub.id, {"default_payment_method": method.id})
    sub = client.v1.subscriptions.resume(sub.id, {"billing_cycle_anchor": "now"})
    assert (sub.status, item(sub).current_period_start) == ("active", NOON + 8 * DAY)
    assert invoices(client)[-1] == ("subscription_update", "paid", 3000)


def test_a_trial_keeps_the_card_that_is_set_up(client, monthly):
    nobody = client.v1.customers.create({"email": "bo@example.org"})
    sub = subscribed(client, nobody, monthly, trial_period_days=7, payment_behavior="default_incomplete")
    done = client.v1.setup_intents.confirm(sub.pending_setup_intent, {"payment_method": "pm_card_visa"})
    sub = of(client, sub)
    assert (sub.default_payment_method, sub.pending_setup_intent) == (done.payment_method, None)


def test_it_ends_with_the_period_unless_it_is_kept(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    asked = client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    assert (asked.status, asked.cancel_at, asked.canceled_at) == ("active", NOON + 30 * DAY, NOON)
    assert asked.cancellation_details.reason == "cancellation_requested"
    kept = client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at, kept.cancellation_details.reason) == (None, None, None)
    client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    peer.advance(days=31)
    sub = of(client, sub)
    assert (sub.status, sub.ended_at) == ("canceled", NOON + 30 * DAY)
    assert len(invoices(client)) == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.update(sub.id, {"cancel_at_period_end": False})


def test_it_ends_now_with_the_rest_credited_when_asked(client, peer, customer, monthly):
    sub = subscribed(client, customer, monthly)
    peer.advance(days=10)
    gone = client.v1.subscriptions.cancel(sub.id, {"prorate": True, "invoice_now": True})
    assert (gone.status, gone.ended_at) == ("canceled", peer.now)
    assert invoices(client)[-1] == ("manual", "paid", -2000)
    assert client.v1.subscriptions.list().data == []
    assert [each.id for each in client.v1.subscriptions.list({"status": "canceled"}).data] == [sub.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.cancel(sub.id)


def test_prices_are_charged_in_the_currency_that_is_asked_for(client, customer):
    plan = price(client, 999, currency_options={"eur": {"unit_amount": 949}})
    sub = of(client, subscribed(client, customer, plan, currency="eur"))
    assert (sub.currency, sub.latest_invoice.total, sub.latest_invoice.currency) == ("eur", 949, "eur")
    with pytest.raises(stripe.InvalidRequestError, match="combine currencies"):
        subscribed(client, customer, plan, currency="usd")
    other = payer(client, "pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError, match="only supports"):
        subscribed(client, other, plan, currency="gbp")
    assert client.v1.subscriptions.list({"customer": other.id, "status": "all"}).data == []


def test_items_that_cannot_be_are_refused(client, customer, monthly):
    once = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product": monthly.product})
    retired = price(client, 700)
    client.v1.prices.update(retired.id, {"active": False})
    yearly = price(client, 30000, "year")
    for items in ([], [once], [retired], [monthly, monthly], [monthly, yearly]):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": each.id} for each in items]})
