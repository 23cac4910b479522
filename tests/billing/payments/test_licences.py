"""The licence that comes with what was bought once: it goes with its money, and comes back with it."""

from typing import Any

import pytest
from stripe import StripeClient

from tests.billing.payments.world import Buyer, buyer
from tests.billing.stripe_world import client, peer
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer"]


def test_a_plan_for_good_comes_with_its_licence_and_goes_with_its_money(buyer: Buyer) -> None:
    payment = buyer.buy("professional-lifetime")
    buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("professional", [("desktop-professional", "active")])
    assert buyer.ask("SELECT kind FROM mails WHERE user_id = %s") == [("licence_issued",)]
    buyer.refund(payment, 100)
    buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("professional", [("desktop-professional", "active")])
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("free", [("desktop-professional", "revoked")])


@pytest.mark.parametrize(
    ("evidence", "plan", "licence"),
    [("winning_evidence", "professional", "active"), ("losing_evidence", "free", "revoked")],
)
def test_while_it_is_disputed_a_licence_is_suspended(
    buyer: Buyer, client: StripeClient, evidence: str, plan: str, licence: str
) -> None:
    payment = buyer.buy("professional-lifetime")
    dispute = buyer.dispute(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("free", [("desktop-professional", "suspended")])
    client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": evidence}})
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == (plan, [("desktop-professional", licence)])


def test_a_licence_that_went_with_a_refund_that_failed_is_replaced(buyer: Buyer, peer: StripePeer) -> None:
    payment = buyer.buy("professional-lifetime", card="pm_card_refundFail")
    buyer.refund(payment)
    buyer.mirror(payment)
    assert (buyer.plan, [status for _, status in buyer.licences]) == ("free", ["revoked"])
    peer.advance(days=2)
    for _ in range(3):
        buyer.mirror(payment)
    assert (buyer.plan, sorted(status for _, status in buyer.licences)) == ("professional", ["active", "revoked"])
    assert len(buyer.ask("SELECT kind FROM mails WHERE user_id = %s")) == 2, "each key has its letter"


def turned(buyer: Buyer, status: str) -> None:
    """By an operator."""
    buyer.ask(f"UPDATE licences SET status = '{status}' WHERE user_id = %s RETURNING id")


def test_a_licence_that_an_operator_suspended_stays_so(buyer: Buyer, peer: StripePeer) -> None:
    payment = buyer.buy("professional-lifetime", card="pm_card_refundFail")
    turned(buyer, "suspended")
    buyer.mirror(payment)
    assert buyer.licences == [("desktop-professional", "suspended")]
    buyer.refund(payment)
    buyer.mirror(payment)
    peer.advance(days=2)
    buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("professional", [("desktop-professional", "revoked")]), (
        "no other in its place"
    )


def test_one_that_an_operator_revoked_during_a_dispute_is_not_issued_anew(buyer: Buyer, client: StripeClient) -> None:
    payment = buyer.buy("professional-lifetime")
    dispute = buyer.dispute(payment)
    buyer.mirror(payment)
    turned(buyer, "revoked")
    client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": "winning_evidence"}})
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.plan, buyer.licences) == ("professional", [("desktop-professional", "revoked")])


@pytest.mark.parametrize("first_heard", [0, 1])
def test_months_of_a_plan_that_follow_on_each_other_have_licences_as_long(
    buyer: Buyer, peer: StripePeer, first_heard: int
) -> None:
    paid = [buyer.pay("job-search")]
    peer.advance(days=31)
    paid.append(buyer.pay("job-search"))
    for payment in (paid[first_heard], *paid):
        buyer.mirror(payment)
    first, second = (ends for (ends,) in buyer.ask("SELECT expires_at FROM licences WHERE user_id = %s ORDER BY 1"))
    assert 180 <= (second - first).days <= 184
    assert buyer.ask("SELECT until FROM entitlements WHERE user_id = %s") == [(second,)]


@pytest.mark.parametrize("gone", ["refunded", "disputed"])
def test_months_that_followed_on_others_which_went_back_begin_earlier(
    buyer: Buyer, client: StripeClient, gone: str
) -> None:
    first, second = buyer.buy("job-search"), buyer.buy("job-search")

    def ends() -> list[Any]:
        found = buyer.ask("SELECT expires_at FROM licences WHERE user_id = %s AND status = 'active' ORDER BY 1")
        return [moment for (moment,) in found]

    once, twice = ends()
    if gone == "refunded":
        buyer.refund(first)
    else:
        dispute = buyer.dispute(first)
    buyer.mirror(first)
    assert ends() == [once]
    assert buyer.ask("SELECT until FROM entitlements WHERE user_id = %s") == [(once,)]
    if gone == "disputed":
        client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": "winning_evidence"}})
        buyer.mirror(first)
        buyer.mirror(second)
        assert ends() == [once, twice]
