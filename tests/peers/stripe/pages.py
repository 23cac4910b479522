"""The pages that a buyer sees: checkout, the bank's question, the portal. Plain HTML, marked as a stand-in."""

from html import escape
from urllib.parse import parse_qs

from tests.peers.stripe import buying, cards, payments, setup_intents, subscriptions
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.peer import Object, Peer

Shown = tuple[int, str, str | None]  # status, HTML, where to go instead


def show(peer: Peer, method: str, path: str, body: str) -> Shown:
    given = {name: values[-1] for name, values in parse_qs(body).items()}
    for start, page in PAGES.items():
        if path.startswith(start):
            with peer.lock:
                found = peer.objects.get(path.removeprefix(start))
                return page(peer, found, given, method == "POST") if found else _page("There is no such page.", 404)
    return _page("There is no such page.", 404)


def _page(content: str, status: int = 200) -> Shown:
    head = "<!doctype html><meta charset=utf-8><title>Stripe stand-in</title>"
    note = "<p><strong>Demo: no money moves.</strong> A stand-in for Stripe; no real card works here.</p>"
    return status, f"{head}{note}{content}", None


def _go(where: str | None) -> Shown:
    return (303, "", where) if where else _page("<p>Done.</p>")


def _form(*fields: str, action: str = "") -> str:
    return f'<form method=post action="{escape(action)}">{"".join(fields)}</form>'


def _button(name: str, text: str) -> str:
    return f'<button name=do value="{name}">{escape(text)}</button>'


def _checkout(peer: Peer, session: Object, given: dict[str, str], acts: bool) -> Shown:
    if session["status"] != "open":
        return _page(f"<p>This session is {session['status']}.</p>")
    if not acts:
        return _page(_order(peer, session))
    if given.get("do") == "leave":
        return _go(session["cancel_url"])
    back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    card, email = given.get("card", ""), given.get("email") or None
    try:
        buying.complete(peer, session, card, email, confirmed=given.get("do") == "confirm")
    except Refusal as refusal:
        if refusal.error.get("code") == "authentication_required":
            return _page(_question(card, email))
        return _page(f"<p role=alert>{escape(str(refusal))}</p>{_order(peer, session)}", 402)
    return _go(back)


def _order(peer: Peer, session: Object) -> str:
    lines = [peer.objects[each] for each in session["_line_items"]]
    rows = "".join(
        f"<li>{escape(each['description'])}: {_amount(each['amount_total'], each['currency'])}" for each in lines
    )
    chosen = "".join(f"<option value={card.number}>{card.number} {escape(name)}" for name, card in cards.CARDS.items())
    email = "" if session["customer"] else "<label>E-mail <input name=email type=email></label>"
    card = f"<label>Card <select name=card>{chosen}</select></label>"
    total = f"<p>Now due: {_amount(session['amount_total'], session['currency'])}"
    return f"<ul>{rows}</ul>{total}{_form(email, card, _button('pay', 'Pay'), _button('leave', 'Back'))}"


def _amount(minor: int, currency: str) -> str:
    return f"{minor // 100}.{minor % 100:02d} {currency.upper()}"


def _question(card: str, email: str | None) -> str:
    hidden = {"card": card, "email": email or ""}
    kept = [f'<input type=hidden name={name} value="{escape(value)}">' for name, value in hidden.items()]
    form = _form(*kept, _button("confirm", "Confirm"), _button("leave", "Refuse"))
    return f"<p>Your bank asks you to confirm.</p>{form}"


def _authenticate(peer: Peer, intent: Object, given: dict[str, str], acts: bool) -> Shown:
    if intent["object"] not in ("payment_intent", "setup_intent") or intent["status"] != "requires_action":
        return _page("<p>There is nothing to confirm.</p>")
    if not acts:
        return _page(
            _form("<p>Your bank asks you to confirm.</p>", _button("confirm", "Confirm"), _button("no", "Refuse"))
        )
    answer(peer, intent, confirmed=given.get("do") == "confirm")
    return _go(intent.get("_return_url"))


def answer(peer: Peer, intent: Object, *, confirmed: bool) -> None:
    """What the holder of the card said to 3-D Secure."""
    module = payments if intent["object"] == "payment_intent" else setup_intents
    module.authenticated(peer, intent, confirmed=confirmed)


def _portal(peer: Peer, session: Object, given: dict[str, str], acts: bool) -> Shown:
    running = [
        sub
        for sub in peer.all("subscription", lambda sub: sub["customer"] == session["customer"])
        if sub["status"] not in subscriptions.ENDED
    ]
    if acts and given.get("do") == "back":
        return _go(session["return_url"])
    if acts and (sub := next((each for each in running if each["id"] == given.get("subscription")), None)):
        subscriptions.update(peer, sub["id"], {"cancel_at_period_end": given.get("do") == "cancel"})
    rows = []
    for sub in running:
        name = f'<input type=hidden name=subscription value="{sub["id"]}">'
        button = _button("keep", "Keep") if sub["cancel_at_period_end"] else _button("cancel", "Cancel at the end")
        rows.append(f"<li>{sub['id']}: {sub['status']} {_form(name, button)}")
    return _page(f"<ul>{''.join(rows)}</ul>{_form(_button('back', 'Back'))}")


PAGES = {"/c/pay/": _checkout, "/authenticate/": _authenticate, "/p/session/": _portal}
