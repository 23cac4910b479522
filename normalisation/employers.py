"""Employers: one key for all the ways the same employer is written, and a name to show.

Legal forms, punctuation, case, blanks ("scale-ai", "Scale AI, Inc.") and a board's own noise do not tell employers
apart. A table adds other names of the same employer (brand, ticker, other scripts). A subsidiary has its own key:
`employer_parent` says whose it is, and nothing merges the two.
"""

import re
from dataclasses import dataclass
from functools import cache

import polars as pl

from normalisation.columns import remembered
from normalisation.employer_text import LONGEST_BYTES, NOT_NAMES, cleaned_name, full_key, plain_key, shown_name
from normalisation.tables import reference_rows, word_list

# Tickers that are words too: taken for the company only in capitals.
WORD_TICKERS = word_list("word_ticker")
EMPLOYER = pl.Struct({"employer": pl.String, "employer_key": pl.String})

_NO_KEYS = frozenset(re.sub(r"\W", "", name) for name in NOT_NAMES)


def employer_key(name: str | None) -> str | None:
    """The key that all ways of writing this employer share; None for an empty or a placeholder name."""
    return _key_and_name(name)[0]


def employer_name(name: str | None) -> str | None:
    """The employer as shown: the table's name for a known one, else as written without noise and legal form kept."""
    return _key_and_name(name)[1]


def _key_and_name(name: str | None) -> tuple[str | None, str | None]:
    cleaned = cleaned_name(name)
    if cleaned is None:
        return None, None
    plain = plain_key(cleaned)
    if plain in _NO_KEYS:  # "Confidential Ltd"
        return None, None
    return _known(cleaned, plain) or (plain or None, shown_name(cleaned))


@dataclass(frozen=True)
class EmployerReading:
    """How a name was read: `alias` is the table's entry by which it is known, `reason` why it has its key or none."""

    key: str | None
    name: str | None
    alias: str | None
    parent: str | None
    reason: str


def employer_reading(name: str | None) -> EmployerReading:
    """The key and the shown name of an employer, and why."""
    key, shown = _key_and_name(name)
    cleaned = cleaned_name(name)
    if key is None or cleaned is None:
        return EmployerReading(None, None, None, None, _why_none(name))
    known = _known(cleaned, plain_key(cleaned))
    reason = "table of other names" if known else "name without legal form, punctuation and case"
    return EmployerReading(key, shown, known[1] if known else None, employer_parent(key), reason)


def _why_none(name: str | None) -> str:
    if not name or not name.strip():
        return "not_stated"
    return "too_long" if len(name.encode()) > LONGEST_BYTES else "placeholder"


def employer_parent(key: str) -> str | None:
    """The key of the employer that owns this one, where the table says so."""
    return _parents().get(key)


def employers(name: pl.Expr) -> pl.Expr:
    """A struct of `employer` (as shown) and `employer_key`, once per distinct name."""
    return remembered(name, _named, EMPLOYER)


def _named(name: pl.Expr) -> pl.Expr:
    def run(values: pl.Series) -> pl.Series:
        found = map(_key_and_name, values)
        return pl.Series([{"employer": name, "employer_key": key} for key, name in found], dtype=EMPLOYER)

    return name.map_batches(run, return_dtype=EMPLOYER, is_elementwise=True)


def _known(cleaned: str, plain: str) -> tuple[str, str] | None:
    """The key and the shown name of an employer that the table has."""
    if plain in WORD_TICKERS and not cleaned.isupper():
        return None
    return _aliases().get(full_key(cleaned)) or _aliases().get(plain)


@cache
def _keys() -> dict[str, str]:
    """The table's names -> their keys: the plain one, or the full one where an earlier employer has the plain one."""
    keys: dict[str, str] = {}
    for row in reference_rows("employers"):
        plain = plain_key(row["name"])
        keys[row["name"]] = full_key(row["name"]) if plain in keys.values() else plain
    return keys


@cache
def _aliases() -> dict[str, tuple[str, str]]:
    """The plain and the full key of every name in the table -> the employer's key and the name to show."""
    table: dict[str, tuple[str, str]] = {}
    for row in reference_rows("employers"):
        found = (_keys()[row["name"]], row["name"])
        for name in (row["name"], *filter(None, row["aliases"].split("|"))):
            table.setdefault(full_key(name), found)
            if table.setdefault(plain_key(name), found) != found and full_key(name) == plain_key(name):
                raise LookupError(f"{name!r} is in the employers' table under two names")
    return table


@cache
def _parents() -> dict[str, str]:
    keys = _keys()
    return {
        keys[row["name"]]: keys.get(row["parent"]) or plain_key(row["parent"])
        for row in reference_rows("employers")
        if row["parent"]
    }
