"""Pay: every statement that was met, what was read of it, and which one counts."""

import re
from typing import Any

from normalisation.explaining.evidence import Evidence
from normalisation.pay.amounts import amounts_in, plain
from normalisation.pay.grammar import parse_pay

LONGEST = 160  # characters of a statement that are shown
_PARTS = re.compile(r"[^\n]+?(?:(?<=[.!?;])\s+|$)", re.M)
_SHOWN = ("min", "max", "currency", "period", "kind", "gross_or_net", "grade", "reason")


def statements(row: dict[str, Any], country: str | None) -> tuple[list[dict[str, Any]], list[Evidence]]:
    """Every part of the texts with an amount that may be pay, as read by itself; and where its figures stand."""
    found, evidence = [], []
    for field in ("pay_text", "title", "description"):
        for part in _PARTS.finditer(row[field] or ""):
            figures = amounts_in(plain(part[0]))
            if not figures:
                continue
            pay = parse_pay(part[0], country=country, currency_hint=row["pay_currency"], prose=field != "pay_text")
            if not pay.stated and field != "pay_text" and pay.reason == "not_stated":
                continue
            read = {name: getattr(pay, name) for name in _SHOWN if getattr(pay, name) is not None}
            found.append({"where": field, "text": part[0].strip()[:LONGEST], "read": read})
            if pay.stated and field != "pay_text":
                evidence += _spans(part, field, [plain(part[0])[one.start : one.end] for one in figures])
    return found, evidence


def _spans(part: re.Match[str], field: str, figures: list[str]) -> list[Evidence]:
    """Where the figures stand in the text as it is; one that was written otherwise has no span."""
    at, spans = 0, []
    for figure in figures:
        start = part[0].lower().find(figure, at)
        if start >= 0:
            at = start + len(figure)
            spans.append(Evidence("pay", field, part.start() + start, part.start() + at, "a figure of pay"))
    return spans


def derived(posting: dict[str, Any]) -> str | None:
    """How the annual figures follow from the stated ones."""
    if posting["pay_annual_min"] is None and posting["pay_annual_max"] is None:
        return None
    if posting["pay_annual_hours"]:
        return f"{posting['pay_annual_hours']:,.0f} hours a year, the convention of the country"
    stated, annual = (posting[f"{name}_max"] or posting[f"{name}_min"] for name in ("pay", "pay_annual"))
    return "as stated" if posting["pay_period"] == "year" else f"times {annual / stated:g}"
