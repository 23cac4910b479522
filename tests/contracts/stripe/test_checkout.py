"""Checkout sessions and their page, the billing portal and its page; the stand-in as a program of its own."""

import json
import subprocess
import sys

import httpx
import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, ROOT, kinds, payer, price
from tests.peers.stripe import Refusal

BACK = {"success_url": "https://shop.example/done?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://shop.example/left"}


def opened(client, price, mode="subscription", **more):
    asked = {"mode": mode, "line_items": [{"price": price.id, "quantity": 1}], "metadata": {"user": "7"}}
    return client.v1.checkout.sessions.create(asked | BACK | more)


def press(session, **fields):
    return httpx.post(session.url, data={"do": "pay", "card": "4242424242424242"} | fields)


def test_a_subscription_is_bought_on_the_page(client, peer, monthly):
    made = opened(client, monthly, subscription_data={"metadata": {"user": "7"}}, client_reference_id="7")
    assert (made.status, made.payment_status, made.amount_total, made.expires_at) == (
        "open",
        "unpaid",
        3000,
        NOON + 86400,
    )
    assert "Demo: no money moves" in httpx.get(made.url).text
    answer = press(made, email="ana@example.org")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"https://shop.example/done?s={made.id}")
    done = client.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["subscription", "line_items", "customer", "invoice"]}
    )
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (done.subscription.status, done.subscription.metadata["user"]) == ("active", "7")
    assert (done.customer.email, done.invoice.status, done.metadata["user"]) == ("ana@example.org", "paid", "7")
    assert done.line_items.data[0].price.id == monthly.id
    assert done.subscription.default_payment_method
    assert kinds(peer)[-1] == "checkout.session.completed"
    assert "complete" in press(made).text
    assert len(client.v1.subscriptions.list().data) == 1


def test_a_decline_leaves_the_session_open_for_another_card(client, peer, monthly):
    made = opened(client, monthly)
    answer = press(made, card="4000000000000002", email="ana@example.org")
    assert (answer.status_code, "Your card was declined" in answer.text) == (402, True)
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert press(made, card="4000000000000341").status_code == 402  # can be kept, but not charged
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    with pytest.raises(Refusal, match="insufficient funds"):
        peer.complete(made.id, "pm_card_chargeDeclinedInsufficientFunds")
    peer.complete(made.id)
    assert client.v1.checkout.sessions.retrieve(made.id).status == "complete"


@pytest.mark.stand_in("nobody is there to fill in Stripe's page")
def test_the_bank_asks_on_the_page(client, monthly):
    made = opened(client, monthly)
    card = "4000002760003184"
    assert "Your bank asks" in press(made, card=card).text
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert press(made, card=card, do="confirm").status_code == 303
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription"]})
    assert (done.status, done.subscription.status) == ("complete", "active")


def test_who_leaves_pays_nothing_and_the_session_expires(client, peer, monthly):
    made = opened(client, monthly)
    assert press(made, do="leave").headers["Location"] == BACK["cancel_url"]
    peer.advance(hours=24)
    assert client.v1.checkout.sessions.retrieve(made.id).status == "expired"
    assert kinds(peer)[-1] == "checkout.session.expired"
    with pytest.raises(Refusal, match="no longer open"):
        peer.complete(made.id)
    other = opened(client, monthly)
    assert client.v1.checkout.sessions.expire(other.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(other.id)


def test_one_purchase_is_paid_by_a_payment_intent(client, peer, monthly):
    once = client.v1.prices.create({"currency": "usd", "unit_amount": 49900, "product": monthly.product})
    made = opened(
        client, once, "payment", payment_intent_data={"metadata": {"order": "9"}}, customer_email="bo@example.org"
    )
    assert made.payment_intent is None
    assert press(made, card="4000000000000341").status_code == 402
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"
    peer.complete(made.id)
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge", "customer"]})
    assert (done.payment_intent.status, done.payment_intent.amount) == ("succeeded", 49900)
    assert (done.payment_intent.metadata["order"], done.payment_intent.latest_charge.paid) == ("9", True)
    assert done.customer.email == "bo@example.org"
    listed = client.v1.checkout.sessions.list({"payment_intent": done.payment_intent.id})
    assert [each.id for each in listed.data] == [made.id]


def test_a_trial_costs_nothing_yet(client, peer, customer, monthly):
    made = opened(client, monthly, customer=customer.id, subscription_data={"trial_period_days": 7})
    assert (made.amount_total, made.payment_status) == (0, "no_payment_required")
    peer.complete(made.id)
    done = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription"]})
    assert (done.subscription.status, done.customer) == ("trialing", customer.id)
    assert client.v1.charges.list().data == []


def test_prices_in_other_currencies_or_made_in_passing(client, peer):
    plan = price(client, 999, currency_options={"inr": {"unit_amount": 79900}})
    made = opened(client, plan, currency="inr")
    assert (made.currency, made.amount_total) == ("inr", 79900)
    peer.complete(made.id)
    assert client.v1.invoices.list().data[0].currency == "inr"
    pack = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "100 credits"}}
    session = {"mode": "payment", "line_items": [{"price_data": pack, "quantity": 3}]} | BACK
    assert client.v1.checkout.sessions.create(session).amount_total == 1500


def test_sessions_that_cannot_be_are_refused(client, customer, monthly, now):
    once = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product": monthly.product})
    cases = [
        lambda: opened(client, monthly, "payment"),
        lambda: opened(client, once),
        lambda: opened(client, monthly, currency="gbp"),
        lambda: opened(client, monthly, expires_at=now + 60),
        lambda: opened(client, monthly, customer=customer.id, customer_email="a@example.org"),
        lambda: opened(client, once, "payment", subscription_data={"trial_period_days": 7}),
        lambda: opened(client, monthly, line_items=[]),
    ]
    for ask in cases:
        with pytest.raises(stripe.InvalidRequestError):
            ask()


def test_customers_look_after_their_subscriptions_in_the_portal(client, peer, customer, monthly):
    sub = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": monthly.id}]})
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": sub.id}}
    asked = {"customer": customer.id, "return_url": "https://shop.example/account", "flow_data": flow}
    made = client.v1.billing_portal.sessions.create(asked)
    assert made.flow.subscription_cancel.subscription == sub.id
    assert sub.id in httpx.get(made.url).text
    press(made, do="cancel", subscription=sub.id)
    assert client.v1.subscriptions.retrieve(sub.id).cancel_at_period_end
    press(made, do="keep", subscription=sub.id)
    assert not client.v1.subscriptions.retrieve(sub.id).cancel_at_period_end
    assert press(made, do="back").headers["Location"] == "https://shop.example/account"
    other = payer(client, "pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.billing_portal.sessions.create(asked | {"customer": other.id})
    elsewhere = client.v1.billing_portal.sessions.create({"customer": other.id})
    press(elsewhere, do="cancel", subscription=sub.id)
    assert not client.v1.subscriptions.retrieve(sub.id).cancel_at_period_end


def test_it_runs_alone():
    program = [sys.executable, "-m", "tests.peers.stripe", "--seed", "demo", "--webhook", "http://127.0.0.1:9/"]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        told = json.loads(running.stdout.readline())
        client = stripe.StripeClient(told["key"], base_addresses={"api": told["url"]})
        made = client.v1.customers.create({"name": "Ana"})
        assert client.v1.customers.retrieve(made.id).name == "Ana"
        assert told["secret"].startswith("whsec_")
        running.terminate()
        assert running.wait(30) == 0
