"""What is sold comes to Stripe: found again by lookup key, changed as Stripe lets one, and never twice."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from click.testing import CliRunner, Result
from stripe import Price, StripeClient

from billing import offers as sold
from billing.money import CURRENCIES, Prices
from billing.offers import Offer, offers
from billing.overage import catalogue as metered
from billing.plans import OVERAGE
from billing.stripe import catalogue
from cli.main import payband
from kit.errors import BadInput, PaybandError, Retriable
from tests.peers.stripe import StripePeer, stripe_peer
from tests.waiting import until


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripePeer]:
    with stripe_peer() as running:
        monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", running.key)
        monkeypatch.setenv("PAYBAND_STRIPE_API_BASE", running.url)
        yield running


@pytest.fixture
def client(peer: StripePeer) -> StripeClient:
    return StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=0)


def sync(*options: str) -> Result:
    result = CliRunner().invoke(payband, ["billing", "sync", *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def prices(client: StripeClient) -> dict[str | None, Price]:
    """The active prices by lookup key."""
    listed = client.v1.prices.list({"active": True, "limit": 100, "expand": ["data.currency_options"]})
    return {price.lookup_key: price for price in listed.auto_paging_iter()}


def selling(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Offer]) -> None:
    """Sell this."""
    for module in (sold, catalogue):
        monkeypatch.setattr(module, "offers", lambda: changed)


def test_everything_that_is_sold_comes_to_stripe_and_nothing_the_second_time(
    client: StripeClient, peer: StripePeer
) -> None:
    assert sync("--yes").exit_code == 0
    made = prices(client)
    assert set(made) == set(offers())
    for id, offer in offers().items():
        options = made[id].to_dict()["currency_options"]
        assert {code.upper(): option["unit_amount"] for code, option in options.items()} == {
            code: offer.prices.in_(code).minor for code in CURRENCIES
        }
        assert {option["tax_behavior"] for option in options.values()} == {"inclusive"}
        product = client.v1.products.retrieve(str(made[id].product))
        assert (product.name, product.active) == (offer.title, True)
    recurring = made["basic-six-months"].recurring
    assert recurring is not None
    assert (recurring.interval, recurring.interval_count) == ("month", 6)
    assert made["professional-lifetime"].recurring is None
    objects = len(peer.objects)
    again = sync("--yes")
    assert "Stripe has what is sold here" in again.output
    assert len(peer.objects) == objects


def test_the_difference_is_shown_and_nothing_done_until_one_says_so(client: StripeClient) -> None:
    shown = sync("--dry-run").output
    assert "create price     basic-month: 9.99 USD, 9.99 EUR, 8.99 GBP, 1499.00 PKR" in shown
    assert "every 6 month" in shown
    refused = CliRunner().invoke(payband, ["billing", "sync"], input="n\n")
    assert refused.exit_code != 0
    with pytest.raises(BadInput, match="--yes"):
        sync()
    assert prices(client) == {}


def test_another_amount_is_another_price_to_which_the_key_moves(
    client: StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync("--yes")
    before = prices(client)["basic-month"]
    basic = offers()["basic-month"]
    dearer = replace(basic, full=basic.full + Prices(USD=100, EUR=0, GBP=0, PKR=0, INR=0, HKD=0, AED=0, BDT=0))
    selling(monkeypatch, {**offers(), "basic-month": dearer})
    shown = sync("--yes").output.splitlines()
    (line,) = (line for line in shown if line.startswith("replace price"))
    assert line.startswith("replace price    basic-month: 9.99 USD every month -> 10.99 USD, 9.99 EUR")
    after = prices(client)
    assert set(after) == set(offers())
    assert (after["basic-month"].unit_amount, after["basic-month"].id == before.id) == (1_099, False)
    assert client.v1.prices.retrieve(before.id).active is False
    assert "Stripe has what is sold here" in sync("--yes").output


def test_what_is_sold_no_longer_is_archived_and_comes_back_as_it_was(
    client: StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync("--yes")
    everything = dict(offers())
    selling(monkeypatch, {id: each for id, each in everything.items() if id != "credits-50"})
    sync("--yes")
    assert "credits-50" not in prices(client)
    assert client.v1.products.retrieve("payband_credits-50").active is False
    selling(monkeypatch, everything)
    sync("--yes")
    assert set(prices(client)) == set(everything)
    assert client.v1.products.retrieve("payband_credits-50").active is True
    assert "Stripe has what is sold here" in sync("--yes").output


def test_what_is_not_ours_is_left_alone(client: StripeClient) -> None:
    other = client.v1.products.create({"name": "A mug"})
    mug = client.v1.prices.create({"product": other.id, "currency": "usd", "unit_amount": 900, "lookup_key": "mug"})
    sync("--yes")
    assert prices(client)["mug"].id == mug.id
    assert client.v1.products.retrieve(other.id).active is True


def test_an_answer_that_is_lost_makes_nothing_twice(client: StripeClient, peer: StripePeer) -> None:
    """The library asks again under the key of the first time."""
    peer.faults.next("drop_answer", "POST", "/v1/prices", times=2)
    peer.faults.next("drop_answer", "POST", "/v1/products")
    assert sync("--yes").exit_code == 0
    assert len(peer.all("price")) == len(peer.all("product")) == len(offers())


def test_while_stripe_is_away_it_says_so_and_goes_on_later(client: StripeClient, peer: StripePeer) -> None:
    peer.faults.next("status", "POST", "/v1/prices", times=100)
    with pytest.raises(Retriable, match="Stripe answers 500"):
        sync("--yes")
    assert len(peer.all("product")) == 1, "what was done stays done"
    peer.faults.waiting.clear()
    sync("--yes")
    assert set(prices(client)) == set(offers())


def test_killed_anywhere_it_goes_on_and_ends_the_same(client: StripeClient, peer: StripePeer) -> None:
    command = [sys.executable, "-m", "cli", "billing", "sync", "--yes"]
    for many in (1, 8, 15):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            until(lambda many=many: len(peer.all("price")) + len(peer.all("product")) >= many)  # type: ignore[misc]
            run.kill()
    sync("--yes")
    assert set(prices(client)) == set(offers())
    assert "Stripe has what is sold here" in sync("--yes").output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("PAYBAND_STRIPE_API_KEY", "wrong", "does not know the key"), ("PAYBAND_STRIPE_API_KEY", None, "is not set")],
)
def test_a_key_that_is_wrong_or_missing_is_said(
    peer: StripePeer, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    with pytest.raises(PaybandError, match=said):
        sync("--dry-run")


def test_overage_has_a_meter_and_a_price_of_a_part_of_a_cent_where_it_is_switched_on(
    client: StripeClient, peer: StripePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync("--yes")
    assert peer.all("billing.meter") == []
    monkeypatch.setenv("PAYBAND_OVERAGE", "true")
    shown = sync("--yes").output
    assert "create meter     overage: payband_overage" in shown
    assert "create price     overage: 0.50 USD, 0.50 EUR, 0.45 GBP" in shown
    (meter,) = peer.all("billing.meter")
    made = prices(client)["overage"]
    assert made.recurring is not None
    assert (made.recurring.usage_type, made.recurring.meter) == ("metered", meter["id"])
    options = made.to_dict()["currency_options"]
    assert {code.upper(): Decimal(str(option["unit_amount_decimal"])) * 1_000 for code, option in options.items()} == {
        code: OVERAGE.in_(code).minor for code in CURRENCIES
    }
    assert "Stripe has what is sold here" in sync("--yes").output
    assert len(peer.all("billing.meter")) == 1


def test_overage_at_another_price_is_another_price(
    client: StripeClient, peer: StripePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYBAND_OVERAGE", "true")
    sync("--yes")
    before = prices(client)["overage"]
    monkeypatch.setattr(metered, "OVERAGE", OVERAGE.times(2))
    (line,) = (line for line in sync("--yes").output.splitlines() if line.startswith("replace price"))
    assert line.startswith("replace price    overage: 0.50 USD")
    assert prices(client)["overage"].id != before.id
    assert client.v1.prices.retrieve(before.id).active is False
    assert "Stripe has what is sold here" in sync("--yes").output
