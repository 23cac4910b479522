"""Changes of a subscription whose answer never came, asked for again; and those that are asked for together."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop, lost

CANCEL, RESUME, CHANGE = (f"{SUBSCRIPTIONS}/{verb}" for verb in ("cancel", "resume", "change"))
INTENT = "/api/v1/create-payment-intent"


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


def test_a_key_is_good_for_something_new_after_a_day(shop: Shop, ana: Buyer) -> None:
    """Whatever it was good for before."""
    up = {"key": "up", "offer": "professional-month"}
    assert ana.post(CHANGE, **up)[0] == 200
    assert ana.post(CHANGE, offer="basic-month")[0] == 200
    shop.later(days=33)
    assert ana.has == ("basic", "active")
    status, told = ana.post(CHANGE, **up)
    assert (status, told["due_now"]["minor"]) == (200, ana.invoice["amount_paid"])
    shop.deliver()
    assert (ana.has, ana.current["subscription"]["offer"]) == (("professional", "active"), "professional-month")


def test_a_key_resumes_again_after_a_day(shop: Shop, ana: Buyer) -> None:
    for _ in range(2):
        assert ana.post(CANCEL, key="end")[1]["cancel_at"] is not None
        assert ana.post(RESUME, key="on")[1]["cancel_at"] is None
        assert ana.there[0]["cancel_at_period_end"] is False
        shop.later(days=2)


@pytest.mark.parametrize("path", [CHANGE, RESUME])
def test_what_was_undone_since_its_answer_was_lost_is_done_anew(shop: Shop, ana: Buyer, path: str) -> None:
    body = {"offer": "professional-month"} if path == CHANGE else {}
    if path == RESUME:
        ana.post(CANCEL)
    lost(shop, f"/v1/subscriptions/{ana.there[0]['id']}")
    assert ana.post(path, key="lost", **body)[1]["code"] == "payments-unavailable"
    undoing = ana.post(CHANGE, offer="basic-month") if path == CHANGE else ana.post(CANCEL)
    assert undoing[0] == 200
    assert ana.post(path, key="lost", **body)[0] == 200
    shop.deliver()
    assert (ana.current["plan"], ana.there[0]["cancel_at"]) == ("professional" if path == CHANGE else "basic", None)
    assert ana.current["subscription"]["kept_plan"] is None


def test_of_what_was_opened_with_a_key_yesterday_nothing_stays_open(shop: Shop, ana: Buyer) -> None:
    def opened() -> str:
        status, told = ana.post(INTENT, key="for-good", offer="professional-lifetime")
        assert status == 201, told
        return str(told["payment_intent_id"])

    first = opened()
    shop.later(hours=25)
    assert shop.peer.objects[opened()]["status"] == "requires_payment_method"
    assert shop.peer.objects[first]["status"] == "canceled"


def test_a_debt_whose_giving_up_was_lost_is_told_when_it_is_asked_for_again(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=50)
    lost(shop, f"/v1/subscriptions/{ana.there[0]['id']}")
    assert ana.post(CANCEL, key="lost")[1]["code"] == "payments-unavailable"
    status, told = ana.post(CANCEL, key="lost")
    assert (status, told["status"]) == (200, "canceled")
    assert ana.refused(CANCEL) == "no-subscription"
    shop.deliver()
    assert ana.has == ("free", "free")


def test_a_card_that_was_declined_is_tried_again_with_the_same_key(ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    assert ana.post(CHANGE, key="again", offer="enterprise-month")[1]["code"] == "payment-declined"
    ana.with_card("pm_card_visa")
    assert ana.post(CHANGE, key="again", offer="enterprise-month")[0] == 200


@pytest.mark.parametrize("verb", ["change", "update"])
def test_what_its_asker_has_named_an_operation_goes_on_to_stripe(shop: Shop, ana: Buyer, verb: str) -> None:
    path, body = (CHANGE, {"offer": "professional-month"}) if verb == "change" else (CANCEL, {})
    assert ana.post(path, key="named", **body)[0] == 200
    mark = ana.there[0]["metadata"]["payband_operation"]
    told = shop.peer.all("event", lambda each: each["type"] == "customer.subscription.updated")[0]
    assert told["request"]["idempotency_key"].startswith(f"payband-{verb}-{mark}-")
