"""Amounts of money in a text: figures with their separators, multipliers and currency signs."""

import html
import re
import unicodedata
from dataclasses import dataclass

from normalisation.pay.lexicon import CURRENCY, DISTRACTORS

_TRANSLATE = str.maketrans(
    dict.fromkeys("–—−‐‑‒―～〜~至", "-")
    | dict.fromkeys("’‘`´′", "'")
    | dict.fromkeys("\u00a0\u2009\u202f\u2007\u200b\t\r", " ")
)
_SPACES = re.compile(r" {2,}")
# A slip that people make within a signed amount: "£37, 020".
_SPACED_COMMA = re.compile(r"([£$€] ?\d{1,3}), (\d{3})(?![\d,.])")

_MULTIPLIERS = {
    "k": 1e3, "tsd": 1e3, "tys": 1e3, "тыс": 1e3, "thousand": 1e3, "千": 1e3, "万": 1e4, "萬": 1e4, "만": 1e4,
    "lakhs": 1e5, "lakh": 1e5, "lacs": 1e5, "lac": 1e5, "l": 1e5, "crores": 1e7, "crore": 1e7, "cr": 1e7,
    "m": 1e6, "mm": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12,
}  # fmt: skip
# Begins with a class of characters rather than a look-around, and so is looked for in half the time.
_NUMBER = (
    r"\d(?<![\d.,]\d)(?:"
    r"\d{0,2}(?P<sep>[,.' ])\d{3}(?:(?P=sep)\d{3})*(?:[.,]\d{1,2}(?!\d))?(?!\d)|"  # 24,907.50  24.907,50  24 907
    r"\d?(?:,\d{2})+,\d{3}(?:\.\d{1,2})?(?!\d)|"  # 12,34,567
    r"\d*(?:[.,]\d{1,4})?(?!\d))"
)
_MULTIPLIER = (
    r"(?:k|tsd|tys|тыс|thousand|lakhs?|lacs?|l|crores?|cr|mm|mn|mio|millions?|m|bn|billion|b|trillion|t)"
    r"(?:(?![a-zа-я])|(?=pa\b))\.?|[千万萬만]"
)
_FIGURE = re.compile(rf"(?P<number>{_NUMBER})(?:[ -]?(?P<times>{_MULTIPLIER}))?(?:\s?(?P<post>{CURRENCY})(?!\s?\d))?")
_SIGN_BEFORE = re.compile(rf"(?P<sign>{CURRENCY}|(?<![a-z])r)\s*:?\s*$")
_LONGEST_SIGN = 13


@dataclass
class Amount:
    """One figure: `value` without its multiplier `times` (1 when none was written); the span is in the plain text."""

    value: float
    times: float
    sign: str | None
    start: int
    end: int

    @property
    def total(self) -> float:
        return round(self.value * self.times, 4)


def plain(text: str) -> str:
    """Lower case, one kind of dash, apostrophe and space, entities decoded, full-width forms folded."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if text.isascii():  # translating plain English takes longer than all the rest
        text = text.replace("`", "'").replace("\t", " ").replace("\r", " ")
    else:
        text = unicodedata.normalize("NFKC", text.translate(_TRANSLATE)).translate(_TRANSLATE)
    text = text.lower()
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return _SPACED_COMMA.sub(r"\1,\2", text.strip())


def number(written: str) -> float:
    """The value of figures with separators: the last of two kinds is decimal; one alone before three digits groups."""
    written = written.replace(" ", "").replace("'", "")
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return float(written)
    mark = written[last]
    tail = len(written) - last - 1
    other = "," if mark == "." else "."
    if tail == 3 and written[0] != "0" and other not in written:
        return float(written.replace(mark, ""))
    whole = written[:last].replace(other, "").replace(mark, "")
    return float(f"{whole}.{written[last + 1 :]}")


def amounts_in(text: str) -> list[Amount]:
    """Every figure of a plain text that may be money, left to right; counts, dates and percentages are left out."""
    text = DISTRACTORS.sub(lambda match: "·" * len(match.group()), text)
    found = []
    for match in _FIGURE.finditer(text):
        start = match.start()
        before = text[max(0, start - _LONGEST_SIGN) : start]
        sign_before = _SIGN_BEFORE.search(before) if before else None
        if sign_before is None and before and before[-1].isalpha() and before[-1].isascii():
            continue  # part of a word, such as a postcode
        times, pre, post = match["times"], sign_before and sign_before["sign"], match["post"]
        if sign_before is not None:
            start -= len(before) - sign_before.start()
        sign = pre or post
        if sign is None and times in ("千", "万", "萬"):
            sign = "元"  # Japanese advertisements write 円 after these; Chinese ones leave 元 out
        if pre == "$" and post and len(post) == 3:
            sign = post  # "$100,000 CAD": the code says which dollar
        value = number(match["number"])
        factor = _MULTIPLIERS[times.rstrip(".")] if times else 1.0
        found.append(Amount(value, factor, "zar" if sign == "r" else sign, start, match.end()))
    return found
