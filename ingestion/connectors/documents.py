"""Reading what a source sent: JSON, fields that may be missing, days, amounts. Raises for what cannot be read."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from ingestion.connector import MalformedPage, Page, Parsed
from ingestion.connectors.text import one_line, plain

Record = dict[str, Any]

_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.I)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_AGO = re.compile(r"(\d+)(\+?)\s+(day|week|month)s?\s+ago", re.I)
_AMOUNT = re.compile(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CURRENCY = re.compile("[A-Z]{3}")
_COUNTRY = re.compile("[A-Z]{2}")
_PERIODS = {
    "hour": r"hour|hr|hourly",
    "day": r"day|daily|per diem",
    "week": r"week|weekly",
    "fortnight": r"fortnight|fortnightly|bi-?weekly",
    "month": r"month|monthly",
    "year": r"year|yearly|annual|annually|annum|yr|p\.a\.",
}
# In sentences a bare word says nothing of pay ("from day one"): there it takes "per day", "a day", "/day" or "daily".
_RATES = {
    "hour": r"(?:per|an|/) ?(?:hour|hr)|hourly",
    "day": r"(?:per|a|/) ?day|daily|per diem",
    "week": r"(?:per|a|/) ?week|weekly",
    "fortnight": r"(?:per|a) ?fortnight|fortnightly|bi-?weekly",
    "month": r"(?:per|a|/) ?month|monthly",
    "year": r"(?:per|a|/) ?(?:year|yr|annum)|yearly|annual|annually|annualized|annualised|p\.a\.",
}
_PERIOD = {name: re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.I) for name, words in _PERIODS.items()}
_RATE = {name: re.compile(rf"(?<![a-z-])(?:{words})(?![a-z])", re.I) for name, words in _RATES.items()}


class Rejected(Exception):
    """One record cannot become a row: `reason` is one word of the canonical set, the message says what was met."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def load_json(page: Page) -> Any:
    """The page's JSON document; raises MalformedPage saying what came instead."""
    body = page.body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if charset := charset_of(page.media_type):
            try:
                return orjson.loads(body.decode(charset))
            except ValueError:
                pass  # not that either: the first error tells more
        start = body[:60].decode("utf-8", "replace").strip()
        what = "HTML" if start.startswith("<") else "a body"
        raise MalformedPage(f"{what} of {len(body):,} bytes that is no JSON ({error}); it starts {start!r}") from None


def charset_of(media_type: str) -> str | None:
    """The character set that a Content-Type names, when it is one we know and not UTF-8 anyway."""
    found = _CHARSET.search(media_type)
    try:
        b"".decode(found[1] if found else "utf-8")  # some codecs that Python knows are not of text
    except LookupError:
        return None
    return found[1] if found and found[1].lower() not in ("utf-8", "utf8") else None


def list_at(document: Any, *path: str) -> list[Any]:
    """The list of records below `path`; raises MalformedPage naming what is there when the schema has changed."""
    at = document
    for key in path:
        if not isinstance(at, dict) or key not in at:
            found = ", ".join(sorted(map(str, at))[:12]) if isinstance(at, dict) else type(at).__name__
            raise MalformedPage(f"no {key!r} where the source documents {'.'.join(path)}; found: {found or 'nothing'}")
        at = at[key]
    if not isinstance(at, list):
        raise MalformedPage(f"{'.'.join(path) or 'the document'} is {type(at).__name__}, not a list of records")
    return at


def ids(records: Iterable[Any], *keys: str) -> list[str]:
    """One key a record for paging: its id, or the whole record where it has none."""
    return [str(next((r[key] for key in keys if isinstance(r, dict) and r.get(key) is not None), r)) for r in records]


def postings(records: Iterable[Any], row: Callable[[Record], Record]) -> Parsed:
    """Every record as a posting row, or as a reject with its reason."""
    rows: list[Record] = []
    rejects: list[tuple[str, str, str, Any]] = []
    for index, record in enumerate(records):
        try:
            if not isinstance(record, dict):
                raise Rejected("not_a_record", f"a {type(record).__name__} where a record should be")
            rows.append(row(record) | {"record_index": index})
        except Rejected as error:
            rejects.append(("postings", error.reason, str(error), record))
    return Parsed({"postings": rows}, rejects)


