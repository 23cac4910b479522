"""GET /api/v1/users/me/billing: what one paid, in pages; and the same of everybody for operators."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from accounts.keys.rights import Rights
from accounts.programs import create_key
from cli.main import payband
from kit.postgres import Server
from kit.settings import variables
from tests.databases import SECRET_KEY, context
from tests.serving.client import Client

DOOR = "/api/v1/users/me/billing"
START = datetime(2026, 3, 1, tzinfo=UTC)
PAYMENT = """
    INSERT INTO payments (id, user_id, offer, amount, currency, paid_at, refunded, disputed, lost)
    VALUES (%s, %s, %s, %s, 'GBP', %s, %s, %s, 0)
"""
INVOICE = """
    INSERT INTO invoices (id, user_id, number, payment_id, status, total, paid, currency, period_start, period_end,
        created_at) VALUES (%s, %s, 'A-1', %s, 'paid', 899, 899, 'GBP', %s, %s, %s)
"""
LINE = """
    INSERT INTO invoice_lines (id, invoice_id, user_id, offer, amount, period_start, period_end, proration)
    VALUES (%s, %s, %s, %s, %s, %s, %s, false)
"""
PART = """
    INSERT INTO {} (id, payment_id, user_id, amount, currency, status, created_at{})
    VALUES (%s, %s, %s, 100, 'GBP', %s, %s{})
"""


@pytest.fixture
def reader(anonymous: Client, postgres: Server) -> Client:
    rights = Rights(frozenset({"billing:read", "account:read"}))
    text = create_key(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org", "tests", rights)
    return anonymous.with_headers(Authorization=f"Bearer {text}")


@pytest.fixture
def paid(reader: Client, postgres: Server) -> str:
    """What is in the history of `reader`; its ids end with this."""
    user_id, mark = reader.get("/api/v1/users/me").json()["id"], uuid.uuid4().hex
    at = [START + timedelta(hours=hours) for hours in range(6)]
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute(PAYMENT, [f"pi_1{mark}", user_id, "credits-50", 449, at[0], 100, 0])
        owner.execute(PAYMENT, [f"pi_2{mark}", user_id, None, 899, at[1], 0, 0])
        owner.execute(INVOICE, [f"in_1{mark}", user_id, f"pi_2{mark}", at[1], at[1], at[1]])
        for number, offer, minor in ((1, "basic-month", -500), (2, "professional-month", 1_399)):
            owner.execute(LINE, [f"il_{number}{mark}", f"in_1{mark}", user_id, offer, minor, at[1], at[1]])
        owner.execute(PART.format("refunds", "", ""), [f"re_1{mark}", f"pi_1{mark}", user_id, "succeeded", at[3]])  # type: ignore[arg-type]
        dispute = PART.format("disputes", ", reason", ", 'fraudulent'")
        owner.execute(dispute, [f"du_1{mark}", f"pi_2{mark}", user_id, "won", at[4]])  # type: ignore[arg-type]
        owner.execute(PAYMENT, [f"pi_3{mark}", user_id, "credits-50", 449, at[5], 0, 449])
    return mark


def expected(mark: str) -> list[tuple[Any, ...]]:
    """kind, id, amount, status, payment, offer, number."""
    return [
        ("payment", f"pi_3{mark}", "4.49", "disputed", None, "credits-50", None),
        ("dispute", f"du_1{mark}", "1.00", "won", f"pi_2{mark}", None, None),
        ("refund", f"re_1{mark}", "1.00", "succeeded", f"pi_1{mark}", None, None),
        ("payment", f"pi_2{mark}", "8.99", "paid", None, "professional-month", None),
        ("invoice", f"in_1{mark}", "8.99", "paid", f"pi_2{mark}", "professional-month", "A-1"),
        ("payment", f"pi_1{mark}", "4.49", "partly_refunded", None, "credits-50", None),
    ]


def told(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("status", "payment_id", "offer", "number")
    return [(each["kind"], each["id"], each["amount"]["text"], *(each[name] for name in names)) for each in lines]


def test_everything_is_told_newest_first(reader: Client, paid: str) -> None:
    answer = reader.get(DOOR)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (told(answer.json()["lines"]), answer.json()["next"]) == (expected(paid), None)
    assert answer.json()["lines"][0]["amount"] == {"minor": 449, "currency": "GBP", "text": "4.49"}


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def test_pages_of_any_size_are_the_whole(reader: Client, paid: str, limit: int) -> None:
    lines: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = reader.get(DOOR, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        lines += page["lines"]
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["lines"]) == limit
    assert told(lines) == expected(paid)


@pytest.mark.parametrize("cursor", ["x", "1", "-", "99999999999999999999-a", "1-\u00e9", ""])
def test_a_cursor_that_is_none_is_refused(reader: Client, cursor: str) -> None:
    answer = reader.get(DOOR, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


def test_others_see_nothing_of_it(anonymous: Client, postgres: Server, paid: str) -> None:
    rights = Rights(frozenset({"billing:read"}))
    text = create_key(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org", "tests", rights)
    assert anonymous.get(DOOR, headers={"Authorization": f"Bearer {text}"}).json() == {"lines": [], "next": None}


def test_operators_are_told_everybodys_as_csv(postgres: Server, tmp_path: Path, paid: str) -> None:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(tmp_path), "PAYBAND_SECRET_KEY": key}
    run = CliRunner(env=environment)

    def asked(*words: str) -> str:
        done = run.invoke(payband, ["billing", "payments", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    rows = [row for row in csv.DictReader(io.StringIO(asked("--csv"))) if row["id"].endswith(paid)]
    assert [(row["kind"], row["id"], row["status"]) for row in rows] == [
        (kind, id, status) for kind, id, _, status, *_ in expected(paid)
    ]
    assert (rows[0]["minor"], rows[0]["currency"], rows[0]["at"]) == ("449", "GBP", "2026-03-01T05:00:00+00:00")
    before = json.loads(asked("--to", "2026-03-01", "--json"))["lines"]
    assert not [line for line in before if line["id"].endswith(paid)]
    after = json.loads(asked("--from", "2026-03-01", "--to", "2026-03-02", "--json"))["lines"]
    assert len([line for line in after if line["id"].endswith(paid)]) == 6
    assert {line["at"] for line in after} >= {"2026-03-01T05:00:00+00:00"}
    plain = [line for line in asked().splitlines() if paid in line]
    assert plain[0].split()[2:5] == ["payment", "4.49", "GBP"]
