"""What a payment gives, and what goes back with it, in whatever order and however often we hear of it."""

import itertools
from typing import Any

import psycopg
import pytest
from stripe import StripeClient

from accounts.audit import OPERATOR
from billing.credits import service as credits
from billing.credits.service import Asked
from billing.offers import offers
from billing.plans import PLANS
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from tests.billing.payments.world import Buyer, buyer, somebody
from tests.billing.stripe_world import client, peer
from tests.databases import context, on
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer"]

PRICE = offers()["credits-50"].prices.in_("USD").minor


def spend(buyer: Buyer, amount: int) -> None:
    async def work(database: Database) -> None:
        async with database.transaction(buyer.user_id) as session:
            await credits.spend(session, context(), buyer.user_id, amount, Asked("test"))

    on(buyer.server.urls.application, work)


def books_balance(buyer: Buyer) -> bool:
    return buyer.ask("SELECT coalesce(sum(amount), 0) FROM credit_entries WHERE user_id = %s") == [(0,)]


def test_a_pack_is_given_once_for_its_payment(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    for _ in range(3):
        buyer.mirror(payment)
    assert buyer.credits == 50
    kept = buyer.ask("SELECT id, offer, amount, currency, refunded, disputed FROM payments WHERE user_id = %s")
    assert kept == [(payment, "credits-50", PRICE, "USD", 0, 0)]
    keys = buyer.ask("SELECT key FROM credit_operations WHERE user_id = %s")
    assert keys == [(f"payment:{payment}",)]
    told = "SELECT facts::jsonb->>'payment_id' FROM audit_log WHERE action = 'payment.made' AND user_id = %s"
    assert buyer.ask(told) == [(payment,)]


def test_what_is_not_paid_gives_nothing(buyer: Buyer, client: StripeClient) -> None:
    made = client.v1.payment_intents.create(
        {"amount": PRICE, "currency": "usd", "customer": buyer.customer, "metadata": {"payband_offer": "credits-50"}}
    )
    buyer.mirror(made.id)
    client.v1.payment_intents.cancel(made.id)
    buyer.mirror(made.id)
    assert buyer.ask("SELECT id FROM payments WHERE user_id = %s") == []
    assert buyer.credits == 0


def test_a_refund_takes_its_part_back_and_each_only_once(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    buyer.refund(payment, PRICE // 2)
    for _ in range(2):
        buyer.mirror(payment)
    assert buyer.credits == 50 - 50 * (PRICE // 2) // PRICE
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert buyer.credits == 0
    assert books_balance(buyer)
    assert len(buyer.ask("SELECT id FROM refunds WHERE user_id = %s")) == 2


def test_heard_of_once_after_everything_it_comes_to_the_same(buyer: Buyer) -> None:
    payment = buyer.pay("credits-50")
    buyer.refund(payment)
    buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (0, True)


def test_what_was_spent_is_not_taken_below_zero(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    spend(buyer, 45)
    buyer.refund(payment)
    buyer.mirror(payment)
    assert buyer.credits == 0
    assert books_balance(buyer)
    buyer.buy("credits-250")
    buyer.mirror(payment)
    assert buyer.credits == 250, "what could not be taken is not held against anything later"


def test_a_refund_that_is_heard_of_late_takes_nothing_that_was_bought_since(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    spend(buyer, 50)
    buyer.refund(payment)
    buyer.buy("credits-250")
    buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (250, True)


def test_where_nothing_is_left_nothing_is_taken(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    spend(buyer, 50)
    buyer.refund(payment)
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (0, True)


def test_a_refund_that_fails_gives_back_what_was_taken(buyer: Buyer, peer: StripePeer) -> None:
    payment = buyer.buy("credits-50", card="pm_card_refundFail")
    buyer.refund(payment)
    buyer.mirror(payment)
    assert buyer.credits == 0
    peer.advance(days=2)
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (50, True)
    assert buyer.ask("SELECT status FROM refunds WHERE user_id = %s") == [("failed",)]


@pytest.mark.parametrize(("evidence", "left"), [("winning_evidence", 50), ("losing_evidence", 0)])
def test_what_is_disputed_is_taken_back_until_it_is_won(
    buyer: Buyer, client: StripeClient, evidence: str, left: int
) -> None:
    payment = buyer.buy("credits-50")
    dispute = buyer.dispute(payment)
    buyer.mirror(payment)
    assert buyer.credits == 0
    client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": evidence}})
    for _ in range(2):
        buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (left, True)


@pytest.mark.parametrize(
    ("changed", "credits"),
    [({"amount": -1}, 0), ({"amount": -(PRICE // 2)}, 25), ({"amount": 1}, 0), ({"currency": "inr"}, 0)],
)
def test_a_dispute_that_the_bank_reckons_otherwise_is_over_all_of_it(
    buyer: Buyer, peer: StripePeer, changed: dict[str, Any], credits: int
) -> None:
    payment = buyer.buy("credits-50")
    dispute = peer.objects[buyer.dispute(payment)]
    dispute["amount"] += changed.get("amount", 0)
    dispute["currency"] = changed.get("currency", "usd")
    buyer.mirror(payment)
    assert buyer.credits == credits
    assert buyer.ask("SELECT amount FROM disputes WHERE user_id = %s") == [(dispute["amount"],)]


def test_a_bundle_gives_all_that_is_in_it(buyer: Buyer) -> None:
    buyer.buy("job-search")
    assert (buyer.plan, buyer.credits) == ("professional", 250 + PLANS["professional"].credits)
    assert buyer.licences == [("desktop-professional", "active")]
    (until,) = buyer.ask("SELECT until FROM entitlements WHERE user_id = %s")[0]
    (ends, paid) = buyer.ask(
        "SELECT l.expires_at, p.paid_at FROM licences l JOIN payments p USING (user_id) WHERE user_id = %s"
    )[0]
    assert until == ends
    assert 180 <= (until - paid).days <= 184


def test_histories_in_any_order_end_the_same(buyer: Buyer, peer: StripePeer, client: StripeClient) -> None:
    """Whichever of what happened we hear of, and when: the end is that of who heard it all."""
    ends = set()
    for heard in itertools.product((False, True), repeat=3):
        other = somebody(buyer.server, peer, client)
        payment = other.pay("career-for-life")
        for amount, hears in zip((None, 20_000, 0), heard, strict=True):
            if amount is not None:
                other.refund(payment, amount or None)
            if hears:
                other.mirror(payment)
        other.mirror(payment)
        ends.add((other.plan, other.credits, tuple(status for _, status in other.licences if status != "revoked")))
        assert books_balance(other)
    assert ends == {("free", 0, ())}


def test_a_payment_of_an_offer_that_nobody_knows_is_somebodys_to_look_at(buyer: Buyer) -> None:
    payment = buyer.pay("credits-50", metadata={"payband_offer": "credits-7"})
    with pytest.raises(BadInput, match="credits-7"):
        buyer.mirror(payment)
    assert buyer.ask("SELECT id FROM payments WHERE user_id = %s") == []


def test_who_was_erased_is_given_nothing_and_the_payment_is_kept(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    buyer.ask("UPDATE users SET status = 'erased' WHERE id = %s RETURNING id")
    buyer.refund(payment)
    buyer.mirror(payment)
    assert buyer.credits == 50
    assert buyer.ask("SELECT refunded FROM payments WHERE user_id = %s") == [(PRICE,)]


def test_an_invoice_is_kept_once_it_is_no_draft(buyer: Buyer, client: StripeClient) -> None:
    price = client.v1.prices.list({"lookup_keys": ["basic-month"]}).data[0].id
    asked: Any = {"customer": buyer.customer, "items": [{"price": price}], "default_payment_method": "pm_card_visa"}
    sub = client.v1.subscriptions.create(asked)
    invoice = str(sub.latest_invoice)
    payments = client.v1.invoice_payments.list({"invoice": invoice}).data
    payment = str(payments[0].payment.payment_intent)
    buyer.mirror(invoice, "invoice")
    buyer.mirror(payment)
    kept = "SELECT id, subscription, payment_id, status, total, paid, currency FROM invoices WHERE user_id = %s"
    assert buyer.ask(kept) == [(invoice, sub.id, payment, "paid", 999, 999, "USD")]
    assert buyer.ask("SELECT id, offer, amount FROM payments WHERE user_id = %s") == [(payment, None, 999)]
    assert buyer.credits == 100, "of the plan, for the month"
    buyer.mirror(invoice, "invoice")
    assert buyer.credits == 100


def test_nobody_sees_the_payments_of_others(buyer: Buyer, postgres: Server) -> None:
    payment = buyer.buy("credits-50")
    buyer.refund(payment)
    buyer.mirror(payment)
    with psycopg.connect(postgres.urls.application) as connection:
        for table in ("payments", "refunds", "disputes", "invoices"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # type: ignore[arg-type]


def test_an_operator_may_give_and_take_beside_it(buyer: Buyer) -> None:
    async def adjust(database: Database) -> None:
        async with database.transaction() as session:
            await credits.adjust(session, context(), buyer.user_id, -20, Asked("admin:1", OPERATOR, "a mistake"))

    payment = buyer.buy("credits-50")
    on(buyer.server.urls.admin, adjust)
    buyer.refund(payment, PRICE // 2)
    buyer.mirror(payment)
    assert (buyer.credits, books_balance(buyer)) == (30 - 50 * (PRICE // 2) // PRICE, True)
