"""What an invoice is made of: lines of a period, of usage, of a change within a period."""

from typing import Any

from tests.peers.stripe import meters, periods, prices
from tests.peers.stripe.peer import Object, Peer

Entry = dict[str, Any]  # what becomes a line, or waits as an invoice item


def entry(peer: Peer, sub: Object, item: Object, amount: int, text: str, span: tuple[int, int], **more: Any) -> Entry:
    return {
        "amount": amount,
        "currency": sub["currency"],
        "description": text,
        "item": item["id"],
        "period": {"start": span[0], "end": span[1]},
        "price": item["price"],
        "quantity": item.get("quantity"),
        "subscription": sub["id"],
        "proration": False,
    } | more


def name_of(peer: Peer, item: Object) -> str:
    return str(peer.objects[peer.objects[item["price"]]["product"]]["name"])


def cost(peer: Peer, sub: Object, item: Object) -> int:
    """Minor units of one period of an item; 0 for what is metered."""
    price = peer.objects[item["price"]]
    if price["recurring"]["usage_type"] == "metered":
        return 0
    return periods.whole(prices.amount_in(price, sub["currency"]) * int(item["quantity"]))


def of_period(peer: Peer, sub: Object, items: list[Object]) -> list[Entry]:
    """A period in advance. Of what is metered nothing is known yet."""
    made = []
    for item in items:
        recurring = peer.objects[item["price"]]["recurring"]
        if recurring["usage_type"] == "metered":
            continue
        span = (item["current_period_start"], item["current_period_end"])
        text = f"{item['quantity']} × {name_of(peer, item)}"
        made.append(entry(peer, sub, item, cost(peer, sub, item), text, span))
    return made


def of_trial(peer: Peer, sub: Object, items: list[Object]) -> list[Entry]:
    span = (sub["trial_start"], sub["trial_end"])
    texts = [(item, f"Free trial for {item.get('quantity', 1)} × {name_of(peer, item)}") for item in items]
    return [entry(peer, sub, item, 0, text, span) for item, text in texts]


def of_usage(peer: Peer, sub: Object, items: list[Object]) -> list[Entry]:
    """What was metered in the period that ends, in arrears."""
    made = []
    for item in items:
        price = peer.objects[item["price"]]
        if price["recurring"]["usage_type"] != "metered":
            continue
        span = (item["current_period_start"], item["current_period_end"])
        used = meters.total(peer, price["recurring"]["meter"], sub["customer"], *span)
        amount = periods.whole(used * prices.amount_in(price, sub["currency"]))
        made.append(entry(peer, sub, item, amount, f"{used} × {name_of(peer, item)}", span, quantity=used))
    return made


def of_change(peer: Peer, sub: Object, old: list[Object], new: list[Object], at: int) -> list[Entry]:
    """Credits for the rest of the period of `old`, debits for the rest of the period of `new`."""
    made = []
    for items, sign, words in ((old, -1, "Unused time on"), (new, 1, "Remaining time on")):
        for item in items:
            start, end = item["current_period_start"], item["current_period_end"]
            amount = sign * periods.share(cost(peer, sub, item), end - at, end - start)
            text = f"{words} {name_of(peer, item)} after {periods.day(at)}"
            if cost(peer, sub, item):
                made.append(entry(peer, sub, item, amount, text, (at, end), proration=True))
    return made


def pend(peer: Peer, sub: Object, entries: list[Entry]) -> None:
    """Keep entries for the subscription's next invoice."""
    for each in entries:
        made = peer.add(
            "invoiceitem",
            "ii",
            amount=each["amount"],
            currency=each["currency"],
            customer=sub["customer"],
            date=peer.now,
            description=each["description"],
            discountable=not each["proration"],
            discounts=[],
            invoice=None,
            metadata={},
            parent={
                "type": "subscription_details",
                "subscription_details": {"subscription": sub["id"], "subscription_item": each["item"]},
            },
            period=each["period"],
            pricing=_pricing(peer, each),
            proration=each["proration"],
            quantity=each["quantity"],
            tax_rates=[],
            _entry=each,
        )
        peer.emit("invoiceitem.created", made)


def pending(peer: Peer, sub: Object) -> list[Object]:
    found = peer.all(
        "invoiceitem", lambda each: each["invoice"] is None and each["_entry"]["subscription"] == sub["id"]
    )
    return list(reversed(found))


def line(peer: Peer, each: Entry, invoice: str, waited: str | None = None) -> Object:
    """A line of an invoice; `waited` is the invoice item that it was."""
    details = {"invoice_item": waited, "proration": each["proration"], "proration_details": {"credited_items": None}}
    details |= {"subscription": each["subscription"]}
    kind = "invoice_item_details" if waited else "subscription_item_details"
    parent = {"type": kind, "invoice_item_details": None, "subscription_item_details": None}
    parent[kind] = details if waited else details | {"subscription_item": each["item"]}
    return {
        "id": peer.identifier("il"),
        "object": "line_item",
        "amount": each["amount"],
        "currency": each["currency"],
        "description": each["description"],
        "discount_amounts": [],
        "discountable": not each["proration"],
        "discounts": [],
        "invoice": invoice,
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": each["period"],
        "pretax_credit_amounts": [],
        "pricing": _pricing(peer, each),
        "quantity": each["quantity"],
        "subscription": each["subscription"],
        "subtotal": each["amount"],
        "taxes": [],
    }


def _pricing(peer: Peer, each: Entry) -> dict[str, Any]:
    price = peer.objects[each["price"]]
    details = {"price": each["price"], "product": price["product"]}
    amount = prices.amount_in(price, each["currency"])
    return {"type": "price_details", "price_details": details, "unit_amount_decimal": f"{amount:f}"}
