"""Prices: one-off or recurring, in one currency or several."""

from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import answers, products
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

TaxBehavior = Literal["inclusive", "exclusive", "unspecified"]
MAX_AMOUNT = 99_999_999
SMALLEST = Decimal("1e-12")  # part of a minor unit
LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}  # three years


class Recurring(TypedDict, total=False):
    interval: Required[Literal["day", "week", "month", "year"]]
    interval_count: int
    meter: str
    usage_type: Literal["licensed", "metered"]


class ProductData(TypedDict, total=False):
    name: Required[str]
    metadata: dict[str, str]
    tax_code: str
    unit_label: str


class CurrencyOption(TypedDict, total=False):
    unit_amount: int
    unit_amount_decimal: str
    tax_behavior: TaxBehavior


class Given(TypedDict, total=False):
    active: bool
    currency_options: dict[str, CurrencyOption]
    lookup_key: str
    metadata: dict[str, str]
    nickname: str
    tax_behavior: TaxBehavior
    transfer_lookup_key: bool


class Data(TypedDict, total=False):
    """A price made in passing, as line items have it."""

    currency: Required[str]
    product: str
    product_data: ProductData
    recurring: Recurring
    tax_behavior: TaxBehavior
    unit_amount: int


class New(Given, total=False):
    billing_scheme: Literal["per_unit"]
    currency: Required[str]
    product: str
    product_data: ProductData
    recurring: Recurring
    unit_amount: int
    unit_amount_decimal: str


class WantedRecurring(TypedDict, total=False):
    interval: Literal["day", "week", "month", "year"]
    meter: str
    usage_type: Literal["licensed", "metered"]


class Wanted(Page, total=False):
    active: bool
    currency: str
    lookup_keys: list[str]
    product: str
    recurring: WantedRecurring
    type: Literal["one_time", "recurring"]


def create(peer: Peer, given: New) -> Object:
    return make(peer, dict(given))


def make(peer: Peer, given: dict[str, Any]) -> Object:
    code = currency(given["currency"])
    amount = _amount(given)
    recurring = _recurring(peer, given.get("recurring"))
    options = _options(code, amount, given)
    key = _lookup_key(peer, None, given)
    price = peer.add(
        "price",
        "price",
        active=given.get("active", True),
        billing_scheme="per_unit",
        currency=code,
        custom_unit_amount=None,
        lookup_key=key,
        metadata=merged({}, given.get("metadata", {})),
        nickname=given.get("nickname"),
        product=_product(peer, given),
        recurring=recurring,
        tax_behavior=given.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        **_shown(amount),
        _currency_options=options,
    )
    peer.emit("price.created", price)
    return price


def currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise invalid(f"Invalid currency: {code}.", param="currency")
    return code.lower()


def _amount(given: dict[str, Any], at: str = "{}") -> Decimal:
    """Minor units of one unit, of which a decimal amount has at most twelve places."""
    param = at.format("unit_amount")
    if ("unit_amount" in given) and ("unit_amount_decimal" in given):
        raise invalid("You may only specify one of these parameters: unit_amount, unit_amount_decimal.", param=param)
    try:
        amount = Decimal(given.get("unit_amount_decimal", given.get("unit_amount", "")))
    except InvalidOperation:
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing") from None
    if not 0 <= amount <= MAX_AMOUNT or amount != amount.quantize(SMALLEST):
        raise invalid(f"Invalid amount: {amount}", param=param, code="parameter_invalid_integer")
    return amount


def _shown(amount: Decimal) -> dict[str, Any]:
    whole = amount == amount.to_integral_value()
    return {"unit_amount": int(amount) if whole else None, "unit_amount_decimal": f"{amount.normalize():f}"}


def _product(peer: Peer, given: dict[str, Any]) -> str:
    if ("product" in given) == ("product_data" in given):
        raise invalid("You must specify either `product` or `product_data` when creating a price.", param="product")
    if "product_data" in given:
        return str(products.make(peer, dict(given["product_data"]))["id"])
    return str(peer.get("product", given["product"], param="product")["id"])


