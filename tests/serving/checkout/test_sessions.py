"""The page that a buyer returns to asks what became of the one on which they paid."""

from typing import Any

import pytest

from billing.plans import PLANS
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

Page = tuple[str, dict[str, Any]]
PACK: Page = ("/api/v1/credits/purchase", {"offer": "credits-50"})
TRIAL: Page = (f"{SUBSCRIPTIONS}/create-checkout-session", {"offer": "basic-month"})
PLAN: Page = (TRIAL[0], TRIAL[1] | {"trial": False})


def opened(buyer: Buyer, page: Page) -> str:
    status, told = buyer.post(page[0], **page[1])
    assert status == 201, told
    return str(told["session_id"])


def state(buyer: Buyer, session: str) -> dict[str, Any]:
    answer = buyer.api.get(f"/api/v1/checkout-sessions/{session}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("page", "given"),
    [
        (PACK, {"offer": "credits-50", "plan": None, "credits": 50}),
        (TRIAL, {"offer": "basic-month", "plan": "basic", "credits": 0}),
        (PLAN, {"offer": "basic-month", "plan": "basic", "credits": PLANS["basic"].credits}),
    ],
)
def test_it_is_open_then_complete_and_then_given(shop: Shop, page: Page, given: dict[str, Any]) -> None:
    ana = shop.buyer()
    session = opened(ana, page)
    told = state(ana, session)
    assert (told["session_id"], told["status"], told["given"]) == (session, "open", None)
    shop.peer.complete(session)
    told = state(ana, session)
    assert (told["status"], told["given"]) == ("complete", None), "no webhook came yet"
    shop.deliver()
    assert state(ana, session) == told | {"given": given}
    assert ana.credits == given["credits"]


def test_one_that_was_closed_is_expired(shop: Shop) -> None:
    ana = shop.buyer()
    first = opened(ana, PLAN)
    opened(ana, PLAN)
    assert (state(ana, first)["status"], state(ana, first)["given"]) == ("expired", None)


def test_that_of_another_is_not_there(shop: Shop) -> None:
    ana, bob, stranger = (shop.buyer() for _ in range(3))
    session = opened(ana, PACK)
    opened(bob, PACK)
    for other, asked in ((bob, session), (stranger, session), (ana, "cs_test_of_nobody")):
        answer = other.api.get(f"/api/v1/checkout-sessions/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