def dig(record: Any, *path: str) -> Any:
    """The value below `path`, None where any part is absent or null; rejects a record whose part is no object."""
    at = record
    for key in path:
        if at is None:
            return None
        if not isinstance(at, dict):
            raise Rejected("not_a_record", f"{'.'.join(path)}: {type(at).__name__} where an object should be")
        at = at.get(key)
    return at


def part(record: Any, *path: str) -> Record:
    """The object below `path`, empty where absent; rejects a record where something else stands there."""
    found = dig(record, *path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Rejected("not_a_record", f"{'.'.join(path)}: {type(found).__name__} where an object should be")
    return found


def each(record: Any, *path: str) -> list[Any]:
    """The list below `path`, empty where absent; rejects a record where something else stands there."""
    found = dig(record, *path)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Rejected("not_a_record", f"{'.'.join(path)}: {type(found).__name__} where a list should be")
    return found


def words(value: Any) -> str | None:
    """A field as one line of plain text; None when it is null or blank."""
    return _scalar(value, one_line)


def prose(value: Any) -> str | None:
    """A field of HTML or text as plain text with its lines; None when it is null or blank."""
    return _scalar(value, plain)


def joined(parts: Iterable[Any], between: str = "\n") -> str | None:
    """The parts that are there as one text; None when none is."""
    return between.join(part for part in parts if part) or None


def present(*texts: str | None) -> list[str]:
    """The texts that are there, each once, in order."""
    return list(dict.fromkeys(text for text in texts if text))


def day_of(value: Any) -> date | None:
    """A day from an ISO text or a Unix time in seconds or milliseconds; rejects what is neither."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and (found := _ISO_DAY.match(value)):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            raise Rejected("bad_date", f"no such day: {value!r}") from None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e14:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC).date()
    raise Rejected("bad_date", f"not a date: {value!r}")


def day_ago(text: str | None, now: date) -> date | None:
    """The day that "Posted 4 Days Ago" means on `now`; None for "30+ Days Ago", which names no day."""
    if not text:
        return None
    low = text.lower()
    if "today" in low or "just posted" in low:
        return now
    if "yesterday" in low:
        return now - timedelta(days=1)
    found = _AGO.search(low)
    if found is None or found[2] or found[3] == "month":
        return None
    return now - timedelta(days=int(found[1]) * (7 if found[3] == "week" else 1))


def amount(value: Any) -> float | None:
    """An amount of money; None for null, blank and zero, which sources send for "not said"; rejects anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    elif isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
        number = float(value.strip().replace(",", ""))
    else:
        raise Rejected("bad_pay", f"not an amount: {value!r}")
    if not 0 <= number < 1e12:
        raise Rejected("bad_pay", f"not an amount of pay: {value!r}")
    return number or None


def currency(value: Any) -> str | None:
    """An ISO 4217 code, or the code of an unmistakable sign; None for anything else, such as a bare "$"."""
    text = (words(value) or "").upper()
    text = {"€": "EUR", "£": "GBP", "US$": "USD", "C$": "CAD", "A$": "AUD", "₹": "INR"}.get(text, text)
    return text if _CURRENCY.fullmatch(text) else None


def country(value: Any) -> str | None:
    """An ISO 3166-1 alpha-2 code in upper case; None for anything else, such as a country's name."""
    text = (words(value) or "").upper()
    return text if _COUNTRY.fullmatch(text) else None


def period(text: str | None) -> str | None:
    """The pay period that a field names ("per-year-salary", "1 HOUR", "Annual salary range"); None: none or several."""
    return _only(_PERIOD, text)


def rate_period(text: str | None) -> str | None:
    """The pay period that a sentence names ("paid per hour", "an annual salary"); None: none or several."""
    return _only(_RATE, text)


def _only(patterns: dict[str, re.Pattern[str]], text: str | None) -> str | None:
    found = [name for name, pattern in patterns.items() if text and pattern.search(text)]
    # "bi-weekly" holds "weekly".
    found = ["fortnight"] if found == ["week", "fortnight"] else found
    return found[0] if len(found) == 1 else None


def _scalar(value: Any, clean: Callable[[str], str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value) or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Rejected("not_a_record", f"{type(value).__name__} where a text should be: {str(value)[:80]}")
