"""The clock: moving it does everything that falls due on the way, in order."""

from collections.abc import Callable, Iterator

from tests.peers.stripe import changes, checkout, invoices, lifecycle, lines, refunds
from tests.peers.stripe.peer import Object, Peer

DAY_S = 86400
TRIAL_WARNING_S, INCOMPLETE_S = 3 * DAY_S, 23 * 3600
Due = tuple[int, Callable[[Peer, Object], object], Object]


def advance(peer: Peer, to: int) -> None:
    """Move to a moment, in seconds since 1970. Moving back does nothing."""
    with peer.lock:
        while due := min((each for each in _due(peer) if each[0] <= to), key=lambda each: each[0], default=None):
            at, happen, about = due
            peer.now = max(peer.now, at)
            happen(peer, about)
        peer.now = max(peer.now, to)


def _due(peer: Peer) -> Iterator[Due]:
    """What falls due at one moment happens in this order."""
    for sub in reversed(peer.all("subscription")):
        yield from _of_subscription(peer, sub)
    for invoice in reversed(peer.all("invoice")):
        if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
            yield invoice["automatically_finalizes_at"], _finalize, invoice
        elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], invoices.collect, invoice
    for refund in reversed(peer.all("refund", lambda each: each["_settles_at"] is not None)):
        yield refund["_settles_at"], refunds.settle, refund
    for session in reversed(peer.all("checkout.session", lambda each: each["status"] == "open")):
        yield session["expires_at"], checkout.expired, session


def _of_subscription(peer: Peer, sub: Object) -> Iterator[Due]:
    status = sub["status"]
    if status == "incomplete":
        yield sub["created"] + INCOMPLETE_S, lifecycle.expire, sub
    if status not in ("trialing", "active", "past_due", "unpaid"):
        return
    if sub["cancel_at"]:
        yield sub["cancel_at"], lifecycle.end, sub
    if status == "trialing" and not sub["_trial_end_told"]:
        yield sub["trial_end"] - TRIAL_WARNING_S, _warn, sub
    yield changes.items_of(peer, sub)[0]["current_period_end"], _renew, sub


def _warn(peer: Peer, sub: Object) -> None:
    sub["_trial_end_told"] = True
    peer.emit("customer.subscription.trial_will_end", sub)


def _renew(peer: Peer, sub: Object) -> None:
    """The next period begins; its invoice is a draft for an hour. After a trial, only with something to charge."""
    status = sub["status"]
    if status == "trialing" and not invoices.method_for(peer, sub):
        wanted = sub["trial_settings"]["end_behavior"]["missing_payment_method"]
        if wanted == "cancel":
            lifecycle.end(peer, sub)
            return
        if wanted == "pause":
            peer.change(sub, status="paused")
            peer.emit("customer.subscription.paused", sub)
            return
    before = peer.render(sub)
    old = changes.items_of(peer, sub)
    usage = lines.of_usage(peer, sub, old)
    new = [changes.following(peer, sub, each) for each in old]
    changes.keep(peer, changes.Plan(old, new, reset=False))
    span = (old[0]["current_period_start"], old[0]["current_period_end"])
    invoice = invoices.draft(peer, sub, usage + lines.of_period(peer, sub, new), "subscription_cycle", span)
    waits = status != "unpaid"
    peer.change(invoice, auto_advance=waits, automatically_finalizes_at=peer.now + invoices.DRAFT_S if waits else None)
    sub |= {"latest_invoice": invoice["id"], "status": "active" if status == "trialing" else status}
    after = peer.render(sub)
    previous = {name: before[name] for name in after if before[name] != after[name]}
    peer.emit(lifecycle.UPDATED, sub, previous)


def _finalize(peer: Peer, invoice: Object) -> None:
    if invoice["billing_reason"] == "subscription_cycle":
        invoices.take_late_usage(peer, invoice)
    invoices.finalize(peer, invoice)
    if invoice["status"] == "open":
        invoices.collect(peer, invoice)
