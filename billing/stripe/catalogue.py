"""What is sold (billing.offers), as products and prices in Stripe.

Each offer has a product of a known id and, under its own id as lookup key, one price in every currency. A price that is
sold cannot be changed, so another amount is another price, to which the lookup key moves; whoever subscribed keeps the
old one. Whatever is ours and no longer sold is archived. To do it again changes nothing, and goes on where it stopped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from stripe import Price, Product, StripeClient

from billing.money import CURRENCIES
from billing.offers import Offer, PlanTime, offers
from billing.stripe.client import asking

OURS = "payband_"  # how the ids of our products begin
MARK = "payband_offer"  # in the metadata of what is ours, with the offer's id
PAGE = 100
Kind = Literal[
    "create product",
    "rename product",
    "create price",
    "replace price",
    "archive price",
    "archive product",
    "create meter",
]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Change:
    """One thing to do. `detail` is for who reads the difference; `object_id` names what there is already."""

    kind: Kind
    offer_id: str
    detail: str
    object_id: str | None = None


@dataclass(frozen=True)
class There:
    """What of ours is active in Stripe: products by their ids, prices by theirs, and by lookup key."""

    products: dict[str, Product]
    prices: dict[str, Price]

    @property
    def current(self) -> dict[str, Price]:
        """The prices that are found by an offer's id."""
        return {price.lookup_key: price for price in self.prices.values() if price.lookup_key is not None}


def product_id(offer: Offer) -> str:
    """The id of an offer's product."""
    return f"{OURS}{offer.id}"


def offer_of(product_id: str) -> str | None:
    """The offer's id that a product's id tells; also one that is sold no longer, and None for no product of ours."""
    return product_id.removeprefix(OURS) if product_id.startswith(OURS) else None


def read(client: StripeClient) -> There:
    """What is there. Raises Retriable, Permanent or BadInput."""
    with asking():
        products = client.v1.products.list({"active": True, "limit": PAGE}).auto_paging_iter()
        asked: Any = {"active": True, "limit": PAGE, "expand": ["data.currency_options"]}
        prices = client.v1.prices.list(asked).auto_paging_iter()
        return There(
            {each.id: each for each in products if _mark(each) is not None},
            {each.id: each for each in prices if _mark(each) is not None},
        )


def differences(there: There) -> list[Change]:
    """What is to be done, in the order in which it is to be done."""
    sold = offers()
    wanted = [change for offer in sold.values() for change in _of(offer, there)]
    return [*wanted, *_left(there, {change.offer_id for change in wanted if change.kind == "replace price"})]


def bring(client: StripeClient) -> None:
    """Whatever is not as it is sold here, where nobody need look at the differences first. Raises what `apply` does."""
    apply(client, differences(read(client)), lambda *_: None)


def apply(client: StripeClient, changes: list[Change], progress: Progress) -> None:
    """Do it. Raises Retriable, Permanent or BadInput; what was done until then stays done."""
    carry_out(changes, lambda change: _do(client, change), progress)


def carry_out(changes: list[Change], do: Callable[[Change], None], progress: Progress) -> None:
    """One change after the other. Raises Retriable, Permanent or BadInput; what was done until then stays done."""
    for done, change in enumerate(changes):
        progress(f"{change.kind} {change.offer_id}", done, len(changes))
        with asking():
            do(change)
    progress("done", len(changes), len(changes))


def _of(offer: Offer, there: There) -> Iterator[Change]:
    product, price = there.products.get(product_id(offer)), there.current.get(offer.id)
    if product is None:
        yield Change("create product", offer.id, offer.title)
    elif product.name != offer.title:
        yield Change("rename product", offer.id, f"{product.name} -> {offer.title}", product.id)
    if price is None:
        yield Change("create price", offer.id, _amounts(_wanted(offer)))
    elif _told(price) != (told := _wanted(offer)):
        before = {code: amount for code, amount in _told(price)[1].items() if told[1].get(code) != amount}
        yield Change("replace price", offer.id, f"{_amounts((told[0], before))} -> {_amounts(told)}", price.id)


def _left(there: There, replaced: set[str]) -> Iterator[Change]:
    """Ours, active, and found by nothing that is sold; a price that is replaced just now is archived with that."""
    sold = offers()
    for price in there.prices.values():
        if price.lookup_key not in sold:
            yield Change("archive price", _mark(price) or "", "sold no longer", price.id)
    for id, product in there.products.items():
        if id not in map(product_id, sold.values()):
            yield Change("archive product", _mark(product) or "", "sold no longer", id)


def _mark(of: Price | Product) -> str | None:
    """The id of the offer that it was made for; None for what is not ours."""
    found: str | None = (of.to_dict().get("metadata") or {}).get(MARK)
    return found


Sold = tuple[str, dict[str, int]]  # how often it is paid, and minor units by currency


def _wanted(offer: Offer) -> Sold:
    return _interval(offer), {code.lower(): offer.prices.in_(code).minor for code in CURRENCIES}


def _told(price: Price) -> Sold:
    recurring = price.recurring
    interval = f"{recurring.interval_count} {recurring.interval}" if recurring else "once"
    options = price.to_dict().get("currency_options") or {}
    return interval, {code: option["unit_amount"] for code, option in options.items()}


def _interval(offer: Offer) -> str:
    months = offer.of.period.months if isinstance(offer.of, PlanTime) else None
    return "once" if months is None else "1 year" if months == 12 else f"{months} month"


def _amounts(sold: Sold) -> str:
    interval, amounts = sold
    every = "" if interval == "once" else f" every {interval.removeprefix('1 ')}"
    return ", ".join(f"{amount // 100}.{amount % 100:02d} {code.upper()}" for code, amount in amounts.items()) + every


def _do(client: StripeClient, change: Change) -> None:
    offer = offers().get(change.offer_id)
    if change.kind == "archive price":
        client.v1.prices.update(change.object_id or "", {"active": False})
    elif change.kind == "archive product":
        client.v1.products.update(change.object_id or "", {"active": False})
    elif offer is not None:
        if change.kind == "create product":
            _put_product(client, offer)
        elif change.kind == "rename product":
            client.v1.products.update(product_id(offer), {"name": offer.title})
        else:
            _create_price(client, offer)
            if change.object_id is not None:
                client.v1.prices.update(change.object_id, {"active": False})


def _put_product(client: StripeClient, offer: Offer) -> None:
    """Make it, or take it out of the archive: an offer that is sold again has its old product."""
    named = {"name": offer.title, "metadata": {MARK: offer.id}}
    asked: Any = {"ids": [product_id(offer)], "limit": 1}
    if client.v1.products.list(asked).data:
        again: Any = {**named, "active": True}
        client.v1.products.update(product_id(offer), again)
        return
    new: Any = {**named, "id": product_id(offer)}
    client.v1.products.create(new)


def _create_price(client: StripeClient, offer: Offer) -> None:
    """Inclusive of tax: what the price list says is what is paid."""
    interval, amounts = _wanted(offer)
    asked: Any = {
        "product": product_id(offer),
        "lookup_key": offer.id,
        "transfer_lookup_key": True,
        "currency": "usd",
        "unit_amount": amounts.pop("usd"),
        "tax_behavior": "inclusive",
        "currency_options": {
            code: {"unit_amount": amount, "tax_behavior": "inclusive"} for code, amount in amounts.items()
        },
        "metadata": {MARK: offer.id},
    }
    if interval != "once":
        count, unit = interval.split()
        asked["recurring"] = {"interval": unit, "interval_count": int(count)}
    client.v1.prices.create(asked)
