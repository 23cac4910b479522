"""From a text to one pay statement: amounts become ranges, ranges get their kind and period, the best one answers."""

import re
from dataclasses import dataclass

from normalisation.pay import lexicon
from normalisation.pay.amounts import AMOUNT, Amount, amounts_in, plain
from normalisation.pay.annual import DEFAULT, plain_period, plausible
from normalisation.pay.model import COUNTRY_CURRENCY, CURRENCIES, MAX_RANGE_RATIO, PLAIN, Pay

_JOIN = re.compile(
    r"\s*(?:\+(?=\s*-)|or more)?\s*(?:-+>?|(?:rising |increasing |going up )?to|bis(?: zu)?|à|a|al|hasta|até|und|until|till|up ?to|tot|do|до|/|and)\s*(?:up ?to|circa|c\.?|a max(?:imum)? of)?\s*"
)
_BETWEEN = re.compile(r"\b(?:between|entre|zwischen|von|from|tra)\b[^\d]*$")
_CLAUSE = re.compile(r"[;!?\n&+|(·]|\.(?=\s|$)|,(?=\s)|\s-+\s|\b(?:plus|and|with|or|incl?(?:uding|udes|usive)?|inc|then|und|et|y)\b")
_LETTERS = re.compile(r"[^\W\d_]+")
_INDIAN = (1e5, 1e7)  # lakh and crore
_WINDOW = 70  # characters around a figure in which a word can speak of it


@dataclass
class _Statement:
    """Figures that stand together, with the words around them up to the neighbouring figures."""

    amounts: list[Amount]
    before: str
    after: str
    periods: list[str]
    rest: str

    @property
    def left(self) -> str:
        """The clause that leads to the figures."""
        return _CLAUSE.split(self.before)[-1]

    @property
    def right(self) -> str:
        return _CLAUSE.split(self.after)[0]

    @property
    def sign(self) -> str | None:
        signs = [amount.sign for amount in self.amounts if amount.sign]
        return max(signs, key=lambda sign: (lexicon.CURRENCY_WORDS[sign] is not None), default=None)

    @property
    def bounds(self) -> tuple[float, float]:
        totals = [amount.total for amount in self.amounts]
        return min(totals), max(totals)


def _period_at(text: str, position: int) -> tuple[str | None, int]:
    """The period written right after a figure, and where it ends."""
    match = lexicon.PERIOD_AFTER.match(text, position)
    if match is None:
        return None, position
    return next(name for name, found in match.groupdict().items() if found), match.end()


def _share_multiplier(low: Amount, high: Amount) -> None:
    """Give "120-150K" and "30-45000" their left-out thousands: only where the range is absurd without them."""
    if low.times == 1 and high.times > 1 and low.value < 1000:
        low.times = high.times
    elif high.times == 1 and low.times > 1 and high.value < 1000 and high.value >= low.value:
        high.times = low.times
    elif low.times == high.times == 1 and low.value < 1000 <= high.value and low.value.is_integer():
        if low.value * 1000 <= high.value * 1.001 and high.value / (low.value * 1000) <= MAX_RANGE_RATIO:
            low.times = 1000


def _joins(text: str, group: list[Amount], gap_start: int, right: Amount) -> bool:
    """Whether the figure at `right` is the other end of the range that `group` began."""
    gap = text[gap_start : right.start]
    match = _JOIN.fullmatch(gap)
    if match is None:
        return False
    if "and" in gap or "und" in gap:
        return len(group) == 1 and _BETWEEN.search(text[max(0, group[0].start - _WINDOW) : group[0].start]) is not None
    left = group[-1]
    if len(group) == 1 and left.sign is None and right.sign is not None and right.total > 1000 > left.total:
        return right.total / (left.value * 1000 or 1) <= MAX_RANGE_RATIO and right.total >= left.value * 1000
    if len(group) > 1:
        alike = (left.sign is None) == (right.sign is None) and left.times == right.times
        return alike and left.total < right.total <= left.total * MAX_RANGE_RATIO
    return True


