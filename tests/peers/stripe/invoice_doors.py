"""What the API does with invoices, their lines, payments and items that wait for one."""

from typing import Literal, Required, TypedDict

from tests.peers.stripe import answers, changes, invoices, lines, payment_methods
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer


class Wanted(Page, total=False):
    customer: str
    status: Literal["draft", "open", "paid", "uncollectible", "void"]
    subscription: str


class Update(TypedDict, total=False):
    auto_advance: bool
    description: str
    metadata: dict[str, str]


class Pay(TypedDict, total=False):
    off_session: bool
    payment_method: str


class Finalize(TypedDict, total=False):
    auto_advance: bool


class PaymentWanted(TypedDict, total=False):
    payment_intent: Required[str]
    type: Required[Literal["payment_intent"]]


class WantedPayments(Page, total=False):
    invoice: str
    payment: PaymentWanted
    status: Literal["canceled", "open", "paid"]


class WantedItems(Page, total=False):
    customer: str
    pending: bool


class Details(TypedDict, total=False):
    billing_cycle_anchor: Literal["now", "unchanged"]
    cancel_at_period_end: bool
    items: list[changes.Item]
    proration_behavior: changes.ProrationBehavior
    proration_date: int


class Preview(TypedDict, total=False):
    customer: str
    subscription: Required[str]
    subscription_details: Details


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("invoice", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    customer, status, sub = (given.pop(name, None) for name in ("customer", "status", "subscription"))

    def wanted(each: Object) -> bool:
        return customer in (None, each["customer"]) and status in (None, each["status"]) and _of(each, sub)

    return answers.page(peer, peer.all("invoice", wanted), given, "/v1/invoices")


def _of(invoice: Object, sub: str | None) -> bool:
    return sub in (None, invoice["_subscription"])


def update(peer: Peer, identifier: str, given: Update) -> Object:
    invoice = peer.get("invoice", identifier)
    members = dict(given)
    if "metadata" in given:
        members["metadata"] = merged(invoice["metadata"], given["metadata"])
    return peer.change(invoice, "invoice.updated", **members)


def finalize(peer: Peer, identifier: str, given: Finalize) -> Object:
    invoice = _in(peer, identifier, "draft", verb="finalized")
    invoice["auto_advance"] = given.get("auto_advance", invoice["auto_advance"])
    return invoices.finalize(peer, invoice)


def pay(peer: Peer, identifier: str, given: Pay) -> Object:
    invoice = peer.get("invoice", identifier)
    if invoice["status"] == "draft":
        invoices.finalize(peer, invoice)
    if invoice["status"] == "paid" and invoice["attempt_count"]:
        raise invalid("Invoice is already paid")
    if invoice["status"] in ("open", "uncollectible"):
        method = given.get("payment_method")
        if method:
            method = payment_methods.find(peer, method)["id"]
        if refusal := invoices.collect(peer, invoice, method=method, off_session=given.get("off_session", True)):
            raise refusal
    elif invoice["status"] == "void":
        raise _not_in(invoice, "paid")
    return invoice


def void(peer: Peer, identifier: str) -> Object:
    return invoices.void(peer, _in(peer, identifier, "open", "uncollectible", verb="voided"))


def mark_uncollectible(peer: Peer, identifier: str) -> Object:
    invoice = _in(peer, identifier, "open", verb="marked uncollectible")
    moments = invoice["status_transitions"] | {"marked_uncollectible_at": peer.now}
    peer.change(invoice, status="uncollectible", next_payment_attempt=None, status_transitions=moments)
    peer.emit("invoice.marked_uncollectible", invoice)
    return invoice


def _in(peer: Peer, identifier: str, *states: str, verb: str) -> Object:
    invoice = peer.get("invoice", identifier)
    if invoice["status"] not in states:
        raise _not_in(invoice, verb)
    return invoice


def _not_in(invoice: Object, verb: str) -> Refusal:
    return invalid(f"This invoice is {invoice['status']} and cannot be {verb}.", code="invoice_not_editable")


def invoice_lines(peer: Peer, identifier: str, given: Page) -> Object:
    invoice = peer.get("invoice", identifier)
    found = [each | {"created": invoice["created"]} for each in invoice["lines"]["data"]]
    told = answers.page(peer, found, given, invoice["lines"]["url"])
    for each in told["data"]:
        del each["created"]
    return told


def payments(peer: Peer, given: WantedPayments) -> Object:
    """Which invoice a payment intent paid, or which payments an invoice has."""
    invoice, status = given.pop("invoice", None), given.pop("status", None)
    intent = given.pop("payment", {}).get("payment_intent")

    def wanted(each: Object) -> bool:
        paid_by = each["payment"]["payment_intent"]
        return invoice in (None, each["invoice"]) and status in (None, each["status"]) and intent in (None, paid_by)

    return answers.page(peer, peer.all("invoice_payment", wanted), given, "/v1/invoice_payments")


def items(peer: Peer, given: WantedItems) -> Object:
    customer, waiting = given.pop("customer", None), given.pop("pending", None)
    found = peer.all(
        "invoiceitem",
        lambda each: customer in (None, each["customer"]) and waiting in (None, each["invoice"] is None),
    )
    return answers.page(peer, found, given, "/v1/invoiceitems")


def preview(peer: Peer, given: Preview) -> Object:
    """The next invoice as it would be, after a change if one is given; nothing is kept."""
    sub = peer.get("subscription", given["subscription"], param="subscription")
    details = given.get("subscription_details", {})
    at = details.get("proration_date", peer.now)
    behavior = details.get("proration_behavior", "create_prorations")
    anew = details.get("billing_cycle_anchor") == "now"
    plan = changes.plan(peer, sub, details.get("items", []), behavior=behavior, at=at, reset=anew)
    entries = list(plan.prorations)
    if plan.reset:
        entries += lines.of_period(peer, sub, plan.new)
    elif behavior != "always_invoice":
        entries += lines.of_period(peer, sub, [changes.following(peer, sub, each) for each in plan.new])
    reason = "subscription_update" if details else "upcoming"
    return invoices.draft(peer, sub, entries, reason, (peer.now, peer.now), keep=False)
