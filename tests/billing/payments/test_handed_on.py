"""A licence that came with a payment and was handed on: it goes with the money, whoever holds it."""

import uuid

import pytest
from stripe import StripeClient

from billing.licences import service
from kit.database import Database
from tests.billing.payments.world import Buyer, buyer
from tests.billing.stripe_world import client, peer, person
from tests.databases import context, on
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer"]


def handed_on(buyer: Buyer, giver: uuid.UUID) -> uuid.UUID:
    """Somebody else takes over what the giver has; who."""
    taker = person(buyer.server)

    async def work(database: Database) -> None:
        async with database.transaction(giver) as session:
            licence = (await service.licences_of(session, context(), giver))[0]
            code = await service.offer(session, context(), giver, licence.id)
        async with database.transaction(taker) as session:
            await service.take(session, context(), taker, code)

    on(buyer.server.urls.application, work)
    return taker


def states(buyer: Buyer, user_id: uuid.UUID) -> list[str]:
    found = buyer.ask("SELECT user_id, status FROM licences WHERE %s IS NOT NULL ORDER BY id")
    return [status for holder, status in found if holder == user_id]


def test_it_is_revoked_when_all_of_its_payment_is_refunded_however_often_it_was_handed_on(buyer: Buyer) -> None:
    payment = buyer.buy("professional-lifetime")
    first = handed_on(buyer, buyer.user_id)
    last = handed_on(buyer, first)
    buyer.refund(payment, 100)
    buyer.mirror(payment)
    assert states(buyer, last) == ["active"]
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert [states(buyer, each) for each in (buyer.user_id, first, last)] == [["transferred"]] * 2 + [["revoked"]]


@pytest.mark.parametrize(("evidence", "then"), [("winning_evidence", "active"), ("losing_evidence", "revoked")])
def test_it_is_suspended_while_its_payment_is_disputed(
    buyer: Buyer, client: StripeClient, evidence: str, then: str
) -> None:
    payment = buyer.buy("professional-lifetime")
    taker = handed_on(buyer, buyer.user_id)
    dispute = buyer.dispute(payment)
    buyer.mirror(payment)
    assert states(buyer, taker) == ["suspended"]
    client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": evidence}})
    for _ in range(2):
        buyer.mirror(payment)
    assert states(buyer, taker) == [then]


def test_its_holder_has_another_when_the_refund_failed(buyer: Buyer, peer: StripePeer) -> None:
    payment = buyer.buy("professional-lifetime", card="pm_card_refundFail")
    taker = handed_on(buyer, buyer.user_id)
    buyer.refund(payment)
    buyer.mirror(payment)
    peer.advance(days=2)
    for _ in range(3):
        buyer.mirror(payment)
    assert (states(buyer, buyer.user_id), states(buyer, taker)) == (["transferred"], ["revoked", "active"])


def test_who_took_it_over_and_was_erased_leaves_nothing_to_revoke(buyer: Buyer) -> None:
    payment = buyer.buy("professional-lifetime")
    taker = handed_on(buyer, buyer.user_id)
    buyer.ask(f"DELETE FROM licences WHERE user_id = '{taker}' AND %s IS NOT NULL RETURNING id")
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert states(buyer, buyer.user_id) == ["transferred"]


def test_it_goes_with_its_money_though_its_buyer_was_erased(buyer: Buyer) -> None:
    payment = buyer.buy("professional-lifetime")
    taker = handed_on(buyer, handed_on(buyer, buyer.user_id))
    buyer.ask("DELETE FROM licences WHERE user_id = %s RETURNING id")
    buyer.ask("UPDATE users SET status = 'erased' WHERE id = %s RETURNING id")
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert states(buyer, taker) == ["revoked"]
