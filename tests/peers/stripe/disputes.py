"""Disputes: a cardholder takes the money back, and the seller answers or gives in."""

from typing import Any, TypedDict

from tests.peers.stripe import answers, payment_methods
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

DAY_S = 86400
OUTCOMES = {"winning_evidence": "won", "losing_evidence": "lost"}  # Stripe's own words in test mode


class Evidence(TypedDict, total=False):
    access_activity_log: str
    cancellation_rebuttal: str
    customer_email_address: str
    customer_name: str
    product_description: str
    refund_refusal_explanation: str
    service_date: str
    uncategorized_text: str


class Update(TypedDict, total=False):
    evidence: Evidence
    metadata: dict[str, str]
    submit: bool


class Wanted(Page, total=False):
    charge: str
    payment_intent: str


def if_card_disputes(peer: Peer, charge: Object) -> None:
    if payment_methods.card_of(peer.objects[charge["payment_method"]]).disputes:
        open_one(peer, charge, "fraudulent")


def open_one(peer: Peer, charge: Object, reason: str) -> Object:
    """The cardholder disputes the whole charge. Raises Refusal for one that is disputed already."""
    if charge["disputed"] or not charge["paid"]:
        raise invalid(f"Charge {charge['id']} cannot be disputed.")
    dispute = peer.add(
        "dispute",
        "du",
        amount=charge["amount"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=dict.fromkeys(Evidence.__annotations__),
        evidence_details={"due_by": peer.now + 9 * DAY_S, "has_evidence": False, "past_due": False}
        | {"submission_count": 0},
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={"type": "card", "card": {"brand": "visa", "case_type": "chargeback"}},
        reason=reason,
        status="needs_response",
    )
    peer.change(charge, disputed=True)
    peer.emit("charge.dispute.created", dispute)
    peer.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("dispute", identifier)


def update(peer: Peer, identifier: str, given: Update) -> Object:
    """Evidence; when it is submitted, its text decides who wins, as in Stripe's test mode."""
    dispute = peer.get("dispute", identifier)
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.")
    members: dict[str, Any] = {"metadata": merged(dispute["metadata"], given.get("metadata", {}))}
    details = dict(dispute["evidence_details"])
    if given.get("evidence"):
        members["evidence"] = dispute["evidence"] | given["evidence"]
        details["has_evidence"] = True
    submitted = given.get("submit", True) and details["has_evidence"]
    if submitted:
        details["submission_count"] += 1
        members["status"] = "under_review"
    peer.change(dispute, "charge.dispute.updated", **members, evidence_details=details)
    outcome = OUTCOMES.get(dispute["evidence"]["uncategorized_text"] or "")
    if submitted and outcome:
        _end(peer, dispute, outcome)
    return dispute


def close(peer: Peer, identifier: str) -> Object:
    """Give in."""
    dispute = peer.get("dispute", identifier)
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.")
    _end(peer, dispute, "lost")
    return dispute


def _end(peer: Peer, dispute: Object, outcome: str) -> None:
    peer.change(dispute, status=outcome)
    peer.emit("charge.dispute.closed", dispute)
    if outcome == "won":
        peer.emit("charge.dispute.funds_reinstated", dispute)


def listed(peer: Peer, given: Wanted) -> Object:
    members = {name: given.pop(name) for name in ("charge", "payment_intent") if name in given}
    found = peer.all("dispute", lambda each: all(each[name] == value for name, value in members.items()))
    return answers.page(peer, found, given, "/v1/disputes")
