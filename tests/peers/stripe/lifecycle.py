"""What a subscription goes through: begins, is paid, falls behind, renews, ends."""

from typing import Any

from tests.peers.stripe import changes, invoices, lines, setup_intents
from tests.peers.stripe.peer import Object, Peer

ENDED = ("canceled", "incomplete_expired")
HOUR_S = 3600
UPDATED = "customer.subscription.updated"
BLANK: dict[str, Any] = {
    "automatic_tax": {"enabled": False, "liability": None, "disabled_reason": None},
    "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
    "billing_thresholds": None,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    "collection_method": "charge_automatically",
    "days_until_due": None,
    "default_payment_method": None,
    "description": None,
    "discounts": [],
    "ended_at": None,
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "latest_invoice": None,
    "metadata": {},
    "pause_collection": None,
    "payment_settings": {"payment_method_types": None, "save_default_payment_method": "off"},
    "pending_setup_intent": None,
    "pending_update": None,
    "schedule": None,
    "status": "incomplete",
    "test_clock": None,
    "trial_end": None,
    "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    "trial_start": None,
    "_trial_end_told": False,
}


def blank(peer: Peer, customer: Object, currency: str) -> Object:
    sub = peer.add("subscription", "sub", **BLANK, currency=currency, customer=customer["id"])
    sub["billing_mode"]["updated_at"] = peer.now
    sub |= {"billing_cycle_anchor": peer.now, "start_date": peer.now}
    return sub


def begin(peer: Peer, sub: Object, behavior: str) -> Object:
    """The first invoice: of a trial, free; else paid at once unless the caller confirms the payment."""
    items = changes.items_of(peer, sub)
    if sub["trial_end"]:
        sub["status"] = "trialing"
        if behavior == "default_incomplete" and not invoices.method_for(peer, sub):
            sub["pending_setup_intent"] = setup_intents.make(peer, sub["customer"])["id"]
            peer.objects[sub["pending_setup_intent"]]["_subscription"] = sub["id"]
        entries = lines.of_trial(peer, sub, items)
    else:
        entries = lines.of_period(peer, sub, items)
    invoice = invoices.draft(peer, sub, entries, "subscription_create", (peer.now, peer.now))
    sub["latest_invoice"] = invoice["id"]
    peer.emit("customer.subscription.created", sub)
    invoices.finalize(peer, invoice)
    if invoice["status"] == "open" and behavior != "default_incomplete":
        invoices.collect(peer, invoice, off_session=False)
    return sub


def paid(peer: Peer, invoice: Object) -> None:
    """A paid invoice brings a subscription into force, or back into it when it is the last one."""
    sub = peer.objects[invoice["_subscription"]]
    peer.objects[sub["customer"]]["delinquent"] = False
    if sub["status"] not in ("incomplete", "past_due", "unpaid", "paused") or sub["latest_invoice"] != invoice["id"]:
        return
    members: dict[str, Any] = {"status": "active"}
    intent = peer.objects.get(invoice["_payment_intent"] or "")
    if intent and sub["payment_settings"]["save_default_payment_method"] == "on_subscription":
        members["default_payment_method"] = intent["payment_method"]
    peer.change(sub, UPDATED, **members)


def unpaid(peer: Peer, invoice: Object) -> None:
    """An attempt failed: behind, or, when it was the last attempt, what `after_retries` says."""
    sub = peer.objects[invoice["_subscription"]]
    peer.objects[sub["customer"]]["delinquent"] = True
    if sub["status"] not in ("active", "trialing", "past_due"):
        return
    peer.change(sub, UPDATED, status="past_due")
    if invoice["attempt_count"] > len(invoices.RETRY_DAYS):
        if peer.after_retries == "cancel":
            end(peer, sub, {"reason": "payment_failed"})
        else:
            peer.change(sub, UPDATED, status=peer.after_retries)


def voided(peer: Peer, invoice: Object) -> None:
    sub = peer.objects[invoice["_subscription"]]
    if sub["status"] == "incomplete":
        peer.change(sub, UPDATED, status="incomplete_expired", ended_at=peer.now)
    elif sub["status"] == "past_due":
        paid(peer, invoice)


def set_up(peer: Peer, intent: Object) -> None:
    """The card of a trial is kept."""
    sub = peer.objects.get(intent.get("_subscription", ""))
    if sub:
        peer.change(sub, UPDATED, default_payment_method=intent["payment_method"], pending_setup_intent=None)


def end(peer: Peer, sub: Object, details: dict[str, Any] | None = None) -> Object:
    """At once; invoices that are open stay so, but nobody tries them again."""
    if sub["status"] == "incomplete":
        expire(peer, sub)
        return sub
    for each in peer.all("invoice", lambda each: each["_subscription"] == sub["id"]):
        if each["status"] in ("draft", "open"):
            peer.change(each, auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)
    members = {"cancellation_details": sub["cancellation_details"] | (details or {}), "ended_at": peer.now}
    peer.change(sub, status="canceled", canceled_at=sub["canceled_at"] or peer.now, **members)
    peer.emit("customer.subscription.deleted", sub)
    return sub


def expire(peer: Peer, sub: Object) -> None:
    """Never paid: the first invoice is void, and with it the subscription."""
    invoices.void(peer, peer.objects[sub["latest_invoice"]])


def planned_end(peer: Peer, sub: Object, given: dict[str, Any]) -> dict[str, Any]:
    """Members for an end at the period's end, at a moment, or not at all after all."""
    if "cancel_at_period_end" not in given and "cancel_at" not in given:
        return {}
    at = given.get("cancel_at")
    at_period_end = bool(given.get("cancel_at_period_end"))
    if at_period_end:
        items = changes.items_of(peer, sub)
        at = items[0]["current_period_end"] if items else None
    asked = {"comment": None, "feedback": None, "reason": "cancellation_requested" if at or at_period_end else None}
    now = peer.now if at or at_period_end else None
    return {"cancel_at": at, "cancel_at_period_end": at_period_end, "canceled_at": now, "cancellation_details": asked}


def resume(peer: Peer, sub: Object) -> None:
    """A new period from now, to be paid."""
    plan = changes.plan(peer, sub, [], behavior="none", at=peer.now, reset=True)
    changes.keep(peer, plan)
    peer.change(sub, billing_cycle_anchor=peer.now)
    charge_now(peer, sub, lines.of_period(peer, sub, plan.new))
    peer.emit("customer.subscription.resumed", sub)


def charge_now(
    peer: Peer, sub: Object, entries: list[lines.Entry], *, collect: bool = True, off_session: bool = False
) -> None:
    """Invoice a change; a subscription that runs is past due until it is paid."""
    invoice = invoices.draft(peer, sub, entries, "subscription_update", (peer.now, peer.now))
    sub["latest_invoice"] = invoice["id"]
    invoices.finalize(peer, invoice)
    if invoice["status"] == "open" and collect:
        invoices.collect(peer, invoice, off_session=off_session)
    if invoice["status"] == "open" and sub["status"] == "active":
        peer.change(sub, UPDATED, status="past_due")
