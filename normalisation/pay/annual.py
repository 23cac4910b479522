"""From a stated period to a year, by a convention per country that is shown with the result."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from normalisation.pay.model import COUNTRY_CURRENCY, CURRENCIES, HIGHEST, LOWEST, PLAIN, Pay


@dataclass(frozen=True)
class WorkingYear:
    """Hours of a full-time week and the weeks that are multiplied out in a country."""

    weekly_hours: float
    weeks: float = 52.0

    @property
    def hours(self) -> float:
        return self.weekly_hours * self.weeks

    @cached_property
    def per_year(self) -> dict[str, float]:
        """How many of each period make a year."""
        return {
            "hour": self.hours,
            "day": 5 * self.weeks,
            "week": self.weeks,
            "fortnight": self.weeks / 2,
            "month": 12.0,
            "year": 1.0,
        }


DEFAULT = WorkingYear(40)
# Where boards or statutes use another figure than 40 h x 52 weeks. British boards multiply 40 h by 48 weeks.
COUNTRIES: dict[str, WorkingYear] = {
    "GB": WorkingYear(40, 48),
    "AU": WorkingYear(38),
    "BE": WorkingYear(38),
    "DK": WorkingYear(37),
    "FI": WorkingYear(37.5),
    "FR": WorkingYear(35),
    "IE": WorkingYear(39),
    "NO": WorkingYear(37.5),
}
_HOME = {currency: country for country, currency in COUNTRY_CURRENCY.items() if currency != "EUR"} | {
    "USD": "US",
    "CHF": "CH",
}


def working_year(country: str | None, currency: str | None = None) -> WorkingYear:
    """The convention of a country; without one, of the country whose currency it is; else 40 h x 52 weeks."""
    return COUNTRIES.get(country or _HOME.get(currency or "", ""), DEFAULT)


@dataclass(frozen=True)
class AnnualPay:
    """Pay a year in the stated currency; `hours` is the hours taken for hourly pay, else None."""

    min: float | None
    max: float | None
    hours: float | None


def annualise(pay: Pay, country: str | None = None) -> AnnualPay:
    """Annual equivalents of `pay`; all None when its period is not known. Open ends stay open."""
    if pay.period is None:
        return AnnualPay(None, None, None)
    year = working_year(country, pay.currency)
    times = year.per_year[pay.period]
    low = None if pay.min is None else pay.min * times
    high = None if pay.max is None else pay.max * times
    return AnnualPay(low, high, year.hours if pay.period == "hour" else None)


def plain_period(low: float | None, high: float | None, currency: str | None) -> str | None:
    """The period that an amount without one must have in its currency; None when more than one is likely.

    Decided by what advertisers in that currency leave out, never by the size alone: without a currency there is
    no answer.
    """
    if currency not in CURRENCIES:
        return None
    convention = CURRENCIES[currency]
    amounts = [amount for amount in (low, high) if amount is not None]
    fits = []
    for period in (convention.plain, "hour"):
        least, most = PLAIN[period]
        times = DEFAULT.hours if period == "hour" else 1.0
        if amounts and all(least <= amount * times / convention.scale <= most for amount in amounts):
            fits.append(period)
    return fits[0] if len(fits) == 1 else None


def plausible(amount: float, currency: str | None, period: str | None) -> bool:
    """Whether an amount can be anyone's pay at all: positive, finite, of its currency's order when that is known."""
    if not 0 < amount < 1e11:
        return False
    convention = CURRENCIES.get(currency or "")
    if convention is None or period is None:
        return True
    return LOWEST <= amount * DEFAULT.per_year[period] / convention.scale <= HIGHEST


def times_a_year(country: pl.Expr, currency: pl.Expr, period: pl.Expr) -> pl.Expr:
    """The multiplier to a year as an expression, by the same tables as `annualise`."""
    home = country.fill_null(currency.replace_strict(_HOME, default=None, return_dtype=pl.String)).fill_null("")
    keys = {f"{name} {unit}": float(times) for name, year in COUNTRIES.items() for unit, times in year.per_year.items()}
    default = period.replace_strict(DEFAULT.per_year, default=None, return_dtype=pl.Float64)
    return pl.concat_str(home, period, separator=" ").replace_strict(keys, default=default, return_dtype=pl.Float64)
