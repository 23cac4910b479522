"""Changes of a subscription whose answer never came, asked for again; and those that are asked for together."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop, lost

CANCEL, RESUME, CHANGE = (f"{SUBSCRIPTIONS}/{verb}" for verb in ("cancel", "resume", "change"))


@pytest.mark.parametrize(("offer", "due"), [("professional-month", True), ("basic-year", True), ("free", False)])
def test_a_change_whose_answer_was_lost_is_told_when_it_is_asked_for_again(
    shop: Shop, ana: Buyer, offer: str, due: bool
) -> None:
    if not due:
        ana.post(CHANGE, offer="professional-month")
        offer = "basic-month"
    lost(shop, f"/v1/subscriptions/{ana.there[0]['id']}")
    assert ana.post(CHANGE, key="lost", offer=offer)[1]["code"] == "payments-unavailable"
    invoices = len(shop.peer.all("invoice"))
    status, told = ana.post(CHANGE, key="lost", offer=offer)
    assert (status, told["offer"], told["starts_at"] is None) == (200, offer, due)
    assert told["due_now"]["minor"] == (ana.invoice["amount_paid"] if due else 0)
    assert len(shop.peer.all("invoice")) == invoices
    assert ana.post(CHANGE, offer=offer)[1]["code"] == "conflict", "it is done already"


def test_a_subscription_whose_resuming_was_lost_is_told_when_it_is_asked_for_again(shop: Shop, ana: Buyer) -> None:
    ana.post(CANCEL)
    lost(shop, f"/v1/subscriptions/{ana.there[0]['id']}")
    assert ana.post(RESUME, key="lost")[1]["code"] == "payments-unavailable"
    assert ana.post(RESUME, key="lost")[1]["cancel_at"] is None


@pytest.mark.parametrize("status", ["active", "incomplete"])
def test_a_subscription_whose_end_was_lost_is_told_when_it_is_asked_for_again(
    shop: Shop, ana: Buyer, status: str
) -> None:
    if status == "incomplete":
        ana = shop.buyer()
        ana.subscribe(card=None)
    assert ana.there[0]["status"] == status
    path = f"/v1/subscriptions/{ana.there[0]['id']}"
    shop.peer.faults.next("drop_answer", "DELETE", path)
    shop.peer.faults.next("status", "DELETE", path, times=2)
    assert ana.post(CANCEL, key="lost", when="now")[1]["code"] == "payments-unavailable"
    over = ana.there[0]["status"]
    assert over in ("canceled", "incomplete_expired")
    assert ana.post(CANCEL, key="lost", when="now")[1]["status"] == over
    assert ana.post(CANCEL, when="now")[1]["code"] == "no-subscription"


@pytest.mark.parametrize("path", [CHANGE, CANCEL, RESUME])
def test_of_two_changes_at_once_one_is_made_and_the_other_asks_again(shop: Shop, ana: Buyer, path: str) -> None:
    body = {"offer": "professional-month"} if path == CHANGE else {}
    fault = shop.peer.faults.next("wait", "POST", f"/v1/subscriptions/{ana.there[0]['id']}")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ana.post, CHANGE, offer="enterprise-month")
        try:
            assert fault.reached.wait(30)
            status, told = ana.post(path, **body)
            dry = ana.post(CHANGE, offer="professional-month", dry_run=True)[0]
        finally:
            fault.released.set()
        assert first.result()[0] == 200
    assert ((status, told["code"]), dry) == ((409, "in-progress"), 200)
    assert (ana.current["subscription"]["offer"], len(ana.there)) == ("basic-month", 1)
    shop.deliver()
    assert ana.has == ("enterprise", "active")
