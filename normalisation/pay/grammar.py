"""From a text to one pay statement: kind, period and currency come from the words around it."""

import re
from dataclasses import replace
from functools import lru_cache

from normalisation.pay import lexicon
from normalisation.pay.amounts import plain
from normalisation.pay.annual import DEFAULT, plain_period, plausible
from normalisation.pay.model import COUNTRY_CURRENCY, CURRENCIES, MAX_RANGE_RATIO, PLAIN, Pay
from normalisation.pay.statements import Statement, statements_in

_LETTERS = re.compile(r"[^\W\d_]+")
_FIGURES = re.compile(r"\d[\d.,' ]*k?(?![a-z])")
_KIND_WORDS = {
    "none": lexicon.NOT_PAY,
    "ote": lexicon.OTE,
    "total": lexicon.TOTAL,
    "bonus": lexicon.BONUS,
    "equity": lexicon.EQUITY,
}
_INDIAN = (1e5, 1e7)  # lakh and crore


def _kind(statement: Statement, salary_sized: bool) -> str | None:
    """The kind of pay that the words around the figures name; None when they are not pay at all.

    What follows a salary-sized amount that already has its period is another benefit, not a name for the amount.
    """
    left, right = _kinds_named(statement.left), _kinds_named(statement.right)
    around = left if salary_sized and statement.periods else left | right
    if "none" in around:
        return None
    if "ote" in left | right:
        return "ote"
    named = next((kind for kind in ("total", "bonus", "equity") if kind in around), None)
    return named or ("estimated" if lexicon.ESTIMATED.search(statement.before + "\n" + statement.after) else "base")


@lru_cache(maxsize=20_000)  # clauses are stock phrases
def _kinds_named(clause: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _KIND_WORDS.items() if pattern.search(clause))


def _salary_sized(statement: Statement, currency: str | None) -> bool:
    """Whether the larger figure is a whole salary for its period, in its currency (the dollar's order when unknown)."""
    period = statement.periods[-1] if statement.periods else None
    convention = CURRENCIES[currency if currency in CURRENCIES else "USD"]
    times = DEFAULT.per_year[period] if period else 1.0
    return statement.bounds[1] * times / convention.scale >= PLAIN["year"][0]


def _has_evidence(statement: Statement, text: str, home: str | None, prose: bool) -> bool:
    """Whether anything but its size says that a figure is pay."""
    if any(amount.times >= 1e6 and amount.times != 1e7 for amount in statement.amounts):
        return False
    if prose and (statement.sign is None or statement.periods):
        return statement.sign is not None
    spoken = lexicon.SALARY_WORD.search(statement.before + " " + statement.after) is not None
    if prose:
        return spoken
    low, high = statement.bounds
    if statement.sign is not None or statement.periods or any(amount.times in _INDIAN for amount in statement.amounts):
        return True
    if all(1900 <= amount.total <= 2099 and amount.times == 1 for amount in statement.amounts) and not spoken:
        return False
    if low <= 0:
        return False
    if spoken or lexicon.PERIOD_NAMED.search(statement.after[:30]):
        return True
    if home is not None and plain_period(low, high, home) not in (None, "hour"):
        return True
    return not _LETTERS.search(lexicon.FILLER.sub(" ", _FIGURES.sub(" ", text)))


def _period(
    statement: Statement, text: str, currency: str | None, bounds: tuple[float | None, float | None]
) -> str | None:
    if statement.periods:
        return statement.periods[-1]
    for words in (statement.right, statement.left, statement.after[:30], statement.before):
        named = [match.lastgroup for match in lexicon.PERIOD_NAMED.finditer(words) if match.lastgroup]
        if named:
            return named[-1].rstrip("2")
    if any(amount.times in _INDIAN for amount in statement.amounts):
        return "year"  # lakh and crore are said of annual pay only
    if currency is None and (
        statement.sign in ("$", "dollars") or (statement.sign is None and lexicon.SALARY_WORD.search(text))
    ):
        # A bare dollar, or plain English about a salary: in every such market what goes unsaid is the year.
        return "year" if plain_period(*bounds, "USD") == "year" else None
    return plain_period(*bounds, currency)


def _open(statement: Statement) -> tuple[float | None, float | None]:
    """The bounds, with the end that the words leave open, or that was filled with 0, as None."""
    low, high = statement.bounds
    if len(statement.amounts) > 1:
        return (low if low > 0 else None), high
    if lexicon.OPEN_BOTTOM_BEFORE.search(statement.before):
        return None, high
    if lexicon.OPEN_TOP_BEFORE.search(statement.before) or lexicon.OPEN_TOP_AFTER.match(statement.rest):
        return low, None
    return low, high


