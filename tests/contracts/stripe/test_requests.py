"""How the stand-in is asked: keys, versions, parameters, errors, idempotency, pages, expansion."""

import threading

import httpx
import pytest
import stripe

from tests.contracts.stripe.conftest import payer, price
from tests.peers.stripe import VERSION, shapes, stripe_peer
from tests.waiting import until


def test_it_speaks_the_version_that_the_library_pins(peer, client):
    assert stripe.api_version == VERSION
    answer = httpx.get(f"{peer.url}/v1/prices", headers={"Authorization": f"Bearer {peer.key}"})
    assert answer.headers["Stripe-Version"] == VERSION
    assert answer.headers["Request-Id"].startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        client.v1.prices.list(options={"stripe_version": "2020-08-27"})


def test_a_key_is_needed(peer):
    other = stripe.StripeClient("sk_test_other", base_addresses={"api": peer.url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError) as refused:
        other.v1.customers.list()
    assert refused.value.http_status == 401
    assert httpx.get(f"{peer.url}/v1/prices", auth=(peer.key, "")).status_code == 200  # as curl -u does


def test_parameters_that_are_unknown_missing_or_wrong_are_named(client):
    cases = [
        (lambda: client.v1.customers.create({"emial": "a"}), "emial", "parameter_unknown"),
        (lambda: client.v1.customers.create({"address": {"zip": "1"}}), "address[zip]", "parameter_unknown"),
        (lambda: client.v1.products.create({}), "name", "parameter_missing"),
        (
            lambda: client.v1.prices.create({"currency": "usd", "product_data": {"unit_label": "seat"}}),
            "product_data[name]",
            "parameter_missing",
        ),
        (lambda: client.v1.customers.create({"balance": "much"}), "balance", "parameter_invalid_integer"),
        (lambda: client.v1.customers.create({"tax_exempt": "perhaps"}), "tax_exempt", None),
        (lambda: client.v1.payment_intents.create({"amount": 500, "currency": "euro"}), "currency", None),
        (lambda: client.v1.payment_intents.create({"amount": 49, "currency": "eur"}), "amount", "amount_too_small"),
        (lambda: client.v1.customers.list({"limit": 101}), "limit", "parameter_invalid_integer"),
    ]
    for ask, param, code in cases:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.param, refused.value.code, refused.value.http_status) == (param, code, 400)


def test_what_is_not_there_is_404_in_a_path_and_400_in_a_parameter(peer, client):
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_no'") as refused:
        client.v1.customers.retrieve("cus_no")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": 500, "currency": "usd", "customer": "cus_no"})
    assert (refused.value.http_status, refused.value.param) == (400, "customer")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.coupons.list()  # a resource that the stand-in has not
    assert refused.value.http_status == 404


def test_metadata_is_merged_and_a_value_is_unset_by_an_empty_one(client):
    made = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}, "name": "Ana"})
    changed = client.v1.customers.update(made.id, {"metadata": {"a": "", "c": "3"}, "name": ""})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert changed.name is None
    assert client.v1.customers.update(made.id, {"metadata": ""}).metadata.to_dict() == {}


def test_an_idempotency_key_gives_the_first_answer_again(peer, client):
    first = client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    again = client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.customers.create({"name": "Bo"}, {"idempotency_key": "k"})
    assert refused.value.http_status == 400
    peer.advance(hours=24)
    assert client.v1.customers.create({"name": "Bo"}, {"idempotency_key": "k"}).id != first.id


def test_a_decline_is_kept_for_its_key_and_a_wrong_request_is_not(client, unique):
    asked = {"amount": 500, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True}
    made = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            client.v1.payment_intents.create(asked, {"idempotency_key": f"declined {unique}"})
        made.add(declined.value.error.payment_intent.latest_charge)
    assert len(made) == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"nmae": "Ana"}, {"idempotency_key": f"wrong {unique}"})
    assert client.v1.customers.create({"name": "Ana"}, {"idempotency_key": f"wrong {unique}"}).name == "Ana"


