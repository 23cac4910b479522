"""Payments under way: what a card does to a payment intent, and the charges that come of it."""

from tests.peers.stripe import cards, payment_methods
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.peer import Object, Peer


def verdict(method: Object, *, authenticated: bool, off_session: bool) -> Refusal | str | None:
    """None when the card pays, `authenticate` when its holder must confirm, else why it does not."""
    card = payment_methods.card_of(method)
    asks = card.authenticates == "always" or (card.authenticates == "until_set_up" and not method["_set_up"])
    if asks and not authenticated and not method.get("_confirmed"):
        return cards.decline("authentication_required") if off_session else "authenticate"
    return cards.decline(card.declines) if card.declines else None


def attempt(peer: Peer, intent: Object, *, off_session: bool) -> Refusal | None:
    """Try to pay with the intent's payment method. Gives the refusal of a card that was declined."""
    method = peer.objects[intent["payment_method"]]
    said = verdict(method, authenticated=intent["_authenticated"], off_session=off_session)
    if said == "authenticate":
        peer.change(intent, status="requires_action", next_action=_next_action(peer, intent))
        peer.emit("payment_intent.requires_action", intent)
        return None
    if isinstance(said, Refusal):
        return failed(peer, intent, said)
    made = charge(peer, intent, method)
    method["_set_up"] = method["_set_up"] or intent["setup_future_usage"] == "off_session"
    peer.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=made["id"],
        next_action=None,
        last_payment_error=None,
    )
    if intent["setup_future_usage"] and intent["customer"]:
        payment_methods.bring(peer, method["id"], intent["customer"])
    peer.emit("charge.succeeded", made)
    peer.emit("payment_intent.succeeded", intent)
    return None


def failed(peer: Peer, intent: Object, refusal: Refusal) -> Refusal:
    """Note a decline on the intent, which then waits for another payment method."""
    method = peer.objects[intent["payment_method"]]
    made = charge(peer, intent, method, refusal)
    refusal.error |= {"charge": made["id"], "payment_method": peer.render(method)}
    peer.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        latest_charge=made["id"],
        next_action=None,
        last_payment_error=dict(refusal.error),
        _authenticated=False,
    )
    refusal.error["payment_intent"] = peer.render(intent)
    peer.emit("charge.failed", made)
    peer.emit("payment_intent.payment_failed", intent)
    return refusal


def _next_action(peer: Peer, intent: Object) -> Object:
    if not intent["_return_url"]:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    to = {"url": f"{peer.url}/authenticate/{intent['id']}", "return_url": intent["_return_url"]}
    return {"type": "redirect_to_url", "redirect_to_url": to}


def authenticated(peer: Peer, intent: Object, *, confirmed: bool) -> None:
    """The holder of the card came back from 3-D Secure."""
    if confirmed:
        intent["_authenticated"] = True
        attempt(peer, intent, off_session=False)
        return
    message = "The provided PaymentMethod has failed authentication."
    failed(peer, intent, Refusal(402, "card_error", message, code="payment_intent_authentication_failure"))


def charge(peer: Peer, intent: Object, method: Object, refusal: Refusal | None = None) -> Object:
    card = payment_methods.card_of(method)
    why = refusal.error if refusal else {}
    outcome = {"type": "issuer_declined" if refusal else "authorized", "reason": why.get("decline_code")}
    status = {"network_status": "declined_by_network" if refusal else "approved_by_network"}
    return peer.add(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=0 if refusal else intent["amount"],
        amount_refunded=0,
        billing_details=method["billing_details"],
        captured=not refusal,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=why.get("code"),
        failure_message=why.get("message"),
        metadata=dict(intent["metadata"]),
        outcome=outcome | status | {"seller_message": why.get("message", "Payment complete.")},
        paid=not refusal,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": payment_methods.shown(card) | {"network": card.brand}},
        receipt_email=intent["receipt_email"],
        receipt_url=f"{peer.url}/receipts/{intent['id']}",
        refunded=False,
        status="failed" if refusal else "succeeded",
    )
