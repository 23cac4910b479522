"""Amounts of money: whole minor units of a named currency, as ISO 4217 counts them. Never a float."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal, get_args

Currency = Literal["USD", "EUR", "GBP", "PKR", "INR", "HKD", "AED", "BDT"]
CURRENCIES: tuple[Currency, ...] = get_args(Currency)
MINOR = 100  # units of the minor in one of the major, in each of them

_EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
_CURRENCY_OF: dict[str, Currency] = {
    **dict.fromkeys(_EURO.split(), "EUR"),
    **dict.fromkeys(("GB", "GG", "IM", "JE"), "GBP"),
    **{"PK": "PKR", "IN": "INR", "HK": "HKD", "AE": "AED", "BD": "BDT"},
}


@dataclass(frozen=True)
class Money:
    """An amount, such as 999 of USD for $9.99."""

    minor: int
    currency: Currency

    @property
    def text(self) -> str:
        """In the major unit, such as 9.99."""
        whole, part = divmod(abs(self.minor), MINOR)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:02d}"


@dataclass(frozen=True)
class Prices:
    """What one thing costs in each currency, in minor units."""

    USD: int
    EUR: int
    GBP: int
    PKR: int
    INR: int
    HKD: int
    AED: int
    BDT: int

    def __add__(self, other: "Prices") -> "Prices":
        """Both things together."""
        return Prices(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def times(self, count: int) -> "Prices":
        """So many of it."""
        return self._each(lambda minor: minor * count)

    def less(self, percent: int) -> "Prices":
        """After a discount, rounded down: nobody gets less of one than was said."""
        return self._each(lambda minor: minor * (100 - percent) // 100)

    def per(self, count: int) -> "Prices":
        """One of so many equal parts, rounded up: nothing is made to look cheaper than it is."""
        return self._each(lambda minor: -(-minor // count))

    def in_(self, currency: Currency) -> Money:
        """The price in one currency."""
        return Money(getattr(self, currency), currency)

    def _each(self, change: Callable[[int], int]) -> "Prices":
        return Prices(**{each.name: change(getattr(self, each.name)) for each in fields(self)})


def currency_of(region: str | None) -> Currency:
    """What somebody of this region (ISO 3166-1 alpha-2) pays in; USD where there is none of ours, or no region."""
    return _CURRENCY_OF.get(region or "", "USD")
