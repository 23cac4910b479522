"""What a Greenhouse pay range is: its period and kind are said in words, or not at all."""

from datetime import date
from typing import Any

import orjson
import pytest

from ingestion.connector import Page
from ingestion.connectors.greenhouse.connector import CONNECTOR
from ingestion.sources import SourceSpec

PERIODS = [
    ("Annual base salary", None, "year"),
    ("Pittsburgh, PA pay range", None, None),
    ("Pay range", "You get equity from day one.", None),
    ("Pay range", "Paid per hour.", "hour"),
    ("Pay range", "An annual salary, reviewed each year.", "year"),
    ("Bi-weekly pay", None, "fortnight"),
    ("Hourly rate", "Annual bonus.", "hour"),
    (None, "Between an hourly wage and an annual salary.", None),
]
KINDS = [
    ("Annual base salary", "Plus commission.", "base"),
    ("OTE", None, "ote"),
    ("Pay range", "This is the on-target amount.", "ote"),
    ("Total compensation", None, "total"),
    ("Pay range", None, None),
]


def row(title: str | None, blurb: str | None) -> dict[str, Any]:
    """The row of a job with one pay range under that heading and above that text."""
    pay = [{"min_cents": 100, "max_cents": 200, "currency_type": "USD", "title": title, "blurb": blurb}]
    body = orjson.dumps({"jobs": [{"id": 1, "title": "X", "pay_input_ranges": pay}]})
    spec = SourceSpec(name="recorded", connector="greenhouse", options={"boards": ["x"]})
    page = Page("GET https://x.invalid/a", body, "ok")
    return CONNECTOR.parse(spec, date(2026, 11, 21), page).rows["postings"][0]


@pytest.mark.parametrize(("title", "blurb", "period"), PERIODS)
def test_a_period_is_only_what_is_said(title: str | None, blurb: str | None, period: str | None) -> None:
    assert row(title, blurb)["pay_period"] == period


@pytest.mark.parametrize(("title", "blurb", "kind"), KINDS)
def test_a_kind_is_only_what_is_said(title: str | None, blurb: str | None, kind: str | None) -> None:
    assert row(title, blurb)["pay_kind"] == kind


def test_a_range_of_two_kinds_is_no_figure() -> None:
    found = row("Base salary and OTE", "Paid per year.")
    assert not {"pay_min", "pay_max", "pay_currency", "pay_period", "pay_kind"} & found.keys()
    assert found["pay_text"] == "Base salary and OTE: 1 - 2 USD per year"
