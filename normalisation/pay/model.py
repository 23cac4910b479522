"""What one pay statement says, and what the currencies and countries it is said in usually mean by it."""

from dataclasses import dataclass

PERIODS = ("hour", "day", "week", "fortnight", "month", "year")
KINDS = ("base", "total", "ote", "bonus", "equity", "estimated")

# Wider than this between the bounds, a range is a typing error, commission or a whole pay scale: not one job's pay.
MAX_RANGE_RATIO = 6.0


@dataclass(frozen=True)
class Pay:
    """Pay as stated: figures per `period` in `currency`, never converted.

    `min` or `max` is None where the statement leaves that end open; both are None when there is no pay, and `reason`
    says why. `reason` is also set when figures were read but cannot be annualised (ambiguous_period,
    ambiguous_currency). `sign` is the currency sign that stood in the text, such as "$", for callers who learn the
    country later. `gross_or_net` is "gross", "net" or None (not said); `grade` a pay band named in the text.
    """

    min: float | None = None
    max: float | None = None
    currency: str | None = None
    period: str | None = None
    kind: str | None = None
    reason: str | None = None
    sign: str | None = None
    gross_or_net: str | None = None
    grade: str | None = None

    @property
    def stated(self) -> bool:
        """Whether any figure was read."""
        return self.min is not None or self.max is not None


@dataclass(frozen=True)
class Convention:
    """How an amount without its period is to be read in a currency, and which amounts are pay at all.

    `scale` is the order of a usual full-time year's pay in the currency (within a factor of two is enough);
    `plain` is the period that advertisers there leave out.
    """

    scale: float
    plain: str


# Orders of magnitude, not statistics: they separate 30,000 a year from 30,000 a month, nothing finer.
CURRENCIES: dict[str, Convention] = {
    code: Convention(scale, plain)
    for plain, scales in {
        "year": {
            "USD": 60e3, "GBP": 33e3, "EUR": 42e3, "CAD": 65e3, "AUD": 85e3, "NZD": 70e3, "CHF": 85e3, "INR": 1e6,
            "JPY": 4.8e6, "KRW": 4.2e7, "ILS": 1.8e5, "NOK": 6e5, "SGD": 65e3, "ISK": 9e6, "ZAR": 3e5,
        },
        "month": {
            "SEK": 4.5e5, "DKK": 4.8e5, "PLN": 90e3, "CZK": 5.5e5, "HUF": 7e6, "RON": 85e3, "BGN": 28e3, "RSD": 1.3e6,
            "UAH": 2.6e5, "RUB": 9e5, "BYN": 25e3, "KZT": 4.5e6, "AMD": 3.2e6, "GEL": 22e3, "AZN": 12e3, "TRY": 5e5,
            "AED": 1.2e5, "SAR": 1.1e5, "QAR": 1.3e5, "KWD": 11e3, "BHD": 9e3, "OMR": 9e3, "EGP": 1.5e5, "MAD": 80e3,
            "NGN": 2.5e6, "KES": 7e5, "GHS": 40e3, "PKR": 7e5, "BDT": 4e5, "LKR": 9e5, "NPR": 4e5, "PHP": 3.5e5,
            "MYR": 55e3, "IDR": 8e7, "VND": 1.4e8, "THB": 3.2e5, "CNY": 1.1e5, "HKD": 2.6e5, "TWD": 6.5e5, "BRL": 45e3,
            "MXN": 1.8e5, "ARS": 1e7, "CLP": 9e6, "COP": 3.2e7, "PEN": 30e3, "BOB": 45e3, "UYU": 6e5, "PYG": 4e7,
            "CRC": 7e6, "GTQ": 60e3, "DOP": 4e5, "UZS": 5e7,
        },
    }.items()
    for code, scale in scales.items()
}  # fmt: skip

# The currency that people in a country mean; every country not here that uses the euro is in EURO.
EURO = (
    *("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"),
)
COUNTRY_CURRENCY: dict[str, str] = dict.fromkeys(EURO, "EUR") | {
    "US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "CH": "CHF", "LI": "CHF", "IN": "INR",
    "JP": "JPY", "KR": "KRW", "IL": "ILS", "NO": "NOK", "SG": "SGD", "IS": "ISK", "ZA": "ZAR", "SE": "SEK",
    "DK": "DKK", "PL": "PLN", "CZ": "CZK", "HU": "HUF", "RO": "RON", "BG": "BGN", "RS": "RSD", "UA": "UAH",
    "RU": "RUB", "BY": "BYN", "KZ": "KZT", "AM": "AMD", "GE": "GEL", "AZ": "AZN", "TR": "TRY", "AE": "AED",
    "SA": "SAR", "QA": "QAR", "KW": "KWD", "BH": "BHD", "OM": "OMR", "EG": "EGP", "MA": "MAD", "NG": "NGN",
    "KE": "KES", "GH": "GHS", "PK": "PKR", "BD": "BDT", "LK": "LKR", "NP": "NPR", "PH": "PHP", "MY": "MYR",
    "ID": "IDR", "VN": "VND", "TH": "THB", "CN": "CNY", "HK": "HKD", "TW": "TWD", "BR": "BRL", "MX": "MXN",
    "AR": "ARS", "CL": "CLP", "CO": "COP", "PE": "PEN", "BO": "BOB", "UY": "UYU", "PY": "PYG", "CR": "CRC",
    "GT": "GTQ", "DO": "DOP", "UZ": "UZS", "PR": "USD", "EC": "USD", "SV": "USD", "PA": "USD",
}  # fmt: skip

# An annual equivalent outside these multiples of the currency's scale is no job's pay.
LOWEST, HIGHEST = 0.01, 60.0
# An amount without its period is read as the plain one only within these multiples, where no other period is likely.
PLAIN = {"year": (0.22, 15.0), "month": (0.018, 0.6), "hour": (0.22, 4.5)}
