"""Paying for requests above the limit, given up and chosen again, while the metered subscription is being ended."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from billing.overage import subscribing
from tests.serving.checkout.shop import Buyer, Shop
from tests.serving.checkout.test_overage import (
    DOOR,
    LIMIT,
    ana,
    anew,
    asks,
    choose,
    metered_of,
    parts,
    seen,
    settle,
    shop,
)

__all__ = ["ana", "parts", "shop"]


def given_up_and_reported(shop: Shop, ana: Buyer) -> str:
    """The metered subscription, which the worker ends the next time."""
    choose(ana)
    anew(shop)
    assert ana.api.request("DELETE", DOOR).json()["wanted"] is False
    anew(shop)
    return str(metered_of(ana)["id"])


def has_another_than(shop: Shop, ana: Buyer, before: str) -> bool:
    """One that is let in with, and billed by."""
    assert shop.peer.objects[before]["status"] == "canceled"
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 2) == [200] * (LIMIT + 2)
    settle(shop, hours=2)
    told = seen(ana)
    now = metered_of(ana)
    return (told["wanted"], told["requests"], now["status"]) == (True, 2, "active") and now["id"] != before


def test_who_chooses_it_again_while_it_is_ended_has_another(shop: Shop, ana: Buyer) -> None:
    before = given_up_and_reported(shop, ana)
    fault = shop.peer.faults.next("wait", "DELETE", f"/v1/subscriptions/{before}")
    with ThreadPoolExecutor(1) as beside:
        ending = beside.submit(shop.do, "overage.settle")
        assert fault.reached.wait(60)
        assert choose(ana)["wanted"] is True
        fault.released.set()
        ending.result()
    assert has_another_than(shop, ana, before)


def test_who_chooses_it_again_just_before_it_is_ended_has_another(
    shop: Shop, ana: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, begin = given_up_and_reported(shop, ana), subscribing.begin

    def then_ended(*asked: Any, **more: Any) -> subscribing.Metered:
        monkeypatch.setattr(subscribing, "begin", begin)
        found = begin(*asked, **more)
        shop.do("overage.settle")
        return found

    monkeypatch.setattr(subscribing, "begin", then_ended)
    assert choose(ana)["wanted"] is True
    assert has_another_than(shop, ana, before)
