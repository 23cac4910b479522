"""Amounts that stand together: ranges and scales, with the words around them."""

import re
from dataclasses import dataclass, field

from normalisation.pay import lexicon
from normalisation.pay.amounts import Amount, amounts_in
from normalisation.pay.model import MAX_RANGE_RATIO

_JOIN = re.compile(
    r"\s*(?:\+(?=\s*-)|or more)?\s*(?:-+>?|(?:rising |increasing |going up )?to|bis(?: zu)?|à|a|al|hasta|até|und|"
    r"until|till|up ?to|tot|do|до|/|and)\s*(?:up ?to|circa|c\.?|a max(?:imum)? of)?\s*"
)
_BETWEEN = re.compile(r"\b(?:between|entre|zwischen|von|from|tra)\b[^\d]*$")
_CLAUSE = re.compile(
    r"[;!?\n&+|(·]|\.(?=\s|$)|,(?=\s)|\s-+\s|\b(?:plus|and|with|or|incl?(?:uding|udes|usive)?|inc|then|und|et|y)\b"
)
_WINDOW = 70  # characters around a figure in which a word can speak of it


@dataclass
class Statement:
    """Figures that stand together, with the words before and after them up to the neighbouring figures.

    `periods` are those written right behind the figures; `rest` is the text behind them, neighbours included. `sign`
    is that of any of the figures, rather one that names a currency than one that several share; `bounds` are the least
    and the largest figure.
    """

    amounts: list[Amount]
    before: str
    after: str
    periods: list[str]
    rest: str

    sign: str | None = field(init=False)
    bounds: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        totals = [amount.total for amount in self.amounts]
        self.bounds = min(totals), max(totals)
        signs = [amount.sign for amount in self.amounts if amount.sign]
        exact = (sign for sign in signs if lexicon.CURRENCY_WORDS[sign] is not None)
        self.sign = next(exact, signs[0] if signs else None)

    @property
    def left(self) -> str:
        """The clause that leads to the figures."""
        return _CLAUSE.split(self.before)[-1]

    @property
    def right(self) -> str:
        """The clause that follows the figures."""
        return _CLAUSE.split(self.after, maxsplit=1)[0]


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
        low.times = 1000 if 1 <= high.value * 1.001 / (low.value * 1000 or 1) <= MAX_RANGE_RATIO else 1


def _joins(text: str, group: list[Amount], gap_start: int, right: Amount) -> bool:
    """Whether the figure at `right` is the other end of the range that `group` began."""
    gap = text[gap_start : right.start]
    match = _JOIN.fullmatch(gap)
    if match is None:
        return False
    if "and" in gap or "und" in gap:
        return len(group) == 1 and _BETWEEN.search(text[max(0, group[0].start - _WINDOW) : group[0].start]) is not None
    left = group[-1]
    if "/" in gap and not left.total <= right.total <= left.total * MAX_RANGE_RATIO:
        return False  # "30,000 / 15.50": the same pay said on another basis
    if len(group) == 1 and left.sign is None and right.sign is not None and right.total > 1000 > left.total:
        return right.total / (left.value * 1000 or 1) <= MAX_RANGE_RATIO and right.total >= left.value * 1000
    if len(group) > 1:
        alike = (left.sign is None) == (right.sign is None) and left.times == right.times
        return alike and left.total < right.total <= left.total * MAX_RANGE_RATIO
    return True


def statements_in(text: str) -> list[Statement]:
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
        statements.append(Statement(group, before, after, periods, rest))
    return _undashed(statements)


def _undashed(statements: list[Statement]) -> list[Statement]:
    """Join two single figures that only a space parts ("£18,005 £19,337 p.a."): the dash was lost."""
    joined: list[Statement] = []
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
            joined[-1] = Statement(
                last.amounts + statement.amounts, last.before, statement.after, statement.periods, statement.rest
            )
        else:
            joined.append(statement)
    return joined
