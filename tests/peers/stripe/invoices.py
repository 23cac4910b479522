"""Invoices from draft to paid: what is due, when it is tried again, what follows for the customer's balance."""

from typing import Any

from tests.peers.stripe import changes, lines, payment_intents, payments
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer

RETRY_DAYS = (3, 5, 7)  # waits between attempts
DAY_S, DRAFT_S = 86400, 3600
BLANK: dict[str, Any] = {
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_shipping": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "automatically_finalizes_at": None,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "discounts": [],
    "due_date": None,
    "ending_balance": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "issuer": {"type": "self"},
    "metadata": {},
    "next_payment_attempt": None,
    "number": None,
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "status": "draft",
    "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    "test_clock": None,
    "total_discount_amounts": [],
    "total_taxes": [],
    "_payment_intent": None,
}


def draft(
    peer: Peer, sub: Object, entries: list[lines.Entry], reason: str, span: tuple[int, int], *, keep: bool = True
) -> Object:
    """An invoice with the entries and all that waits for one; a preview when it is not to be kept."""
    invoice = peer.add("invoice", "in" if keep else "upcoming_in", **BLANK | _whose(peer, sub))
    invoice |= {"billing_reason": reason, "period_start": span[0], "period_end": span[1]}
    waiting = lines.pending(peer, sub)
    made = [lines.line(peer, each["_entry"], invoice["id"], each["id"]) for each in waiting]
    made += [lines.line(peer, each, invoice["id"]) for each in entries]
    _sum(invoice, made)
    if not keep:
        return peer.objects.pop(str(invoice["id"]))
    for each in waiting:
        each["invoice"] = invoice["id"]
    peer.emit("invoice.created", invoice)
    return invoice


def take_late_usage(peer: Peer, invoice: Object) -> None:
    """What was reported of its period while it was a draft."""
    sub = peer.objects[invoice["_subscription"]]
    ended = [
        {**each, "current_period_start": invoice["period_start"], "current_period_end": invoice["period_end"]}
        for each in changes.items_of(peer, sub)
    ]
    fresh = {each["item"]: each for each in lines.of_usage(peer, sub, ended)}
    made = []
    for each in invoice["lines"]["data"]:
        item = (each["parent"]["subscription_item_details"] or {}).get("subscription_item")
        made.append(lines.line(peer, fresh[item], invoice["id"]) | {"id": each["id"]} if item in fresh else each)
    _sum(invoice, made)


def _whose(peer: Peer, sub: Object) -> dict[str, Any]:
    customer = peer.objects[sub["customer"]]
    details = {"metadata": sub["metadata"], "subscription": sub["id"]}
    return {
        "automatic_tax": _automatic_tax(sub),
        "currency": sub["currency"],
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": _tax_ids(peer, customer["id"]),
        "parent": {"type": "subscription_details", "quote_details": None, "subscription_details": details},
        "starting_balance": customer["balance"],
        "_subscription": sub["id"],
    }


def _sum(invoice: Object, made: list[Object]) -> None:
    total, url = sum(each["amount"] for each in made), f"/v1/invoices/{invoice['id']}/lines"
    due, _ = _due(total, invoice["starting_balance"])
    invoice |= {"lines": {"object": "list", "data": made, "has_more": False, "url": url}}
    invoice |= {"subtotal": total, "subtotal_excluding_tax": total, "total": total, "total_excluding_tax": total}
    invoice |= {"amount_due": due, "amount_remaining": due}


def _due(total: int, balance: int) -> tuple[int, int]:
    """What is to be paid, and the customer's balance after it; what is too small to charge is put there."""
    due = max(0, total + balance)
    return (0, due) if due < payment_intents.SMALLEST and due else (due, min(0, total + balance))


def _automatic_tax(sub: Object) -> dict[str, Any]:
    on = sub["automatic_tax"]["enabled"]
    told = {"enabled": on, "status": "complete" if on else None, "provider": "stripe" if on else None}
    return told | {"disabled_reason": None, "liability": {"type": "self"} if on else None}


def _tax_ids(peer: Peer, customer: str) -> list[dict[str, str]]:
    found = peer.all("tax_id", lambda each: each["customer"] == customer)
    return [{"type": each["type"], "value": each["value"]} for each in found]


