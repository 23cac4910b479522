"""What a change of a subscription's items comes to: the items after it, and its cost for the rest of the period."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from tests.peers.stripe import lines, periods, prices
from tests.peers.stripe.answers import merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

ProrationBehavior = Literal["always_invoice", "create_prorations", "none"]


class Item(TypedDict, total=False):
    """An item to add, or with its `id` to change or to remove."""

    deleted: bool
    id: str
    metadata: dict[str, str]
    price: str
    price_data: prices.Data
    quantity: int


@dataclass
class Plan:
    """`new` are copies, not yet kept. `reset`: a new period begins at once."""

    old: list[Object]
    new: list[Object]
    reset: bool
    prorations: list[lines.Entry] = field(default_factory=list)


def items_of(peer: Peer, sub: Object) -> list[Object]:
    return list(reversed(peer.all("subscription_item", lambda item: item["subscription"] == sub["id"])))


def item(peer: Peer, sub: Object, given: Any, span: tuple[int, int], had: str | None = None) -> Object:
    """A new item. Raises Refusal for a price that cannot be subscribed to in this currency."""
    price = _price(peer, given, had)
    if price["recurring"]["usage_type"] == "metered":
        if "quantity" in given:
            raise invalid("You cannot set the quantity of a metered price.", param="items[quantity]")
        amount: dict[str, Any] = {}
    else:
        amount = {"quantity": _quantity(given.get("quantity", 1))}
    prices.amount_in(price, sub["currency"])
    made = peer.add(
        "subscription_item",
        "si",
        current_period_start=span[0],
        current_period_end=span[1],
        discounts=[],
        metadata=merged({}, given.get("metadata", {})),
        price=price["id"],
        subscription=sub["id"],
        tax_rates=[],
        **amount,
    )
    return peer.objects.pop(str(made["id"]))


def _quantity(given: int) -> int:
    if given < 0:
        raise invalid(f"Invalid quantity: {given}", param="items[quantity]", code="parameter_invalid_integer")
    return given


def _price(peer: Peer, given: Any, had: str | None) -> Object:
    if had is not None and given.get("price") == had:
        return peer.objects[had]  # one that is no longer sold stays with who has it
    if "price_data" in given:
        return prices.make(peer, dict(given["price_data"]) | {"active": False})
    if not given.get("price"):
        raise invalid("Missing required param: items[0][price].", param="items[0][price]", code="parameter_missing")
    price = peer.get("price", given["price"], param="items[0][price]")
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.", param="items[0][price]"
        )
    if price["type"] != "recurring":
        message = (
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
        )
        raise invalid(message, param="items[0][price]")
    return price


def plan(peer: Peer, sub: Object, given: list[Any], *, behavior: str, at: int, reset: bool) -> Plan:
    """What the change would come to; nothing is changed yet. Raises Refusal for a change that cannot be."""
    old = items_of(peer, sub)
    span = (old[0]["current_period_start"], old[0]["current_period_end"])
    new = {each["id"]: dict(each) for each in old}
    for asked in given:
        if "id" not in asked:
            added = item(peer, sub, asked, span)
            new[added["id"]] = added
        elif asked["id"] not in new:
            raise invalid(f"Invalid subscription_item id: {asked['id']}", param="items[0][id]", code="resource_missing")
        elif asked.get("deleted"):
            del new[asked["id"]]
        else:
            new[asked["id"]] |= _changed(peer, sub, new[asked["id"]], asked, span)
    made = Plan(old, check(peer, list(new.values())), reset)
    trialing = sub["status"] == "trialing"
    if not trialing:
        made.reset = reset or _starts_anew(peer, sub, made)
    if behavior != "none" and sub["status"] in ("active", "past_due"):
        if not span[0] <= at <= span[1]:
            raise invalid("The proration date must be within the current period.", param="proration_date")
        made.prorations = _prorations(peer, sub, made, at)
    if made.reset:
        end = periods.after(peer.now, recurring_of(peer, made.new), peer.now)
        made.new = [each | {"current_period_start": peer.now, "current_period_end": end} for each in made.new]
    return made


def _changed(peer: Peer, sub: Object, was: Object, asked: Any, span: tuple[int, int]) -> Object:
    if "price" not in asked and "price_data" not in asked:
        asked = asked | {"price": was["price"]}
    usual = {"quantity": was["quantity"]} if "quantity" in was else {}
    made = item(peer, sub, usual | asked, span, was["price"])
    metadata = merged(was["metadata"], asked["metadata"]) if "metadata" in asked else was["metadata"]
    return made | {"id": was["id"], "created": was["created"], "metadata": metadata}


def check(peer: Peer, items: list[Object]) -> list[Object]:
    """The items. Raises Refusal for none, the same price twice, or periods of different length."""
    if not items:
        raise invalid("A subscription must have at least one active item.", param="items")
    if len({each["price"] for each in items}) < len(items):
        raise invalid("A price can be used by one item of a subscription only.", param="items")
    lengths = {(each["interval"], each["interval_count"]) for each in (recurring_of(peer, [i]) for i in items)}
    if len(lengths) > 1:
        raise invalid("All prices of a subscription must have the same interval.", param="items")
    return items


def recurring_of(peer: Peer, items: list[Object]) -> dict[str, Any]:
    return dict(peer.objects[items[0]["price"]]["recurring"])


def _starts_anew(peer: Peer, sub: Object, made: Plan) -> bool:
    """Another length of period, or the first one to be paid, begins now."""
    was, becomes = recurring_of(peer, made.old), recurring_of(peer, made.new)
    longer = any(was[name] != becomes[name] for name in ("interval", "interval_count"))
    was_free = not any(lines.cost(peer, sub, each) for each in made.old)
    return longer or (was_free and any(lines.cost(peer, sub, each) for each in made.new))


def _prorations(peer: Peer, sub: Object, made: Plan, at: int) -> list[lines.Entry]:
    if made.reset:
        return lines.of_change(peer, sub, made.old, [], at)
    kept = {(each["id"], each["price"], each.get("quantity")) for each in made.old} & {
        (each["id"], each["price"], each.get("quantity")) for each in made.new
    }
    names = {identifier for identifier, _, _ in kept}
    old = [each for each in made.old if each["id"] not in names]
    new = [each for each in made.new if each["id"] not in names]
    return lines.of_change(peer, sub, old, new, at)


def following(peer: Peer, sub: Object, item: Object) -> Object:
    """The item in its next period."""
    start = item["current_period_end"]
    end = periods.after(sub["billing_cycle_anchor"], recurring_of(peer, [item]), start)
    return item | {"current_period_start": start, "current_period_end": end}


def keep(peer: Peer, made: Plan) -> None:
    """Put the items of a plan into force."""
    for each in made.old:
        del peer.objects[each["id"]]
    peer.objects.update({each["id"]: each for each in made.new})
