"""Refunds and disputes."""

import pytest
import stripe

from tests.contracts.stripe.conftest import kinds


def paid(client, card="pm_card_visa"):
    asked = {"amount": 49900, "currency": "usd", "payment_method": card, "confirm": True}
    return client.v1.payment_intents.create(asked)


def test_money_is_refunded_in_parts_and_never_more_than_was_paid(client, peer):
    made = paid(client)
    part = client.v1.refunds.create({"payment_intent": made.id, "amount": 900, "reason": "requested_by_customer"})
    assert (part.status, part.amount, part.charge) == ("succeeded", 900, made.latest_charge)
    charge = client.v1.charges.retrieve(made.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (900, False)
    assert [each.id for each in charge.refunds.data] == [part.id]
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": made.latest_charge, "amount": 49001})
    rest = client.v1.refunds.create({"charge": made.latest_charge, "metadata": {"by": "admin"}})
    assert (rest.amount, rest.metadata["by"]) == (49000, "admin")
    assert client.v1.charges.retrieve(made.latest_charge).refunded
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": made.latest_charge})
    assert refused.value.code == "charge_already_refunded"
    assert kinds(peer)[-2:] == ["refund.created", "charge.refunded"]
    assert [each.id for each in client.v1.refunds.list({"payment_intent": made.id}).data] == [rest.id, part.id]
    client.v1.refunds.update(part.id, {"metadata": {"a": "1"}})
    assert client.v1.refunds.retrieve(part.id).metadata["a"] == "1"


def test_what_was_not_paid_is_not_refunded(client):
    made = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": made.id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"amount": 500})


def test_a_refund_takes_a_day(client, peer):
    made = client.v1.refunds.create({"payment_intent": paid(client, "pm_card_pendingRefund").id})
    assert made.status == "pending"
    peer.advance(days=1)
    assert client.v1.refunds.retrieve(made.id).status == "succeeded"
    assert kinds(peer)[-1] == "refund.updated"


def test_a_refund_fails_after_all(client, peer):
    bought = paid(client, "pm_card_refundFail")
    made = client.v1.refunds.create({"payment_intent": bought.id})
    assert (made.status, client.v1.charges.retrieve(bought.latest_charge).refunded) == ("succeeded", True)
    peer.advance(days=1)
    found = client.v1.refunds.retrieve(made.id)
    assert (found.status, found.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = client.v1.charges.retrieve(bought.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert kinds(peer)[-1] == "refund.failed"


def test_a_card_that_disputes_takes_the_money_back(client, peer):
    made = paid(client, "pm_card_createDispute")
    found = client.v1.disputes.list({"payment_intent": made.id}).data[0]
    assert (found.status, found.amount, found.reason) == ("needs_response", 49900, "fraudulent")
    assert client.v1.charges.retrieve(made.latest_charge).disputed
    assert "charge.dispute.created" in kinds(peer)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": made.id})
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_decides_a_dispute(client, peer, text, status):
    dispute = peer.dispute(paid(client).latest_charge, "product_not_received")
    kept = client.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": text}, "submit": False})
    assert (kept.status, kept.evidence_details.has_evidence) == ("needs_response", True)
    assert client.v1.disputes.update(dispute["id"], {"submit": True}).status == status
    told = ["charge.dispute.closed"] + (["charge.dispute.funds_reinstated"] if status == "won" else [])
    assert kinds(peer)[-len(told) :] == told
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.close(dispute["id"])


def test_a_seller_gives_in(client, peer):
    dispute = peer.dispute(paid(client).latest_charge)
    assert client.v1.disputes.close(dispute["id"]).status == "lost"
    assert client.v1.disputes.retrieve(dispute["id"]).status == "lost"
