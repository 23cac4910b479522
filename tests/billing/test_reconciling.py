"""Webhooks that never came: what Stripe has is found out, and mirrored once."""

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from stripe import StripeClient

from accounts.jobs.worker import work
from billing import reconciling
from billing.plans import PLANS
from billing.reconciling import KEPT, Report
from billing.stripe.client import StripeAway
from billing.stripe.mirrors import MIRRORS
from cli.main import payband
from kit.database import Database
from kit.postgres import Server
from kit.settings import variables
from tests.billing.payments.world import Buyer, buyer
from tests.billing.stripe.events import event, received
from tests.billing.stripe_world import client, peer
from tests.databases import SECRET_KEY, context, on
from tests.peers.stripe import StripePeer
from tests.people import Watch

__all__ = ["buyer", "client", "peer"]


@pytest.fixture(autouse=True)
def empty_queue(postgres: Server) -> None:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
        owner.execute("DELETE FROM stripe_events")


def reconciled(buyer: Buyer) -> Report:
    """By a clock that is ahead: what happened just now is no news any more."""
    watch = Watch(context().clock() + reconciling.SETTLING * 2)

    async def compare(database: Database) -> Report:
        return await reconciling.reconcile(database, context(watch), buyer.client)

    return on(buyer.server.urls.worker, compare)


def names(buyer: Buyer, report: Report) -> set[tuple[str, str]]:
    """What differs and is in the buyer's Stripe: others' are unknown there, and so differ too."""
    return {(each.kind, each.id) for each in report.differences if each.id in buyer.peer.objects}


def mended(buyer: Buyer) -> None:
    asyncio.run(work(buyer.server.urls.worker, context(), asyncio.Event(), once=True))


def test_each_kind_that_is_mirrored_can_be_compared() -> None:
    assert set(KEPT) == set(MIRRORS)


def test_what_nobody_told_us_is_found_and_given_once(buyer: Buyer, client: StripeClient) -> None:
    payment = buyer.pay("credits-50")
    price = client.v1.prices.list({"lookup_keys": ["basic-month"]}).data[0].id
    asked: Any = {"customer": buyer.customer, "items": [{"price": price}], "default_payment_method": "pm_card_visa"}
    subscription = client.v1.subscriptions.create(asked)
    found = reconciled(buyer)
    assert {("payment_intent", payment), ("subscription", subscription.id)} <= names(buyer, found)
    assert ("invoice", str(subscription.latest_invoice)) in names(buyer, found)
    assert buyer.credits == 0, "to compare changes nothing"
    assert buyer.ask("SELECT id FROM payments WHERE user_id = %s") == []
    mended(buyer)
    assert (buyer.credits, buyer.plan) == (50 + PLANS["basic"].credits, "basic")
    again = reconciled(buyer)
    assert again.differences == []
    assert again.compared["payment_intent"] == found.compared["payment_intent"]
    assert buyer.credits == 50 + PLANS["basic"].credits


def test_a_refund_that_we_did_not_hear_of_is_drift_of_an_old_payment(buyer: Buyer) -> None:
    payment = buyer.buy("credits-50")
    assert names(buyer, reconciled(buyer)) == set()
    buyer.refund(payment)
    assert ("payment_intent", payment) in names(buyer, reconciled(buyer))
    mended(buyer)
    assert (buyer.credits, reconciled(buyer).differences) == (0, [])


def test_an_event_whose_job_was_lost_is_found(buyer: Buyer) -> None:
    payment = buyer.pay("credits-50")
    received(buyer.server, event({"object": "payment_intent", "id": payment}))
    with psycopg.connect(buyer.server.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
    assert ("payment_intent", payment) in names(buyer, reconciled(buyer))
    mended(buyer)
    assert buyer.credits == 50


def test_what_changed_just_now_is_left_for_the_next_time(buyer: Buyer, client: StripeClient) -> None:
    payment = buyer.pay("credits-50")

    async def compare(database: Database) -> Report:
        return await reconciling.reconcile(database, context(), client)

    assert ("payment_intent", payment) not in names(buyer, on(buyer.server.urls.worker, compare))
    assert ("payment_intent", payment) in names(buyer, reconciled(buyer))


def test_while_stripe_is_away_nothing_is_said(buyer: Buyer, peer: StripePeer) -> None:
    peer.faults.next("status", "GET", "/v1/events", times=3)
    with pytest.raises(StripeAway):
        reconciled(buyer)


def test_an_operator_compares_and_is_told(buyer: Buyer, tmp_path: Path) -> None:
    buyer.peer.now -= 3_600
    buyer.pay("credits-50")
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(buyer.server.urls), "PAYBAND_STORE": str(tmp_path), "PAYBAND_SECRET_KEY": key}
    run = CliRunner(env=environment)
    first = run.invoke(payband, ["billing", "reconcile", "--json"])
    assert first.exit_code == 1, first.output
    assert "payment_intent" in {each["kind"] for each in json.loads(first.stdout)["differences"]}
    mended(buyer)
    second = run.invoke(payband, ["billing", "reconcile", "--days", "30"])
    assert (second.exit_code, "missing" in second.stdout) == (0, False), second.output
    assert "1 payment_intent" in second.stdout
