"""Another plan or period. A larger one begins now: what is left of the old period is credited, and a new one is paid.
A smaller plan begins when the period is over that was paid for. A shorter period cannot be had before that.
One that was to end goes on, whatever it is changed to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stripe import StripeClient

from accounts.errors import Refused
from billing.entitlements import RANK
from billing.offers import Offer, PlanTime, offers
from billing.stripe.pending import Key, changed_by, is_marked
from billing.subscriptions.calls import SECRETS, Found, current, offer_of, price_of, refusing, tried
from billing.subscriptions.mirroring import KEPT_OFFER, KEPT_UNTIL, plan_item

INVOICE_BEFORE = "payband_invoice_before"  # in the metadata, the last one that is not of the last change
RESUMED = "payband_resumed"  # so, whether it was to end before the last change
NOW: Any = {"proration_behavior": "always_invoice", "billing_cycle_anchor": "now"}


@dataclass(frozen=True)
class Change:
    """What comes of it: `minor` units of the currency are due now, and from when the other plan counts (None: now).

    `resumes`: it was to end, and goes on.
    """

    found: Found
    offer: Offer
    minor: int
    starts_at: int | None
    resumes: bool


def preview(client: StripeClient, customer: str, offer: Offer) -> Change:
    """What `change` would come to. Raises Refused as that does, but for a card."""
    found = current(client, customer)
    resumes = found["cancel_at"] is not None
    if not _at_once(found, offer):
        return Change(found, offer, 0, _period_end(found), resumes)
    if found["status"] == "trialing" or kept(found):
        return Change(found, offer, 0, None, resumes)
    details: Any = {"items": _items(found, price_of(client, offer)), **NOW}
    if resumes:
        details["cancel_at_period_end"] = False
    asked: Any = {"customer": customer, "subscription": found["id"], "subscription_details": details}
    return Change(found, offer, client.v1.invoices.create_preview(asked).amount_due, None, resumes)


def change(client: StripeClient, customer: str, offer: Offer, key: Key | None) -> Change:
    """Change it; where the card is declined nothing is changed. Whoever was cut off and asks again is told what was
    done.

    Raises Refused: no-subscription, conflict, payment-declined.
    """
    found = current(client, customer)
    if is_marked(found, key) and offer_of(found) == offer.id:
        return _made(found, offer, found["metadata"].get(INVOICE_BEFORE, ""))
    at_once, before = _at_once(found, offer), _last_invoice(found)["id"]
    metadata = {**changed_by(key), INVOICE_BEFORE: before, RESUMED: ""}
    asked: Any = {"items": _items(found, price_of(client, offer)), "proration_behavior": "none", "expand": SECRETS}
    if not at_once:
        metadata |= {KEPT_OFFER: offer_of(found), KEPT_UNTIL: str(_period_end(found))}
    elif kept(found):
        metadata |= {KEPT_OFFER: "", KEPT_UNTIL: ""}
    elif found["status"] == "active":
        asked |= {**NOW, "payment_behavior": "error_if_incomplete"}
    if found["cancel_at"] is not None:
        metadata[RESUMED], asked["cancel_at_period_end"] = "1", False
    with refusing():
        asked["metadata"] = metadata
        return _made(client.v1.subscriptions.update(found["id"], asked, tried("change", key)).to_dict(), offer, before)


def _made(changed: Found, offer: Offer, invoice_before: str) -> Change:
    invoice = _last_invoice(changed)
    paid = invoice["amount_paid"] if invoice["id"] != invoice_before else 0
    starts_at = _period_end(changed) if kept(changed) else None
    return Change(changed, offer, paid, starts_at, RESUMED in changed["metadata"])


def _last_invoice(found: Found) -> Mapping[str, Any]:
    return found["latest_invoice"] or {"id": "", "amount_paid": 0}


def kept(found: Found) -> str | None:
    """The offer that was paid for until the period's end, where a smaller one follows it."""
    metadata = found["metadata"]
    return metadata.get(KEPT_OFFER) if metadata.get(KEPT_UNTIL) == str(_period_end(found)) else None


def _at_once(found: Found, offer: Offer) -> bool:
    """Whether it begins now. Raises Refused (conflict) for a change that cannot be."""
    if found["status"] not in ("active", "trialing"):
        raise Refused("conflict", "It is not paid for: pay what is open first, then change it.")
    if (planned := kept(found)) is not None and planned != offer.id:
        raise Refused("conflict", f"A change is planned. Change to {planned} first, which takes that back.")
    before, after = _plan_time(offers().get(offer_of(found))), _plan_time(offer)
    if before is None or after is None:
        raise Refused("conflict", "What you have is sold no longer: cancel it, and subscribe anew when it has ended.")
    if before == after:
        raise Refused("conflict", f"You are subscribed to {offer.id} already.")
    (old_rank, old_months), (new_rank, new_months) = before, after
    if planned or found["status"] == "trialing" or (new_rank >= old_rank and new_months >= old_months):
        return True
    if new_months != old_months:
        told = "A shorter period begins when the one that was paid for is over: cancel it, and subscribe anew then."
        raise Refused("conflict", told)
    return False


def _plan_time(offer: Offer | None) -> tuple[int, int] | None:
    of = offer.of if offer is not None else None
    if not isinstance(of, PlanTime) or of.period.months is None:
        return None
    return RANK[of.plan.name], of.period.months


def _period_end(found: Found) -> int:
    return int(_item(found)["current_period_end"])


def _items(found: Found, price: str) -> list[dict[str, str]]:
    return [{"id": _item(found)["id"], "price": price}]


def _item(found: Found) -> Mapping[str, Any]:
    item = plan_item(found)
    assert item is not None  # noqa: S101  `current` gives no other
    return item
