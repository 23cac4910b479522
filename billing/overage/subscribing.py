"""The metered subscription in Stripe: one of its own beside that of the plan, by the months of the calendar.

So it is the same for every period of a plan (the prices of one subscription must have one), a change of plan does not
touch it, nothing that is due is lost when a plan ends at once, and what an invoice asks is what a month's cap bounds.
Functions block, as those of billing.subscriptions.calls.
"""

from dataclasses import dataclass
from typing import Any, cast

from stripe import InvalidRequestError, StripeClient

from accounts.errors import Refused
from billing.money import Currency
from billing.overage.catalogue import PRODUCT, price_in
from billing.subscriptions.calls import LIVE, Found, current, refusing

PER_THOUSAND = "payband_per_thousand"  # in the metadata: the price of 1,000 requests when it began
FIRST: Any = {"day_of_month": 1, "hour": 0, "minute": 0, "second": 0}


@dataclass(frozen=True)
class Metered:
    """A metered subscription; 1,000 requests cost `per_thousand` minor units of the currency."""

    id: str
    currency: Currency
    per_thousand: int


def begin(client: StripeClient, customer: str, *, tax: bool) -> Metered:
    """The customer's metered subscription, begun if there is none, on the card that pays for the plan.

    Raises Refused: no-subscription; conflict where the plan is not paid, or by no card; payment-declined.
    """
    plan = current(client, customer)
    if plan["status"] not in ("active", "trialing"):
        raise Refused("conflict", "Your subscription is not paid for: pay what is open first.")
    card = plan["default_payment_method"] or _usual_card(client, customer)
    if card is None:
        raise Refused("conflict", "There is no card to charge: have one kept first, by POST create-portal-session.")
    there = _all_of(client, customer)
    living = next((each for each in there if each["status"] in LIVE), None)
    with refusing():
        if living is None:
            living = _create(client, customer, plan["currency"], card, len(there), tax=tax)
        elif living["default_payment_method"] != card:
            changed: Any = {"default_payment_method": card}
            client.v1.subscriptions.update(living["id"], changed)
    return Metered(living["id"], cast(Currency, living["currency"].upper()), int(living["metadata"][PER_THOUSAND]))


def end(client: StripeClient, subscription_id: str) -> None:
    """End it, and have the rest invoiced; one that is over stays so."""
    try:
        client.v1.subscriptions.cancel(subscription_id, {"invoice_now": True})
    except InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


def _usual_card(client: StripeClient, customer: str) -> str | None:
    settings = client.v1.customers.retrieve(customer).to_dict().get("invoice_settings") or {}
    found: str | None = settings.get("default_payment_method")
    return found


def _all_of(client: StripeClient, customer: str) -> list[Found]:
    asked: Any = {"customer": customer, "status": "all", "limit": 100}
    found = (each.to_dict() for each in client.v1.subscriptions.list(asked).auto_paging_iter())
    return [each for each in found if any(item["price"]["product"] == PRODUCT for item in each["items"]["data"])]


def _create(client: StripeClient, customer: str, currency: str, card: str, before: int, *, tax: bool) -> Found:
    price, per_thousand = price_in(client, currency)
    asked: Any = {
        "customer": customer,
        "items": [{"price": price}],
        "currency": currency,
        "default_payment_method": card,
        "billing_cycle_anchor_config": FIRST,
        "proration_behavior": "none",
        "metadata": {PER_THOUSAND: str(per_thousand)},
    }
    if tax:
        asked["automatic_tax"] = {"enabled": True}
    once: Any = {"idempotency_key": f"payband-overage-{customer}-{before}-{price}-{card}"}  # also for two at once
    return client.v1.subscriptions.create(asked, once).to_dict()
