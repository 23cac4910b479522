"""Refunds, whole and in part."""

from typing import Literal, TypedDict

from tests.peers.stripe import answers, payment_methods
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

DAY_S = 86400


class New(TypedDict, total=False):
    amount: int
    charge: str
    metadata: dict[str, str]
    payment_intent: str
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"]


class Update(TypedDict, total=False):
    metadata: dict[str, str]


class Wanted(Page, total=False):
    charge: str
    payment_intent: str


def create(peer: Peer, given: New) -> Object:
    charge = _charge(peer, given)
    amount = _amount(charge, given)
    how = payment_methods.card_of(peer.objects[charge["payment_method"]]).refunds
    refund = peer.add(
        "refund",
        "re",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": "card", "card": {"type": "refund"}},
        metadata=merged({}, given.get("metadata", {})),
        payment_intent=charge["payment_intent"],
        reason=given.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status="pending" if how == "late" else "succeeded",
        transfer_reversal=None,
        _settles_at=None if how == "at_once" else peer.now + DAY_S,
    )
    refunded = charge["amount_refunded"] + amount
    peer.change(charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    peer.emit("refund.created", refund)
    peer.emit("charge.refunded", charge)
    return refund


def settle(peer: Peer, refund: Object) -> None:
    """What was pending succeeds; what seemed to succeed fails, and the money is back with the seller."""
    refund["_settles_at"] = None
    if refund["status"] == "pending":
        peer.change(refund, "refund.updated", status="succeeded")
        return
    peer.change(refund, status="failed", failure_reason="expired_or_canceled_card")
    charge = peer.objects[refund["charge"]]
    peer.change(charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    peer.emit("refund.failed", refund)


def _amount(charge: Object, given: New) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = given.get("amount", left)
    if not 1 <= amount <= left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})."
        raise invalid(message, param="amount")
    return int(amount)


def _charge(peer: Peer, given: New) -> Object:
    if ("charge" in given) == ("payment_intent" in given):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in given:
        charge = peer.get("charge", given["charge"], param="charge")
    else:
        intent = peer.get("payment_intent", given["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise invalid(message, param="payment_intent")
        charge = peer.objects[intent["latest_charge"]]
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} failed; there is nothing to refund.", param="charge")
    return charge


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("refund", identifier)


def update(peer: Peer, identifier: str, given: Update) -> Object:
    refund = peer.get("refund", identifier)
    metadata = merged(refund["metadata"], given.get("metadata", {}))
    return peer.change(refund, "refund.updated", metadata=metadata)


def listed(peer: Peer, given: Wanted) -> Object:
    members = {name: given.pop(name) for name in ("charge", "payment_intent") if name in given}
    found = peer.all("refund", lambda each: all(each[name] == value for name, value in members.items()))
    return answers.page(peer, found, given, "/v1/refunds")