def _statements(text: str) -> list[_Statement]:
    groups: list[tuple[list[Amount], list[str], int]] = []
    for amount in amounts_in(text):
        period, end = _period_at(text, amount.end)
        same_period = not groups or not groups[-1][1] or period in (None, groups[-1][1][-1])
        if groups and same_period and _joins(text, groups[-1][0], groups[-1][2], amount):
            group, periods, _ = groups[-1]
            if len(group) == 1 and not periods:
                _share_multiplier(group[0], amount)
            group.append(amount)
            groups[-1] = (group, periods + ([period] if period else []), end)
        else:
            groups.append(([amount], [period] if period else [], end))
    statements = []
    for index, (group, periods, end) in enumerate(groups):
        since = groups[index - 1][2] if index else 0
        until = groups[index + 1][0][0].start if index + 1 < len(groups) else len(text)
        before = text[max(since, group[0].start - _WINDOW) : group[0].start]
        after, rest = text[end : min(until, end + _WINDOW)], text[end : end + _WINDOW]
        statements.append(_Statement(group, before, after, periods, rest))
    return _undashed(statements)


def _undashed(statements: list[_Statement]) -> list[_Statement]:
    """Join two single figures that only a space parts ("£18,005 £19,337 p.a."): the dash was lost."""
    joined: list[_Statement] = []
    for statement in statements:
        last = joined[-1] if joined else None
        if (
            last is not None
            and len(last.amounts) == len(statement.amounts) == 1
            and not last.after.strip()
            and not last.periods
            and (last.amounts[0].sign is None) == (statement.amounts[0].sign is None)
            and last.amounts[0].total < statement.amounts[0].total <= last.amounts[0].total * 2
            and last.amounts[0].total >= 1000
        ):
            joined[-1] = _Statement(last.amounts + statement.amounts, last.before, statement.after, statement.periods, statement.rest)
        else:
            joined.append(statement)
    return joined


def _kind(statement: _Statement, salary_sized: bool) -> str | None:
    """The kind of pay that the words around the figures name; None when they are not pay at all.

    What follows a salary-sized amount that already has its period is another benefit, not a name for the amount.
    """
    around = (statement.left, "" if salary_sized and statement.periods else statement.right)
    if any(lexicon.NOT_PAY.search(words) for words in around):
        return None
    if any(lexicon.OTE.search(words) for words in (statement.left, statement.right)):
        return "ote"
    for kind, pattern in (("total", lexicon.TOTAL), ("bonus", lexicon.BONUS), ("equity", lexicon.EQUITY)):
        if any(pattern.search(words) for words in around):
            return kind
    return "estimated" if lexicon.ESTIMATED.search(statement.before + "\n" + statement.after) else "base"


def _salary_sized(statement: _Statement, currency: str | None) -> bool:
    """Whether the larger figure is a whole salary for its period, in its currency (the dollar's order when unknown)."""
    period = statement.periods[-1] if statement.periods else None
    convention = CURRENCIES[currency if currency in CURRENCIES else "USD"]
    times = DEFAULT.per_year[period] if period else 1.0
    return statement.bounds[1] * times / convention.scale >= PLAIN["year"][0]


def _has_evidence(statement: _Statement, text: str, home: str | None, prose: bool) -> bool:
    """Whether anything but its size says that a figure is pay."""
    low, high = statement.bounds
    if any(amount.times >= 1e6 and amount.times != 1e7 for amount in statement.amounts):
        return False
    spoken = lexicon.SALARY_WORD.search(statement.before + " " + statement.after) is not None
    if prose:
        return statement.sign is not None and (bool(statement.periods) or spoken)
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
    return not _LETTERS.search(lexicon.FILLER.sub(" ", AMOUNT.sub(" ", text)))


def _period(statement: _Statement, text: str, currency: str | None, bounds: tuple[float | None, float | None]) -> str | None:
    if statement.periods:
        return statement.periods[-1]
    for words in (statement.right, statement.left, statement.after[:30], statement.before):
        named = [match.lastgroup for match in lexicon.PERIOD_NAMED.finditer(words) if match.lastgroup]
        if named:
            return named[-1].rstrip("2")
    if any(amount.times in _INDIAN for amount in statement.amounts):
        return "year"  # lakh and crore are said of annual pay only
    if currency is None and (statement.sign in ("$", "dollars") or (statement.sign is None and lexicon.SALARY_WORD.search(text))):
        # A bare dollar, or plain English about a salary: in every such market what goes unsaid is the year.
        return "year" if plain_period(*bounds, "USD") == "year" else None
    return plain_period(*bounds, currency)


