"""A customer's tax ids (VAT and its like). Stripe keeps them, checks them and prints them on invoices; we keep none.

Functions block, as those of billing.subscriptions.calls, and go by what Stripe has.
"""

from typing import Any

from stripe import InvalidRequestError, StripeClient

from accounts.errors import Refused

MOST = 5  # that Stripe keeps of a customer
Found = dict[str, Any]  # a tax id, as Stripe sends it


def tax_ids(client: StripeClient, customer: str) -> list[Found]:
    """The customer's, newest first."""
    return [each.to_dict() for each in client.v1.customers.tax_ids.list(customer, {"limit": 100}).auto_paging_iter()]


def add(client: StripeClient, customer: str, kind: str, value: str, options: Any) -> Found:
    """Give the customer a tax id, or answer the same one. Raises Refused: invalid-parameter, conflict for too many."""
    there = tax_ids(client, customer)
    for each in there:
        if (each["type"], each["value"]) == (kind, value):
            return each
    if len(there) >= MOST:
        raise Refused("conflict", f"You have {MOST} tax ids, and no more are kept: remove one first.")
    asked: Any = {"type": kind, "value": value}
    try:
        return client.v1.customers.tax_ids.create(customer, asked, options).to_dict()
    except InvalidRequestError as error:
        if error.param == "type":
            raise Refused("invalid-parameter", f"type: Stripe knows no tax id of the type {kind}.") from None
        if error.param == "value" or error.code == "tax_id_invalid":
            raise Refused("invalid-parameter", f"value: Stripe does not take it for a {kind}.") from None
        raise


def remove(client: StripeClient, customer: str, id: str) -> None:
    """Take a tax id from the customer. Raises Refused (not-found), also for another customer's."""
    try:
        client.v1.customers.tax_ids.delete(customer, id)
    except InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        raise Refused("not-found", "You have no such tax id.") from None
