"""Payment and setup intents: cards that pay, that are declined, that ask their holder."""

import httpx
import pytest
import stripe

from tests.contracts.stripe.conftest import kinds

DECLINES = [
    ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
]


def begun(client, **more):
    return client.v1.payment_intents.create({"amount": 49900, "currency": "usd"} | more)


def test_a_payment_is_made_in_two_steps(client, peer):
    made = begun(client, metadata={"order": "7"}, automatic_payment_methods={"enabled": True})
    assert (made.status, made.client_secret.startswith(made.id)) == ("requires_payment_method", True)
    done = client.v1.payment_intents.confirm(
        made.id, {"payment_method": "pm_card_visa"} | {"expand": ["latest_charge"]}
    )
    assert (done.status, done.amount_received) == ("succeeded", 49900)
    assert (done.latest_charge.paid, done.latest_charge.metadata["order"]) == (True, "7")
    assert done.latest_charge.payment_method_details.card.last4 == "4242"
    assert kinds(peer)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(("card", "code", "reason"), DECLINES)
def test_a_card_is_declined_and_another_pays(client, peer, card, code, reason):
    made = begun(client)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(made.id, {"payment_method": card})
    error = declined.value.error
    assert (declined.value.http_status, error.code, error.decline_code) == (402, code, reason)
    assert error.payment_intent.id == made.id
    found = client.v1.payment_intents.retrieve(made.id)
    assert (found.status, found.payment_method) == ("requires_payment_method", None)
    assert (found.last_payment_error.code, found.last_payment_error.decline_code) == (code, reason)
    assert client.v1.charges.retrieve(found.latest_charge).status == "failed"
    assert kinds(peer)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_mastercard"}).status == "succeeded"


@pytest.mark.stand_in("Stripe takes numbers of cards by its API from few accounts")
def test_cards_come_by_number_too(client):
    method = client.v1.payment_methods.create({"type": "card", "card": {"number": "4000000000009995"}})
    with pytest.raises(stripe.CardError) as declined:
        begun(client, payment_method=method.id, confirm=True)
    assert declined.value.error.decline_code == "insufficient_funds"
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.create({"type": "card", "card": {"number": "4242424242424241"}})
    assert refused.value.code == "incorrect_number"
    token = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert begun(client, payment_method=token.id, confirm=True).status == "succeeded"


def test_3d_secure_asks_the_holder_and_goes_on_when_they_confirm(client, peer):
    asked = {"payment_method": "pm_card_authenticationRequired", "confirm": True}
    made = begun(client, **asked, return_url="https://shop.example/back")
    assert (made.status, made.next_action.type) == ("requires_action", "redirect_to_url")
    assert client.v1.charges.list().data == []
    page = httpx.get(made.next_action.redirect_to_url.url)
    assert "confirm" in page.text
    answer = httpx.post(made.next_action.redirect_to_url.url, data={"do": "confirm"})
    assert answer.headers["Location"] == "https://shop.example/back"
    assert client.v1.payment_intents.retrieve(made.id).status == "succeeded"
    refused = begun(client, **asked)
    assert refused.next_action.type == "use_stripe_sdk"
    peer.authenticate(refused.id, confirmed=False)
    found = client.v1.payment_intents.retrieve(refused.id)
    assert (found.status, found.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    after = begun(client, payment_method="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", confirm=True)
    peer.authenticate(after.id)
    assert client.v1.payment_intents.retrieve(after.id).last_payment_error.decline_code == "insufficient_funds"


def test_nobody_is_there_to_be_asked_off_session(client, customer):
    method = client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
    asked = {"customer": customer.id, "payment_method": method.id, "confirm": True, "off_session": True}
    with pytest.raises(stripe.CardError) as declined:
        begun(client, **asked)
    assert declined.value.code == "authentication_required"


def test_a_card_that_was_set_up_is_not_asked_again(client, peer, customer):
    card = "pm_card_authenticationRequiredOnSetup"
    made = client.v1.setup_intents.create({"customer": customer.id, "payment_method": card, "confirm": True})
    assert made.status == "requires_action"
    peer.authenticate(made.id)
    made = client.v1.setup_intents.retrieve(made.id)
    assert made.status == "succeeded"
    paid = {"customer": customer.id, "payment_method": made.payment_method, "confirm": True, "off_session": True}
    assert begun(client, **paid).status == "succeeded"
    assert made.payment_method in {each.id for each in client.v1.customers.payment_methods.list(customer.id).data}


def test_a_card_cannot_be_kept_or_set_up_when_it_is_declined(client, customer):
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    made = client.v1.setup_intents.create({"customer": customer.id})
    with pytest.raises(stripe.CardError):
        client.v1.setup_intents.confirm(made.id, {"payment_method": "pm_card_chargeDeclined"})
    assert client.v1.setup_intents.retrieve(made.id).last_setup_error.code == "card_declined"
    kept = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(stripe.CardError):
        begun(client, customer=customer.id, payment_method=kept.id, confirm=True)
    assert client.v1.payment_methods.detach(kept.id).customer is None
    other = client.v1.customers.create({})
    mine = client.v1.payment_methods.list({"customer": customer.id}).data[0]
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(mine.id, {"customer": other.id})


def test_a_payment_is_changed_and_cancelled_until_it_is_made(client, peer):
    made = begun(client)
    assert client.v1.payment_intents.update(made.id, {"amount": 600, "metadata": {"a": "1"}}).amount == 600
    gone = client.v1.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.canceled_at, gone.cancellation_reason) == ("canceled", peer.now, "abandoned")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(made.id, {"amount": 700})
    assert [each.status for each in client.v1.payment_intents.list().data] == ["canceled"]
