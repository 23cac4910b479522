"""What goes wrong between the library and Stripe, on request."""

import threading

import pytest
import stripe

from tests.waiting import until

CUSTOMERS = "/v1/customers"


@pytest.fixture
def patient(peer) -> stripe.StripeClient:
    return stripe.StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=2)


def test_a_status_is_answered_so_often_and_nothing_is_done(client, peer):
    peer.faults.next("status", "POST", CUSTOMERS, times=2, status=500)
    peer.faults.next("status", "GET", "/v1/customers/.*", status=429)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.customers.create({"name": "Ana"})
    assert client.v1.customers.list().data == []
    made = client.v1.customers.create({"name": "Ana"})
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.retrieve(made.id)
    assert client.v1.customers.retrieve(made.id).name == "Ana"


def test_an_answer_that_is_lost_leaves_what_was_done(client, peer):
    peer.faults.next("drop_answer", "POST", CUSTOMERS)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    found = client.v1.customers.list().data
    assert [each.name for each in found] == ["Ana"]
    assert client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"}).id == found[0].id


def test_the_library_tries_again_by_itself_and_does_nothing_twice(patient, peer):
    peer.faults.next("drop_answer", "POST", CUSTOMERS)
    peer.faults.next("status", "POST", CUSTOMERS, status=503)
    made = patient.v1.customers.create({"name": "Ana"})
    assert [each.id for each in patient.v1.customers.list().data] == [made.id]


def test_a_request_times_out(peer):
    fault = peer.faults.next("time_out", "POST", CUSTOMERS)
    hasty = stripe.StripeClient(
        peer.key,
        base_addresses={"api": peer.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.2),
    )
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.customers.create({"name": "Ana"})
    assert fault.reached.is_set()
    fault.released.set()
    assert hasty.v1.customers.list().data == []


def test_a_request_waits_while_others_are_answered(client, peer):
    fault = peer.faults.next("wait", "POST", CUSTOMERS)
    waiting = threading.Thread(target=client.v1.customers.create, args=({"name": "Ana"},))
    waiting.start()
    until(fault.reached.is_set)
    assert client.v1.customers.list().data == []
    fault.released.set()
    waiting.join()
    assert [each.name for each in client.v1.customers.list().data] == ["Ana"]