def _currency(statement: Statement, text: str, country: str | None, home: str | None) -> str | None:
    """The currency that the sign, the multiplier, the country or the only code in the text settles."""
    sign = statement.sign
    currency = lexicon.currency_of(sign, country, home)
    if currency is None and sign is None and any(amount.times in _INDIAN for amount in statement.amounts):
        return "INR"
    if currency is None and sign is not None:
        codes = {code for code in re.findall(r"\b[a-z]{3}\b", text) if code in lexicon.CODES}
        return codes.pop().upper() if len(codes) == 1 else None
    return currency


def _read(statement: Statement, text: str, currency: str | None, kind: str) -> Pay:
    """One statement as Pay, or the reason why it cannot be one."""
    low, high = _open(statement)
    if (high is not None and high <= 0) or (low is not None and low <= 0):
        return Pay(reason="out_of_range")
    if low is not None and high is not None and high / low > MAX_RANGE_RATIO:
        return Pay(reason="implausible_range")
    period = _period(statement, text, currency, (low, high))
    if not all(plausible(amount, currency, period) for amount in (low, high) if amount is not None):
        return Pay(reason="out_of_range")
    reason = "ambiguous_currency" if currency is None else "ambiguous_period" if period is None else None
    return Pay(low, high, currency, period, kind, reason, statement.sign)


def _livelihood(pay: Pay) -> bool:
    """Whether a full-time year of this pay is a wage: prose also speaks of gym subsidies, mileage and overtime."""
    top = pay.max if pay.max is not None else pay.min
    if top is None or pay.period is None:
        return False
    convention = CURRENCIES[pay.currency if pay.currency in CURRENCIES else "USD"]
    return top * DEFAULT.per_year[pay.period] / convention.scale >= PLAIN["year"][0]


def _more_exact(pays: list[Pay]) -> Pay:
    """The first statement, or a later range that repeats its single figure with the other end."""
    first = pays[0]
    if first.min is None or first.min != first.max:
        return first
    for later in pays[1:]:
        if (
            later.min is not None
            and later.max is not None
            and later.min <= first.min <= later.max
            and later.min < later.max
        ):
            period = later.period or first.period
            return replace(
                first, min=later.min, max=later.max, period=period, reason=first.reason if period else later.reason
            )
    return first


def _readable(text: str, country: str | None, home: str | None, prose: bool) -> tuple[dict[str, list[Pay]], str]:
    """Every statement that is pay, by kind, and the reason to give when there is none."""
    reason = "not_stated"
    readable: dict[str, list[Pay]] = {}
    for statement in statements_in(text):
        if not _has_evidence(statement, text, home, prose):
            continue
        currency = _currency(statement, text, country, home)
        kind = _kind(statement, _salary_sized(statement, currency))
        if kind is None or kind in ("bonus", "equity"):
            reason = "not_base_pay" if reason == "not_stated" else reason
            continue
        pay = _read(statement, text, currency, kind)
        if not pay.stated:
            reason = pay.reason or reason
        elif not prose or _livelihood(pay):
            readable.setdefault(kind, []).append(pay)
    return readable, reason


@lru_cache(maxsize=20_000)  # boards write the same ranges again and again
def parse_pay(
    text: str | None, *, country: str | None = None, currency_hint: str | None = None, prose: bool = False
) -> Pay:
    """The pay that a text states, as stated; without one, a Pay whose `reason` says why. Never raises.

    `country` (ISO 3166-1 alpha-2) and `currency_hint` (ISO 4217) settle signs that several countries share and figures
    without any. `prose` asks for more evidence: a currency sign, a period or a word about pay beside it, and a wage's
    size; what it says of gross, net and grades may speak of anything, and is left out.
    """
    if not text or not text.strip():
        return Pay(reason="not_stated")
    text = plain(text)
    home = currency_hint or COUNTRY_CURRENCY.get(country or "")
    readable, reason = _readable(text, country, home, prose)
    chosen = next((readable[kind] for kind in ("base", "total", "ote", "estimated") if kind in readable), None)
    if prose:
        return _more_exact(chosen) if chosen else Pay(reason=reason)
    found = lexicon.GRADE.search(text)
    grade = found.group() if found else None
    if chosen:
        gross = "net" if lexicon.NET.search(text) else "gross" if lexicon.GROSS.search(text) else None
        return replace(_more_exact(chosen), gross_or_net=gross, grade=grade)
    return Pay(reason="grade_only" if grade and reason == "not_stated" else reason, grade=grade)
