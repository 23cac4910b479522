"""Histories of payments by chance: whatever of them we hear, and when, the end is that of who heard it all."""

from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe import StripeClient

from kit.postgres import Server
from tests.billing.payments.world import Buyer, buyer, somebody
from tests.billing.stripe_world import client, peer
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer"]

CARDS = ("pm_card_visa", "pm_card_refundFail")
DEEDS = ("refund a part", "refund all", "dispute", "win", "lose", "wait")
Deed = tuple[str, int]  # what, and to which payment
PAID = st.lists(st.tuples(st.sampled_from(("credits-50", "job-search", "career-for-life")), st.sampled_from(CARDS)),
                min_size=1, max_size=3)  # fmt: skip
HISTORY = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 2)), max_size=6)
HEARD = st.lists(st.lists(st.integers(0, 2), max_size=3), min_size=7, max_size=7)  # of which payments, after each deed


def do(buyer: Buyer, payments: list[str], deed: Deed) -> None:
    """The deed, if Stripe lets it be done."""
    what, which = deed
    payment = payments[which % len(payments)]
    v1, intent = buyer.client.v1, {"payment_intent": payment}
    charge: Any = buyer.peer.objects[str(buyer.peer.objects[payment]["latest_charge"])]
    left = charge["amount"] - charge["amount_refunded"]
    disputes = [each for each in buyer.peer.all("dispute") if each["payment_intent"] == payment]
    if what == "wait":
        buyer.peer.advance(days=2)
    elif what.startswith("refund") and left and not charge["disputed"]:
        amount: Any = {"amount": max(1, left // 3)} if what == "refund a part" else {}
        v1.refunds.create(intent | amount)
    elif what == "dispute" and not charge["disputed"]:
        buyer.peer.dispute(charge["id"])
    elif what in ("win", "lose") and disputes and disputes[0]["status"] == "needs_response":
        evidence = {"win": "winning_evidence", "lose": "losing_evidence"}[what]
        v1.disputes.update(disputes[0]["id"], {"evidence": {"uncategorized_text": evidence}})


def end(buyer: Buyer) -> tuple[Any, ...]:
    """What they have, and whether the books balance."""
    good = buyer.ask("SELECT policy, expires_at FROM licences WHERE user_id = %s AND status = 'active' ORDER BY 1, 2")
    sums = buyer.ask("SELECT coalesce(sum(amount), 0) FROM credit_entries WHERE user_id = %s")
    paid = "SELECT offer, refunded, disputed, credits FROM payments WHERE user_id = %s"
    return buyer.plan, buyer.credits, good, sums, sorted(buyer.ask(paid))


@pytest.mark.parametrize("examples", [10, pytest.param(1_000, marks=[pytest.mark.deep, pytest.mark.timeout(7_200)])])
def test_any_part_of_a_history_in_any_order_ends_as_the_whole(
    buyer: Buyer, peer: StripePeer, client: StripeClient, examples: int
) -> None:
    @settings(deadline=None, max_examples=examples, database=None)
    @given(paid=PAID, history=HISTORY, heard=HEARD)
    def holds(paid: list[tuple[str, str]], history: list[Deed], heard: list[list[int]]) -> None:
        everybody = [somebody(buyer.server, peer, client) for _ in range(2)]
        (all_of_it, whole), (some_of_it, part) = (
            (each, [each.pay(offer, card) for offer, card in paid]) for each in everybody
        )
        for hears, deed in zip(heard, [None, *history], strict=False):
            if deed is not None:
                do(all_of_it, whole, deed)
            if deed is not None and deed[0] != "wait":  # time goes by once, for both
                do(some_of_it, part, deed)
            for payment in whole:
                all_of_it.mirror(payment)
            for which in hears:
                some_of_it.mirror(part[which % len(part)])
        for payment in reversed(part):  # what was lost is found when it is compared
            some_of_it.mirror(payment)
        assert end(some_of_it) == end(all_of_it)

    holds()


@pytest.fixture(autouse=True)
def queue_is_nobodys(postgres: Server) -> None:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
