"""The meter in Stripe, and the price of what it counts: one a month, in every currency, found by its lookup key.

As in billing.stripe.catalogue a price that changed is replaced, and who is subscribed to it keeps the old one. A meter
never changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from stripe import Price, StripeClient

from billing.money import CURRENCIES, Currency, Money
from billing.plans import OVERAGE, OVERAGE_REQUESTS
from billing.stripe.catalogue import OURS, PAGE, Change, Progress, carry_out
from billing.stripe.client import NotSetUp, asking

EVENT = "payband_overage"  # the name of what is reported
LOOKUP = "overage"
PRODUCT = f"{OURS}{LOOKUP}"
PLACES = 3  # of the price of one request, as it is set for 1,000
TITLE = "Requests above the plan's limit"


@dataclass(frozen=True)
class There:
    """What of it is active in Stripe; `meter` is its id."""

    meter: str | None
    product: bool
    price: Price | None


def read(client: StripeClient) -> There:
    """What is there. Raises Retriable, Permanent or BadInput."""
    with asking():
        products: Any = {"ids": [PRODUCT], "active": True, "limit": 1}
        return There(_meter(client), bool(client.v1.products.list(products).data), _price(client))


def differences(there: There) -> list[Change]:
    """What is to be done, in the order in which it is to be done."""
    return list(_differences(there))


def bring(client: StripeClient) -> None:
    """Whatever is not there, where nobody need look at the differences first. Raises what `apply` does."""
    apply(client, differences(read(client)), lambda *_: None)


def apply(client: StripeClient, changes: list[Change], progress: Progress) -> None:
    """Do it. Raises Retriable, Permanent or BadInput; what was done until then stays done."""
    carry_out(changes, lambda change: _do(client, change), progress)


def meter_of(client: StripeClient) -> str:
    """The meter's id. Raises NotSetUp where the catalogue was not brought to Stripe."""
    found = _meter(client)
    if found is None:
        raise NotSetUp("overage has no meter in Stripe: `payband billing sync` brings it there")
    return found


def price_in(client: StripeClient, currency: str) -> tuple[str, int]:
    """The price's id, and what 1,000 requests cost in minor units. Raises Permanent where there is none in Stripe."""
    price = _price(client)
    amount = _amounts(price).get(currency.lower()) if price is not None else None
    if price is None or amount is None:
        raise NotSetUp(f"overage has no price in {currency} in Stripe: `payband billing sync` brings it there")
    return price.id, amount


def _differences(there: There) -> Iterator[Change]:
    if there.meter is None:
        yield Change("create meter", LOOKUP, EVENT)
    if not there.product:
        yield Change("create product", LOOKUP, TITLE)
    wanted, price = _wanted(), there.price
    if price is None:
        yield Change("create price", LOOKUP, _text(wanted))
    elif (before := _amounts(price)) != wanted or (price.recurring and price.recurring.meter) != there.meter:
        changed = {code: amount for code, amount in before.items() if amount != wanted.get(code)}
        yield Change("replace price", LOOKUP, f"{_text(changed)} -> {_text(wanted)}", price.id)


def _meter(client: StripeClient) -> str | None:
    asked: Any = {"status": "active", "limit": PAGE}
    meters = client.v1.billing.meters.list(asked).auto_paging_iter()
    return next((each.id for each in meters if each.event_name == EVENT), None)


def _price(client: StripeClient) -> Price | None:
    asked: Any = {"lookup_keys": [LOOKUP], "active": True, "limit": 1, "expand": ["data.currency_options"]}
    return next(iter(client.v1.prices.list(asked).data), None)


def _amounts(price: Price) -> dict[str, int]:
    """What 1,000 requests cost, in minor units."""
    options = price.to_dict().get("currency_options") or {}
    return {code: _of_thousand(str(option["unit_amount_decimal"])) for code, option in options.items()}


def _of_thousand(one: str) -> int:
    whole, _, part = one.partition(".")
    return int(f"{whole}{part[:PLACES]:0<{PLACES}}")


def _of_one(thousand: int) -> str:
    """A price of 50 for 1,000 is one of 0.050: as text, which is exact."""
    return f"{thousand // OVERAGE_REQUESTS}.{thousand % OVERAGE_REQUESTS:0{PLACES}}"


def _wanted() -> dict[str, int]:
    return {code.lower(): OVERAGE.in_(code).minor for code in CURRENCIES}


def _text(amounts: dict[str, int]) -> str:
    told = (f"{Money(amount, cast(Currency, code.upper())).text} {code.upper()}" for code, amount in amounts.items())
    return f"{', '.join(told)} for {OVERAGE_REQUESTS:,}"


def _do(client: StripeClient, change: Change) -> None:
    if change.kind == "create meter":
        meter: Any = {"display_name": TITLE, "event_name": EVENT, "default_aggregation": {"formula": "sum"}}
        client.v1.billing.meters.create(meter)
    elif change.kind == "create product":
        _put_product(client)
    else:
        _create_price(client)
        if change.object_id is not None:
            client.v1.prices.update(change.object_id, {"active": False})


def _put_product(client: StripeClient) -> None:
    asked: Any = {"ids": [PRODUCT], "limit": 1}
    if client.v1.products.list(asked).data:
        client.v1.products.update(PRODUCT, {"name": TITLE, "active": True})
    else:
        client.v1.products.create({"id": PRODUCT, "name": TITLE})


def _create_price(client: StripeClient) -> None:
    """Inclusive of tax, as every price of ours."""
    amounts = _wanted()
    asked: Any = {
        "product": PRODUCT,
        "lookup_key": LOOKUP,
        "transfer_lookup_key": True,
        "currency": "usd",
        "unit_amount_decimal": _of_one(amounts.pop("usd")),
        "tax_behavior": "inclusive",
        "currency_options": {
            code: {"unit_amount_decimal": _of_one(amount), "tax_behavior": "inclusive"}
            for code, amount in amounts.items()
        },
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter_of(client)},
    }
    client.v1.prices.create(asked)
