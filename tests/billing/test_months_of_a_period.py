"""The months of a period, by Stripe's days: what began on the 31st comes on the last day of shorter months."""

from datetime import UTC, datetime

import pytest

from billing.monthly import Month, Paid
from billing.payments.models import Invoice, InvoiceLine
from billing.plans import PLANS


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def months(start: datetime, end: datetime) -> list[Month]:
    line = InvoiceLine(id="il_1", invoice_id="in_1", offer="basic-month", period_start=start, period_end=end)
    return list(Paid(Invoice(id="in_1"), line, PLANS["basic"]).months())


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-05-31", "2026-06-30", 1),
        ("2026-06-30", "2026-07-31", 1),
        ("2027-02-28", "2027-03-29", 1),
        ("2028-01-30", "2028-02-29", 1),
        ("2027-02-28", "2027-08-31", 6),
        ("2026-12-31", "2027-06-30", 6),
        ("2028-02-29", "2029-02-28", 12),
        ("2027-02-28", "2028-02-29", 12),
        ("2026-05-01", "2027-05-01", 12),
    ],
)
def test_there_are_as_many_as_the_calendar_has_and_they_fill_the_period(start: str, end: str, count: int) -> None:
    found = months(day(start), day(end))
    assert len(found) == count
    assert (found[0].start, found[-1].end) == (day(start), day(end))
    assert [each.end for each in found[:-1]] == [each.start for each in found[1:]]
    assert all(27 <= (each.end - each.start).days <= 34 for each in found)
    assert [(each.number, each.key) for each in found] == [(n, f"invoice:in_1:{n}") for n in range(count)]


def test_a_period_that_somebody_cut_short_has_one() -> None:
    (only,) = months(day("2026-05-03"), day("2026-05-20"))
    assert (only.start, only.end) == (day("2026-05-03"), day("2026-05-20"))
