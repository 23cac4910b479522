"""Steps that turn a text into another text."""

import html
import re
from collections.abc import Callable

import polars as pl
from pydantic import field_validator

from ingestion.connectors.text import mended, one_line, plain
from ingestion.tabular.step import Step, regex
from normalisation.columns import over_distinct


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

    _checked = field_validator("pattern")(lambda text: regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
        return value.str.replace_all(self.pattern, self.by)


class Extract(Step):
    """The first match's group (else the whole match); no match is null, or a reject with `lenient: false`."""

    main = "pattern"
    pattern: str
    group: int | None = None
    lenient: bool = True

    _checked = field_validator("pattern")(lambda text: regex(text))

    def apply(self, value: pl.Expr, captured: pl.Expr) -> pl.Expr:
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


def _each_distinct(value: pl.Expr, rule: Callable[[str], str]) -> pl.Expr:
    return over_distinct(value, lambda text: text.map_elements(rule, return_dtype=pl.String), pl.String)
