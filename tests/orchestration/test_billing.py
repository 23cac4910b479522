"""What is mirrored of payments, held against Stripe by an asset; what differs fails its check."""

import asyncio
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from stripe import StripeClient

from accounts.jobs.worker import work
from billing.customers import service as customers
from billing.settings import BillingSettings
from billing.stripe import catalogue
from billing.stripe.client import client_of
from kit.database import Database
from kit.postgres import Server
from kit.settings import variables
from orchestration.defs.billing import NOTHING_SOLD, billing_definitions, nightly_reconciliation
from tests.billing.stripe_world import peer, person
from tests.databases import SECRET_KEY, context, on, postgres
from tests.peers.stripe import StripePeer

__all__ = ["peer", "postgres"]


def materialised() -> tuple[bool, dict[str, Any]]:
    result = dg.materialize(list(billing_definitions()))
    (check,) = result.get_asset_check_evaluations()
    return check.passed, {name: value.value for name, value in check.metadata.items()}


def subscribed(server: Server, client: StripeClient) -> str:
    """Somebody who subscribes, of which we hear nothing."""
    catalogue.bring(client)
    user_id = person(server)

    async def customer_of(database: Database) -> str:
        return (await customers.of(database, context(), client, user_id)).stripe_id

    customer = on(server.urls.application, customer_of)
    price = client.v1.prices.list({"lookup_keys": ["basic-month"]}).data[0].id
    asked: Any = {"customer": customer, "items": [{"price": price}], "default_payment_method": "pm_card_visa"}
    return client.v1.subscriptions.create(asked).id


def test_what_differs_fails_the_check_and_is_named(
    postgres: Server, peer: StripePeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"PAYBAND_STORE": str(tmp_path), "PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}
    for name, value in {**variables(postgres.urls), **own}.items():
        monkeypatch.setenv(name, value)
    materialised()  # what other tests left of other stand-ins is unknown to this one, and so is mended
    asyncio.run(work(postgres.urls.worker, context(), asyncio.Event(), once=True))
    assert materialised()[0]
    peer.now -= 3_600  # what happens just now is left for the next night
    subscription = subscribed(postgres, client_of(BillingSettings()))
    passed, told = materialised()
    assert not passed
    assert told["differ"] == 4  # with the customer, the invoice and the payment
    assert told["checked"] >= 4
    assert f"subscription {subscription}: missing" in told["differences"]
    with dg.instance_for_test() as instance:
        assert isinstance(nightly_reconciliation(dg.build_schedule_context(instance)), dg.RunRequest)


def test_where_nothing_is_sold_there_is_nothing_to_hold(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(postgres.urls).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PAYBAND_STRIPE_API_KEY", raising=False)  # tests of the shop sell for as long as they run
    passed, told = materialised()
    assert passed
    assert told["why"] == NOTHING_SOLD
    with dg.instance_for_test() as instance:
        assert isinstance(nightly_reconciliation(dg.build_schedule_context(instance)), dg.SkipReason)