def finalize(peer: Peer, invoice: Object) -> Object:
    """Open it: number it, use the customer's balance, and ask for what is due. Nothing due is paid at once."""
    customer = peer.objects[invoice["customer"]]
    due, balance = _due(invoice["total"], customer["balance"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    members = {"amount_due": due, "amount_remaining": due, "starting_balance": customer["balance"]}
    members |= {"ending_balance": balance, "number": number, "automatically_finalizes_at": None}
    page = f"{peer.url}/invoices/{invoice['id']}"
    members |= {"hosted_invoice_url": page, "invoice_pdf": f"{page}/pdf", "status": "open"}
    moments = invoice["status_transitions"] | {"finalized_at": peer.now}
    peer.change(customer, "customer.updated", balance=balance, currency=invoice["currency"])
    peer.change(invoice, **members, status_transitions=moments)
    peer.emit("invoice.finalized", invoice)
    if due:
        _ask(peer, invoice, due)
    else:
        _paid(peer, invoice)
    return invoice


def _ask(peer: Peer, invoice: Object, due: int) -> None:
    asked = {"amount": due, "currency": invoice["currency"], "customer": invoice["customer"]}
    asked |= {"setup_future_usage": "off_session", "description": f"Invoice {invoice['number']}"}
    intent = payment_intents.make(peer, asked, invoice=invoice["id"])
    invoice["_payment_intent"] = intent["id"]
    peer.add(
        "invoice_payment",
        "inpay",
        amount_paid=None,
        amount_requested=due,
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def method_for(peer: Peer, sub: Object) -> str | None:
    """The payment method that a subscription's invoices are charged to."""
    settings = peer.objects[sub["customer"]].get("invoice_settings", {})
    return sub["default_payment_method"] or settings.get("default_payment_method")


def collect(peer: Peer, invoice: Object, *, method: str | None = None, off_session: bool = True) -> Refusal | None:
    """Try to have it paid. Gives the refusal of a card that was declined, or of nothing to charge."""
    method = method or method_for(peer, peer.objects[invoice["_subscription"]])
    if method is None:
        failed(peer, invoice)
        return invalid("This customer has no attached payment source or default payment method.", code="missing")
    intent = peer.objects[invoice["_payment_intent"]]
    peer.change(intent, payment_method=method, status="requires_confirmation")
    return payments.attempt(peer, intent, off_session=off_session)


def intent_paid(peer: Peer, intent: Object) -> None:
    invoice = peer.objects.get(intent["_invoice"] or "")
    if invoice and invoice["status"] in ("open", "uncollectible"):
        for each in peer.all("invoice_payment", lambda found: found["invoice"] == invoice["id"]):
            moments = each["status_transitions"] | {"paid_at": peer.now}
            peer.change(each, status="paid", amount_paid=intent["amount"], status_transitions=moments)
            peer.emit("invoice_payment.paid", each)
        peer.change(invoice, attempted=True, attempt_count=invoice["attempt_count"] + 1)
        _paid(peer, invoice)


def _paid(peer: Peer, invoice: Object) -> None:
    moments = invoice["status_transitions"] | {"paid_at": peer.now}
    members = {"amount_paid": invoice["amount_due"], "amount_remaining": 0, "next_payment_attempt": None}
    peer.change(invoice, status="paid", attempted=True, status_transitions=moments, **members)
    peer.emit("invoice.paid", invoice)
    peer.emit("invoice.payment_succeeded", invoice)


def intent_failed(peer: Peer, intent: Object) -> None:
    if intent["_invoice"]:
        failed(peer, peer.objects[intent["_invoice"]])


def failed(peer: Peer, invoice: Object) -> None:
    """Note an attempt that failed, and when the next is; a subscription's first invoice is not tried again."""
    count = invoice["attempt_count"] + 1
    again = None
    if invoice["auto_advance"] and invoice["billing_reason"] != "subscription_create" and count <= len(RETRY_DAYS):
        again = peer.now + RETRY_DAYS[count - 1] * DAY_S
    peer.change(invoice, attempted=True, attempt_count=count, next_payment_attempt=again)
    peer.emit("invoice.payment_failed", invoice)


def void(peer: Peer, invoice: Object) -> Object:
    moments = invoice["status_transitions"] | {"voided_at": peer.now}
    peer.change(invoice, status="void", next_payment_attempt=None, auto_advance=False, status_transitions=moments)
    intent = peer.objects.get(invoice["_payment_intent"] or "")
    if intent and intent["status"] in payment_intents.CONFIRMABLE:
        payment_intents.give_up(peer, intent, "void_invoice")
    peer.emit("invoice.voided", invoice)
    return invoice
