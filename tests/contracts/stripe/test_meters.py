"""Meters: usage is reported once, summed, and invoiced when the period is over."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import stripe

from tests.contracts.stripe.conftest import NOON, payer


@pytest.fixture
def meter(client):
    asked = {"display_name": "Requests", "event_name": "requests", "default_aggregation": {"formula": "sum"}}
    return client.v1.billing.meters.create(asked)


def report(client, customer, value, **more):
    payload = {"stripe_customer_id": customer.id, "value": str(value)}
    return client.v1.billing.meter_events.create({"event_name": "requests", "payload": payload} | more)


def used(client, meter, customer, start, end):
    asked = {"customer": customer.id, "start_time": start, "end_time": end}
    return client.v1.billing.meters.event_summaries.list(meter.id, asked).data[0].aggregated_value


def test_usage_is_counted_once_for_each_identifier(client, peer, meter, customer):
    report(client, customer, 5, identifier="a")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        report(client, customer, 5, identifier="a")
    report(client, customer, 7, identifier="b", timestamp=NOON - 3600)
    assert used(client, meter, customer, NOON - 7200, NOON + 60) == 12
    assert used(client, meter, customer, NOON, NOON + 60) == 5
    assert used(client, meter, payer(client, "pm_card_visa"), NOON, NOON + 60) == 0
    peer.advance(hours=24)
    assert report(client, customer, 1, identifier="a").identifier == "a"


@pytest.mark.stand_in("an account has one meter of a name for ever, and takes reports later than it answers")
def test_reports_that_cannot_be_are_refused(client, meter, customer):
    for ask in (
        lambda: report(client, customer, 1, timestamp=NOON - 36 * 86400),
        lambda: report(client, customer, 1, timestamp=NOON + 301),
        lambda: report(client, customer, "many"),
        lambda: report(client, customer, 1, event_name="other"),
        lambda: client.v1.billing.meter_events.create({"event_name": "requests", "payload": {"value": "1"}}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            ask()


def test_usage_is_invoiced_when_the_period_is_over(client, peer, meter, customer, monthly):
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    asked = {"currency": "usd", "unit_amount": 2, "product": monthly.product, "recurring": recurring}
    overage = client.v1.prices.create(asked)
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": monthly.id}, {"price": overage.id}]})
    assert client.v1.invoices.list().data[0].total == 3000
    peer.advance(days=10)
    report(client, customer, 150)
    peer.advance(days=20, hours=1)
    invoice = client.v1.invoices.list().data[0]
    assert (invoice.status, invoice.total) == ("paid", 3000 + 150 * 2)
    assert sorted((each.quantity, each.amount) for each in invoice.lines.data) == [(1, 3000), (150, 300)]
    assert [each.id for each in client.v1.billing.meters.list({"status": "active"}).data] == [meter.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.prices.create(asked | {"recurring": {"interval": "month", "usage_type": "metered"}})


@pytest.fixture
def cents(client, meter, monthly):
    """A price of a twentieth of a cent."""
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    asked = {"currency": "usd", "unit_amount_decimal": Decimal("0.05"), "product": monthly.product}
    return client.v1.prices.create(asked | {"recurring": recurring})


def test_parts_of_a_cent_are_summed_and_then_rounded(client, peer, customer, cents):
    assert (cents.unit_amount, cents.unit_amount_decimal) == (None, Decimal("0.05"))
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": cents.id}]})
    report(client, customer, 12_350)
    peer.advance(days=31, hours=1)
    (line,) = client.v1.invoices.list().data[0].lines.data
    assert (line.quantity, line.amount) == (12_350, 618)  # 617.5


def test_a_period_can_be_the_calendars_month_and_takes_what_is_late_by_less_than_an_hour(
    client, peer, meter, customer, cents
):
    first = {"day_of_month": 1, "hour": 0, "minute": 0, "second": 0}
    asked = {"customer": customer.id, "items": [{"price": cents.id}], "billing_cycle_anchor_config": first}
    item = client.v1.subscriptions.create(asked)["items"].data[0]
    end = datetime.fromtimestamp(item.current_period_end, UTC)
    assert (end.day, end.hour, end.minute, item.current_period_end > NOON) == (1, 0, 0, True)
    peer.advance(seconds=item.current_period_end + 600 - NOON)
    report(client, customer, 40_000, timestamp=item.current_period_end - 1)
    report(client, customer, 1, timestamp=item.current_period_end)
    assert client.v1.invoices.list().data[0].status == "draft"
    peer.advance(hours=1)
    invoice = client.v1.invoices.list().data[0]
    assert (invoice.status, invoice.total, invoice.period_end) == ("paid", 2_000, item.current_period_end)


@pytest.mark.stand_in("Stripe adds up what it was told some time later")
def test_who_ends_it_can_have_the_rest_invoiced(client, customer, cents):
    made = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": cents.id}]})
    report(client, customer, 30_000)
    client.v1.subscriptions.cancel(made.id, {"invoice_now": True})
    invoice = client.v1.invoices.list().data[0]
    assert (invoice.status, invoice.total) == ("paid", 1_500)


@pytest.mark.stand_in("an account has one meter of a name for ever")
def test_a_price_has_one_amount_of_at_most_twelve_places(client, meter, monthly):
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    asked = {"currency": "usd", "product": monthly.product, "recurring": recurring}
    for amounts in ({"unit_amount": 1, "unit_amount_decimal": Decimal(1)}, {"unit_amount_decimal": Decimal("1e-13")}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.prices.create(asked | amounts)
