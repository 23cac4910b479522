"""Meters: usage is reported once, summed, and invoiced when the period is over."""

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
