"""Subscriptions from the first payment to the end, by a clock that the tests move. Amounts are worked out by hand."""

import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, kinds, payer, price

DAY = 86400


def subscribed(client, customer, price, **more):
    return client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]} | more)


def of(client, sub):
    return client.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice.confirmation_secret"]})


def item(sub):
    return sub["items"].data[0]


def invoices(client):
    """(reason, status, total) of each, oldest first."""
    return [(each.billing_reason, each.status, each.total) for each in client.v1.invoices.list().data[::-1]]


def lines(invoice):
    return [(each.amount, each.period.start, each.period.end) for each in invoice.lines.data]


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
    assert client.v1.subscriptions.list({"status": "all"}).data == []
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


def test_it_renews_each_period_as_the_calendar_has_it(client, peer, customer):
    peer.advance(to=1801353600)  # 2027-01-31 00:00 UTC
    sub = subscribed(client, customer, price(client, 999))
    ends = []
    for _ in range(3):
        ends.append(item(of(client, sub)).current_period_end)
        peer.advance(to=ends[-1] + 3600)
    assert ends == [1803772800, 1806451200, 1809043200]  # 28 February, 31 March, 30 April
    assert [each[1:] for each in invoices(client)] == [("paid", 999)] * 4


def test_stripes_own_test_clocks_move_time_too(client, monthly):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": NOON + DAY})
    buyer = client.v1.customers.create({"test_clock": clock.id, "payment_method": "pm_card_visa"})
    method = client.v1.payment_methods.list({"customer": buyer.id}).data[0]
    sub = subscribed(client, buyer, monthly, default_payment_method=method.id)
    assert sub.created == NOON + DAY
    moved = client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": NOON + 31 * DAY + 3600})
    assert (moved.status, client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time) == (
        "ready",
        moved.frozen_time,
    )
    assert len(invoices(client)) == 2
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": NOON})
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted


def test_six_months_and_years_are_periods_too(client, customer):
    half = subscribed(client, customer, price(client, 5400, count=6))
    year = subscribed(client, customer, price(client, 9600, "year"))
    assert item(half).current_period_end - NOON == 183 * DAY  # 1 April to 1 October
    assert item(year).current_period_end - NOON == 365 * DAY


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
    client.v1.subscriptions.update(sub.id, {"items": [{"id": item(sub).id, "quantity": 3}]})
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