def _open(statement: _Statement) -> tuple[float | None, float | None]:
    """The bounds, with the end that the words leave open, or that was filled with 0, as None."""
    low, high = statement.bounds
    if len(statement.amounts) > 1:
        return (low if low > 0 else None), high
    if lexicon.OPEN_BOTTOM_BEFORE.search(statement.before):
        return None, high
    if lexicon.OPEN_TOP_BEFORE.search(statement.before) or lexicon.OPEN_TOP_AFTER.match(statement.rest):
        return low, None
    return low, high


def _currency(statement: _Statement, text: str, country: str | None, home: str | None) -> str | None:
    """The currency that the sign, the multiplier, the country or the only code in the text settles."""
    sign = statement.sign
    currency = lexicon.currency_of(sign, country, home)
    if currency is None and sign is None and any(amount.times in _INDIAN for amount in statement.amounts):
        return "INR"
    if currency is None and sign is not None:
        codes = {code for code in re.findall(r"\b[a-z]{3}\b", text) if code in lexicon.CODES}
        return codes.pop().upper() if len(codes) == 1 else None
    return currency


def _read(statement: _Statement, text: str, currency: str | None, kind: str) -> Pay:
    """One statement as Pay, or the reason why it cannot be one."""
    low, high = _open(statement)
    if high is not None and high <= 0 or low is not None and low <= 0:
        return Pay(reason="out_of_range")
    if low is not None and high is not None and high / low > MAX_RANGE_RATIO:
        return Pay(reason="implausible_range")
    period = _period(statement, text, currency, (low, high))
    if not all(plausible(amount, currency, period) for amount in (low, high) if amount is not None):
        return Pay(reason="out_of_range")
    reason = "ambiguous_currency" if currency is None else "ambiguous_period" if period is None else None
    gross = "net" if lexicon.NET.search(text) else "gross" if lexicon.GROSS.search(text) else None
    return Pay(low, high, currency, period, kind, reason, statement.sign, gross)


def _more_exact(pays: list[Pay]) -> Pay:
    """The first statement, or a later range that repeats its single figure with the other end."""
    first = pays[0]
    for later in pays[1:]:
        if first.min is not None and first.min == first.max and later.min is not None and later.max is not None:
            if later.min <= first.min <= later.max and later.min < later.max:
                return Pay(later.min, later.max, later.currency or first.currency, later.period or first.period, later.kind,
                           later.reason if later.currency is None else None, later.sign, later.gross_or_net)
    return first


def parse_pay(text: str | None, *, country: str | None = None, currency_hint: str | None = None, prose: bool = False) -> Pay:
    """The pay that a text states, as stated; without one, a Pay whose `reason` says why. Never raises.

    `country` (ISO 3166-1 alpha-2) and `currency_hint` (ISO 4217) settle signs that several countries share and figures
    without any. `prose` asks for more evidence: a currency sign, and a period or a word about pay beside it.
    """
    if not text or not text.strip():
        return Pay(reason="not_stated")
    text = plain(text)
    home = currency_hint or COUNTRY_CURRENCY.get(country or "")
    found = lexicon.GRADE.search(text)
    grade = found.group() if found else None
    reason = "not_stated"
    readable: dict[str, list[Pay]] = {}
    for statement in _statements(text):
        if not _has_evidence(statement, text, home, prose):
            continue
        currency = _currency(statement, text, country, home)
        kind = _kind(statement, _salary_sized(statement, currency))
        if kind is None or kind in ("bonus", "equity"):
            reason = "not_base_pay" if reason == "not_stated" else reason
            continue
        pay = _read(statement, text, currency, kind)
        if pay.stated:
            readable.setdefault(kind, []).append(pay)
        else:
            reason = pay.reason or reason
    for kind in ("base", "total", "ote", "estimated"):
        if kind in readable:
            pay = _more_exact(readable[kind])
            return Pay(pay.min, pay.max, pay.currency, pay.period, pay.kind, pay.reason, pay.sign, pay.gross_or_net, grade)
    if grade and reason == "not_stated":
        reason = "grade_only"
    return Pay(reason=reason, grade=grade)
