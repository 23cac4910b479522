"""The demo checkout of `payband up`, in its processes: somebody buys, all is killed, and it is still theirs."""

import email
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from billing.overage import catalogue as metered
from billing.plans import OVERAGE
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from cli.processes import free_port
from cli.up import checkout
from kit.postgres import Server
from kit.settings import read, variables
from kit.store import Store
from tests.billing.stripe_world import person
from tests.conftest import ROOT
from tests.databases import NOWHERE, postgres
from tests.waiting import until

__all__ = ["postgres"]

ANA = {"email": "ana@example.org", "password": "seven grey herons wait"}
AUTH, SUBSCRIPTIONS = "/api/v1/auth", "/api/v1/subscriptions"
PATIENCE_S = 120.0  # a database is made, and everything started


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nobody said anything, whatever other tests of this process have set up for longer."""
    for name in [*variables(NOWHERE), *(each for each in os.environ if each.startswith("PAYBAND_STRIPE_"))]:
        monkeypatch.delenv(name, raising=False)


@contextmanager
def going_up(store: Store, said: Path) -> Iterator[httpx.Client]:
    """The API of `payband up`, which is killed at once afterwards, in the midst of its pipeline."""
    command = [sys.executable, "-m", "cli", "up", "--no-ui", "--store", str(store.root), "--port", str(free_port(0))]
    with open(said, "w") as log, subprocess.Popen(command, cwd=ROOT, stderr=log, stdout=log) as process:
        try:
            until(lambda: "demo key" in said.read_text() or process.poll() is not None, PATIENCE_S)
            told = said.read_text()
            assert "DEMO: no money moves" in told
            (address,) = re.findall(r"^API +(\S+)", told, re.MULTILINE)
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as api:
                yield api
        finally:
            process.send_signal(signal.SIGKILL)


def signed_in(api: httpx.Client) -> dict[str, str]:
    tokens = api.post(f"{AUTH}/login", json=ANA).raise_for_status().json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def confirmed(api: httpx.Client, store: Store) -> None:
    """Somebody registers, and confirms the address by the link in the mail."""
    api.post(f"{AUTH}/register", json=ANA).raise_for_status()
    until(lambda: any(store.outbox.rglob("*.eml")), PATIENCE_S)
    (mail,) = store.outbox.rglob("*.eml")
    part = email.message_from_bytes(mail.read_bytes()).get_payload(0)
    (token,) = re.findall(r"#token=(\S+)", str(part))
    api.post(f"{AUTH}/verify-email", json={"token": token}).raise_for_status()


def current(api: httpx.Client, headers: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = api.get(f"{SUBSCRIPTIONS}/current", headers=headers).raise_for_status().json()
    return told


def test_what_was_bought_is_there_after_everything_was_killed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with going_up(store, tmp_path / "first") as api:
        confirmed(api, store)
        headers = signed_in(api)
        asked = {"offer": "professional-month"}
        opened = api.post(f"{SUBSCRIPTIONS}/create-checkout-session", json=asked, headers=headers).raise_for_status()
        page = opened.json()["url"]
        assert "Demo: no money moves" in httpx.get(page, trust_env=False).text
        paid = httpx.post(page, data={"do": "pay", "card": "4242424242424242"}, trust_env=False)
        assert (paid.status_code, paid.headers["Location"]) == (303, f"{str(api.base_url).rstrip('/')}/")
        until(lambda: current(api, headers)["plan"] == "professional", PATIENCE_S)
        bought = current(api, headers)["subscription"]
    until(lambda: not answers(api), PATIENCE_S)
    with going_up(store, tmp_path / "second") as api:
        headers = signed_in(api)
        assert current(api, headers)["subscription"] == bought
        ending = api.post(f"{SUBSCRIPTIONS}/cancel", json={"when": "now"}, headers=headers).raise_for_status()
        assert ending.json()["subscription_id"] == bought["id"], "the stand-in knows it, too"
        until(lambda: current(api, headers)["plan"] == "free", PATIENCE_S)


def answers(api: httpx.Client) -> bool:
    try:
        return httpx.get(api.base_url.join("/health"), trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_requests_above_the_limit_are_sold_in_it_where_that_is_switched_on(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYBAND_OVERAGE", "true")
    with checkout.demo_checkout(Store(tmp_path), postgres.urls.admin, "http://127.0.0.1:1") as process:
        assert process is not None
        client = client_of(read(BillingSettings))
        price, amount = metered.price_in(client, "USD")
        recurring = client.v1.prices.retrieve(price).recurring
        assert recurring is not None
        assert (recurring.meter, amount) == (metered.meter_of(client), OVERAGE.in_("USD").minor)


def test_there_is_none_beside_a_stripe_or_a_database_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkout.can_be_had()
    with monkeypatch.context() as to:
        to.setenv("PAYBAND_STRIPE_API_KEY", "of-ones-own")
        assert not checkout.can_be_had()
    with monkeypatch.context() as to:
        for name, value in variables(NOWHERE).items():
            to.setenv(name, value)
        assert not checkout.can_be_had()
    assert checkout.can_be_had()


def test_there_is_none_outside_a_source_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert not checkout.can_be_had()


def test_there_is_none_for_customers_of_another_stripe(
    tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    user_id = person(postgres)
    with psycopg.connect(postgres.urls.owner) as owner:
        owner.execute("INSERT INTO customers VALUES (%s, %s, NULL, now())", [user_id, f"cus_{user_id.hex}"])
    with checkout.demo_checkout(Store(tmp_path), postgres.urls.admin, "http://127.0.0.1:1") as process:
        assert process is None
    with psycopg.connect(postgres.urls.owner) as owner:
        owner.execute("DELETE FROM customers WHERE user_id = %s", [user_id])
        owner.execute("DELETE FROM left_customers WHERE stripe_id = %s", [f"cus_{user_id.hex}"])
    assert "customers of another Stripe" in capsys.readouterr().err