def test_a_twin_of_a_request_under_way_is_409(peer, client):
    fault = peer.faults.next("wait", "POST", "/v1/customers")
    made = []
    first = threading.Thread(
        target=lambda: made.append(client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"}))
    )
    first.start()
    until(lambda: "k" in peer.idempotency.kept)
    with pytest.raises(stripe.APIError) as refused:
        client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    fault.released.set()
    first.join()
    assert refused.value.http_status == 409
    assert refused.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"}).id == made[0].id


def test_lists_are_paged_both_ways_newest_first(client, unique):
    mine = {"email": f"{unique}@example.org"}
    ids = [client.v1.customers.create(mine).id for _ in range(7)][::-1]
    first = client.v1.customers.list(mine | {"limit": 3})
    assert [each.id for each in first.data] == ids[:3]
    assert first.has_more
    second = client.v1.customers.list(mine | {"limit": 3, "starting_after": ids[2]})
    assert [each.id for each in second.data] == ids[3:6]
    assert not client.v1.customers.list(mine | {"limit": 3, "starting_after": ids[3]}).has_more
    back = client.v1.customers.list(mine | {"limit": 2, "ending_before": ids[3]})
    assert ([each.id for each in back.data], back.has_more) == (ids[1:3], True)
    assert [each.id for each in client.v1.customers.list(mine | {"limit": 2}).auto_paging_iter()] == ids
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.list({"starting_after": "cus_no"})
    assert refused.value.param == "starting_after"


def test_lists_are_narrowed_by_when_things_were_made(peer, client):
    client.v1.customers.create({"name": "old"})
    peer.advance(days=1)
    late = client.v1.customers.create({"name": "late"})
    assert [each.name for each in client.v1.customers.list({"created": {"gte": late.created}}).data] == ["late"]
    assert [each.name for each in client.v1.customers.list({"created": {"lt": late.created}}).data] == ["old"]


def test_references_are_expanded_deep_and_in_lists(client, customer, monthly):
    asked = {"customer": customer.id, "items": [{"price": monthly.id}]}
    made = client.v1.subscriptions.create(asked)
    assert isinstance(made.latest_invoice, str)
    found = client.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice.payments", "customer"]})
    assert found.customer.email == "ana@example.org"
    assert isinstance(found.latest_invoice.payments.data[0].payment.payment_intent, str)
    paid = client.v1.invoices.retrieve(found.latest_invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
    assert paid.payments.data[0].payment.payment_intent.status == "succeeded"
    listed = client.v1.subscriptions.list(
        {"customer": customer.id} | {"expand": ["data.latest_invoice.confirmation_secret"]}
    )
    assert listed.data[0].latest_invoice.confirmation_secret.client_secret.startswith("pi_")
    for path in ("status", "no_such", "latest_invoice.status", "customer.email.domain", "items.data.subscription"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.subscriptions.retrieve(made.id, {"expand": [path]})
    with pytest.raises(stripe.InvalidRequestError) as refused:  # five levels: Stripe counts `data` too
        client.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice.payments.data.payment.payment_intent"]})
    assert refused.value.code == "property_expansion_max_depth"


def test_ids_are_decided_by_the_seed():
    def made(seed: str) -> list[str]:
        with stripe_peer(seed=seed, now=0) as peer:
            client = stripe.StripeClient(peer.key, base_addresses={"api": peer.url})
            return [peer.key, payer(client, "pm_card_visa").id, price(client, 500).id]

    assert made("a") == made("a")
    assert not set(made("a")) & set(made("b"))


def test_concurrent_requests_all_count(client, unique):
    mine = {"email": f"{unique}@example.org"}

    def make() -> None:
        for _ in range(5):
            client.v1.customers.create(mine)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({each.id for each in client.v1.customers.list(mine | {"limit": 100}).data}) == 40


def test_what_stripe_does_not_send_is_found_out(peer, client, customer):
    sent = peer.render(peer.objects[customer.id])
    assert shapes.wrong(sent) == []
    assert shapes.wrong(sent | {"loyalty": 1}) == ["customer.loyalty: Stripe sends no such member"]
    assert shapes.wrong(sent | {"email": 5}) == ["customer.email: 5 is no str"]
    assert shapes.wrong(sent | {"created": None}) == ["customer.created: None is no int"]
    assert shapes.wrong(sent | {"tax_exempt": "maybe"}) == ["customer.tax_exempt: 'maybe' is none of Stripe's values"]
    assert shapes.wrong(sent | {"address": {"zip": "1"}}) == ["customer.address.zip: Stripe sends no such member"]
    assert shapes.wrong(sent | {"invoice_settings": {"default_payment_method": {"object": "card_reader"}}}) == [
        "customer.invoice_settings.default_payment_method: card_reader: no such object"
    ]
