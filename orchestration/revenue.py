"""What was sold, in the warehouse: paid invoices by their lines, payments, and when each customer began to pay.

Three frames in the store, never part of a release, read anew from the application database each time: it keeps them for
good. A row bears the account's number and nothing else of a person.
"""

from datetime import UTC, datetime

import polars as pl
import psycopg

from kit.database import driver_url
from kit.errors import Retriable
from kit.frames import Schema, write_frame
from kit.store import Store

FRAMES: dict[str, Schema] = {
    "invoice_lines": {
        "line_id": pl.String,
        "user_id": pl.String,
        "offer": pl.String,
        "currency": pl.String,
        "amount_minor": pl.Int64,
        "starts_second": pl.Int64,  # of the epoch
        "period_starts_on": pl.Date,
        "period_ends_on": pl.Date,
        "read_on": pl.Date,
    },
    "payments": {
        "payment_id": pl.String,
        "user_id": pl.String,
        "offer": pl.String,
        "currency": pl.String,
        "amount_minor": pl.Int64,
        "withdrawn_minor": pl.Int64,
        "paid_on": pl.Date,
    },
    "customers": {
        "user_id": pl.String,
        "signed_up_on": pl.Date,
        "offer": pl.String,
        "currency": pl.String,
        "paid_on": pl.Date,
    },
}
BUILT = ["dim_dates", "stg_operator__*", "tag:revenue"]  # what dbt makes of them
QUERIES = {
    "invoice_lines": """
        SELECT l.id, l.user_id::text, l.offer, i.currency, l.amount, extract(epoch FROM l.period_start)::bigint,
            (l.period_start AT TIME ZONE 'UTC')::date, (l.period_end AT TIME ZONE 'UTC')::date, CAST(%(today)s AS date)
        FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
        WHERE i.status = 'paid' AND l.offer <> 'overage' -- that is what was used, and does not recur
            AND (l.period_end AT TIME ZONE 'UTC')::date > (l.period_start AT TIME ZONE 'UTC')::date
        ORDER BY l.id
    """,
    "payments": """
        SELECT id, user_id::text, offer, currency, amount, least(amount, refunded + disputed),
            (paid_at AT TIME ZONE 'UTC')::date
        FROM payments ORDER BY id
    """,
    "customers": """
        SELECT u.id::text, (u.created_at AT TIME ZONE 'UTC')::date, first.offer, first.currency, paid.day
        FROM users u
        LEFT JOIN LATERAL (
            SELECT offer, currency FROM subscriptions WHERE user_id = u.id ORDER BY created_at, id LIMIT 1
        ) first ON true
        LEFT JOIN LATERAL (
            SELECT min((paid_at AT TIME ZONE 'UTC')::date) AS day FROM payments WHERE user_id = u.id AND amount > 0
        ) paid ON true
        WHERE u.status <> 'erased' ORDER BY u.id
    """,
}


def read_revenue(store: Store, url: str, now: datetime | None = None) -> dict[str, int]:
    """Write the frames as the application database has them, read as the role of `url`; rows of each."""
    conninfo = driver_url(url, "psycopg").set(drivername="postgresql").render_as_string(hide_password=False)
    today = {"today": (now or datetime.now(UTC)).date()}
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # the three of one moment
            rows = {name: connection.execute(query, today).fetchall() for name, query in QUERIES.items()}
    except psycopg.OperationalError as error:
        raise Retriable("the application database does not answer") from error
    for name, found in rows.items():
        write_frame(pl.DataFrame(found, FRAMES[name], orient="row"), store.operator / f"{name}.parquet")
    return {name: len(found) for name, found in rows.items()}
