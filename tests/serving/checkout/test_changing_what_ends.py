"""Another plan for a subscription that was to end: it goes on. Not where the plan was bought for good."""

import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop, lost

CANCEL, RESUME, CHANGE = (f"{SUBSCRIPTIONS}/{verb}" for verb in ("cancel", "resume", "change"))


@pytest.fixture
def bob(shop: Shop) -> Buyer:
    """Subscribed to the plan in the middle, by the month."""
    made = shop.buyer()
    made.subscribe("professional-month")
    shop.deliver()
    return made


@pytest.mark.parametrize(
    ("offer", "plan", "days"), [("enterprise-month", "enterprise", 32), ("basic-month", "basic", 64)]
)
def test_what_was_cancelled_goes_on_when_it_is_changed(
    shop: Shop, bob: Buyer, offer: str, plan: str, days: int
) -> None:
    bob.post(CANCEL)
    said = bob.post(CHANGE, offer=offer, dry_run=True)[1]
    assert bob.there[0]["cancel_at"] is not None
    done = bob.post(CHANGE, offer=offer)[1]
    assert (said["resumes"], done["resumes"], bob.there[0]["cancel_at"]) == (True, True, None)
    shop.later(days=days)
    assert bob.has == (plan, "active")
    assert bob.post(CHANGE, offer=offer.replace("month", "year"))[1]["resumes"] is False


def test_so_it_is_told_when_the_answer_was_lost(shop: Shop, bob: Buyer) -> None:
    bob.post(CANCEL)
    lost(shop, f"/v1/subscriptions/{bob.there[0]['id']}")
    assert bob.post(CHANGE, key="lost", offer="enterprise-month")[1]["code"] == "payments-unavailable"
    assert bob.post(CHANGE, key="lost", offer="enterprise-month")[1]["resumes"] is True


def test_a_larger_plan_than_the_one_that_was_bought_for_good_renews(shop: Shop, bob: Buyer) -> None:
    bob.buy("professional-lifetime")
    shop.deliver()
    assert bob.there[0]["cancel_at"] is not None
    assert bob.post(CHANGE, offer="enterprise-year")[1]["resumes"] is True
    shop.later(days=367)
    assert bob.has == ("enterprise", "active")


@pytest.mark.parametrize("offer", ["basic-month", "professional-year"])
def test_a_plan_that_was_bought_for_good_is_not_changed_to(shop: Shop, bob: Buyer, offer: str) -> None:
    bob.buy("professional-lifetime")
    shop.deliver()
    before = len(shop.peer.all("invoice"))
    for dry_run in (True, False):
        assert bob.refused(CHANGE, offer=offer, dry_run=dry_run) == "conflict"
    assert len(shop.peer.all("invoice")) == before