def _recurring(peer: Peer, given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    count = given.get("interval_count", 1)
    if not 1 <= count <= LONGEST[given["interval"]]:
        raise invalid("The interval must be between one day and three years.", param="recurring[interval_count]")
    metered = given.get("usage_type") == "metered"
    if metered != ("meter" in given):
        raise invalid("A metered price needs a meter, and no other can have one.", param="recurring[meter]")
    if metered:
        peer.get("billing.meter", given["meter"], param="recurring[meter]")
    usage = {"meter": given.get("meter"), "usage_type": given.get("usage_type", "licensed")}
    return {"interval": given["interval"], "interval_count": count, "trial_period_days": None} | usage


def _options(code: str, amount: Decimal, given: dict[str, Any]) -> dict[str, Any]:
    return {code: _option(amount, given)} | _other_options(given)


def _other_options(given: dict[str, Any]) -> dict[str, Any]:
    made = {}
    for code, option in given.get("currency_options", {}).items():
        made[currency(code)] = _option(_amount(option, f"currency_options[{code}][{{}}]"), option)
    return made


def _option(amount: Decimal, given: dict[str, Any]) -> dict[str, Any]:
    behavior = given.get("tax_behavior", "unspecified")
    return {"custom_unit_amount": None, "tax_behavior": behavior} | _shown(amount)


def _lookup_key(peer: Peer, own: str | None, given: dict[str, Any]) -> str | None:
    """The key asked for, taken from another price when the request says so."""
    key = given.get("lookup_key")
    for holder in peer.all("price", lambda price: key is not None and price["lookup_key"] == key):
        if holder["id"] == own:
            continue
        if not given.get("transfer_lookup_key"):
            message = f"A price (`{holder['id']}`) already uses that lookup key."
            raise invalid(message, param="lookup_key", code="resource_already_exists")
        peer.change(holder, "price.updated", lookup_key=None)
    return key


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("price", identifier)


def update(peer: Peer, identifier: str, given: Given) -> Object:
    price = peer.get("price", identifier)
    members: dict[str, Any] = {name: given[name] for name in ("active", "nickname") if name in given}
    if given.get("tax_behavior", price["tax_behavior"]) != price["tax_behavior"]:
        if price["tax_behavior"] != "unspecified":
            raise invalid("Tax behavior cannot be changed once it is specified.", param="tax_behavior")
        members["tax_behavior"] = given["tax_behavior"]
    if "metadata" in given:
        members["metadata"] = merged(price["metadata"], given["metadata"])
    if "currency_options" in given:
        members["_currency_options"] = price["_currency_options"] | _other_options(dict(given))
    if "lookup_key" in given:
        members["lookup_key"] = _lookup_key(peer, identifier, dict(given))
    return peer.change(price, "price.updated", **members)


def listed(peer: Peer, given: Wanted) -> Object:
    keys = given.pop("lookup_keys", None)
    if keys is not None and len(keys) > 10:
        raise invalid("You can only filter by up to 10 lookup keys.", param="lookup_keys")
    members = {name: given.pop(name) for name in ("active", "currency", "product", "type") if name in given}
    recurring = given.pop("recurring", {})

    def wanted(price: Object) -> bool:
        fits = all(price[name] == value for name, value in members.items())
        inside = all((price["recurring"] or {}).get(name) == value for name, value in recurring.items())
        return fits and inside and (keys is None or price["lookup_key"] in keys)

    return answers.page(peer, peer.all("price", wanted), given, "/v1/prices")


def amount_in(price: Object, code: str) -> Decimal:
    """Minor units of one unit, and parts of them. Raises Refusal when the price is not offered in that currency."""
    option = price["_currency_options"].get(code)
    if option is None:
        message = f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency:"
        raise invalid(f"{message} `{code}`.", param="currency")
    return Decimal(option["unit_amount_decimal"])
