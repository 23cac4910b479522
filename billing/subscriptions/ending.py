"""What is asked of Stripe to end a subscription, or to let it go on after all. Functions block, as those of
billing.subscriptions.calls.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from stripe import InvalidRequestError, StripeClient

from accounts.errors import Refused
from billing.entitlements import RANK
from billing.offers import plan_in
from billing.plans import PlanName
from billing.stripe import pending
from billing.stripe.catalogue import MARK
from billing.stripe.pending import Key, changed_by, is_marked
from billing.subscriptions.calls import LIVE, SECRETS, Found, all_of, current, offer_of, refusing, tried, update
from billing.subscriptions.mirroring import BACK_TO_FREE, plan_item


def cancel(client: StripeClient, customer: str, key: Key | None, *, at_once: bool) -> Found:
    """End it at its period's end, or now; what is not paid for ends now, and what waits for its first payment is given
    up. Whoever was cut off and asks again is told what was done. Raises Refused (no-subscription).
    """
    found = current(client, customer, also=("incomplete",), ended_by=key)
    if is_marked(found, key) and found["status"] not in (*LIVE, "incomplete"):
        return found
    if found["status"] == "canceled":
        return update(client, found, {"metadata": {BACK_TO_FREE: "1", **changed_by(key)}}, key)
    return _end(client, found, key, at_once=at_once)


def _end(client: StripeClient, found: Found, key: Key | None, *, at_once: bool = False) -> Found:
    if not at_once and found["status"] not in ("incomplete", "past_due", "unpaid", "paused"):
        return update(client, found, {"cancel_at_period_end": True, "metadata": changed_by(key)}, key)
    if key is not None:
        update(client, found, {"metadata": changed_by(key)}, key)  # by which it is found again when it is over
    asked: Any = {"expand": SECRETS}
    return client.v1.subscriptions.cancel(found["id"], asked).to_dict()


def end_period(client: StripeClient, id: str, start: int) -> Found | None:
    """End a subscription now if it is still in the period that began then; None where there is nothing to end."""

    def still(found: Found) -> bool:
        item = plan_item(found)
        return item is not None and item["current_period_start"] == start

    return _end_if(client, id, still, at_once=True)


def end_next(client: StripeClient, id: str, largest: PlanName) -> Found | None:
    """End a subscription as `cancel` does, with its period, if its plan is not larger than this by now; None where
    there is nothing to end.
    """
    return _end_if(client, id, lambda found: found["cancel_at"] is None and _within(offer_of(found), largest))


def give_up_waiting(client: StripeClient, customer: str, largest: PlanName) -> None:
    """Close what could still begin a subscription that is not larger than this plan: pages, and what waits for its
    first payment. Raises Refused (in-progress) while a page is being paid on.
    """

    def such(page: Found) -> bool:
        return page["mode"] == "subscription" and _within(page["metadata"].get(MARK, ""), largest)

    pending.close_pages(client, customer, None, such)
    for each in all_of(client, customer):
        if each["status"] == "incomplete" and _within(offer_of(each), largest):
            with _ended_already():
                client.v1.subscriptions.cancel(each["id"])


def _within(offer: str, largest: PlanName) -> bool:
    plan = plan_in(offer)
    return plan is None or RANK[plan.name] <= RANK[largest]


@contextmanager
def _ended_already() -> Iterator[None]:
    """By somebody else: what is over is not known as a subscription that could end."""
    try:
        yield
    except InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


def _end_if(client: StripeClient, id: str, such: Callable[[Found], bool], *, at_once: bool = False) -> Found | None:
    with _ended_already():
        found = client.v1.subscriptions.retrieve(id).to_dict()
        return _end(client, found, None, at_once=at_once) if found["status"] in LIVE and such(found) else None
    return None


def resume(client: StripeClient, customer: str, key: Key | None) -> Found:
    """Let one go on that was to end. Raises Refused: no-subscription, conflict, payment-declined."""
    found = current(client, customer)
    with refusing():
        if found["status"] == "paused":
            asked: Any = {"expand": SECRETS}
            return client.v1.subscriptions.resume(found["id"], asked, tried("resume", key)).to_dict()
        if is_marked(found, key) and found["cancel_at"] is None:
            return found  # the answer was lost
        if found["cancel_at"] is None or found["status"] == "canceled":
            raise Refused("conflict", "It does not end: there is nothing to resume.")
        return update(client, found, {"cancel_at_period_end": False, "metadata": changed_by(key)}, key)
