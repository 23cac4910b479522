"""What a buyer does on the page of a checkout session: pays, is declined, confirms to the bank."""

from typing import Any

from tests.peers.stripe import checkout, customers, payment_intents, payment_methods, payments, subscriptions
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer


def complete(peer: Peer, session: Object, card: str, email: str | None = None, *, confirmed: bool = False) -> None:
    """The page was filled in. `card` is a number or a test name; `confirmed`: by 3-D Secure.

    Raises Refusal when the card is declined or its holder must confirm first; the session stays open.
    """
    if session["status"] != "open":
        raise invalid("This Checkout Session is no longer open.")
    asked = session["_asked"]
    method = _method(peer, card)
    said = payments.verdict(method, authenticated=confirmed, off_session=False)
    if said == "authenticate":
        raise Refusal(402, "card_error", "Your bank asks you to confirm.", code="authentication_required")
    if isinstance(said, Refusal) and not checkout.on_trial(asked):
        raise said
    if not session["customer"] and (asked["mode"] == "subscription" or session["customer_creation"] == "always"):
        made = customers.make(peer, {"email": email or session["customer_details"]["email"]})
        session["customer"] = made["id"]
    session["customer_details"] |= {"email": email or session["customer_details"]["email"]}
    method["_confirmed"] = confirmed  # by 3-D Secure, for what is paid now
    if asked["mode"] == "subscription":
        _subscribe(peer, session, method)
    else:
        _pay(peer, session, method)
    method["_confirmed"] = False
    status = "paid" if session["amount_total"] else "no_payment_required"
    peer.change(session, status="complete", payment_status=status, url=None)
    peer.emit("checkout.session.completed", session)


def _method(peer: Peer, card: str) -> Object:
    if card in peer.objects or not card.isdigit():
        return payment_methods.find(peer, card)
    return payment_methods.create(peer, {"type": "card", "card": {"number": card}})


def _subscribe(peer: Peer, session: Object, method: Object) -> None:
    payment_methods.bring(peer, method["id"], session["customer"])
    asked = session["_asked"]
    lines = [peer.objects[each] for each in session["_line_items"]]
    amounts = [{} if each["quantity"] is None else {"quantity": each["quantity"]} for each in lines]
    items = [{"price": each["price"]} | amount for each, amount in zip(lines, amounts, strict=True)]
    wanted: dict[str, Any] = {"customer": session["customer"], "items": items, "currency": session["currency"]}
    wanted |= {"default_payment_method": method["id"]} | asked.get("subscription_data", {})
    wanted |= {"automatic_tax": asked["automatic_tax"]} if "automatic_tax" in asked else {}
    method["_set_up"] = True
    sub = subscriptions.make(peer, wanted)
    session |= {"subscription": sub["id"], "invoice": sub["latest_invoice"]}


def _pay(peer: Peer, session: Object, method: Object) -> None:
    if not session["amount_total"]:
        return
    wanted = {"amount": session["amount_total"], "currency": session["currency"], "payment_method": method["id"]}
    wanted |= {"customer": session["customer"]} if session["customer"] else {}
    intent = payment_intents.make(peer, wanted | session["_asked"].get("payment_intent_data", {}))
    session["payment_intent"] = intent["id"]
    payments.attempt(peer, intent, off_session=False)
