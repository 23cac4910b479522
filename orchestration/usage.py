"""Usage in the warehouse: single requests by day, for as long as the operator wants, after the API's own have expired.

One Parquet file a day in the store, never part of a release. A row bears the account's number and nothing else of a
person; the rows of whoever was erased are dropped from every day by the next run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl
import psycopg

from kit.database import driver_url
from kit.errors import Retriable
from kit.files import write_whole
from kit.store import Store

COLUMNS: list[tuple[str, pl.DataType]] = [
    ("id", pl.Int64()),
    ("at", pl.Datetime("us", "UTC")),
    ("user_id", pl.String()),
    ("key_id", pl.String()),
    ("endpoint", pl.String()),
    ("method", pl.String()),
    ("status", pl.Int16()),
    ("milliseconds", pl.Float64()),
    ("bytes", pl.Int64()),
    ("request_id", pl.String()),
    ("release", pl.String()),
]
SCHEMA = pl.Schema(COLUMNS)
REQUESTS = """
    SELECT id, at, user_id::text, key_id::text, endpoint, method, status, milliseconds, bytes, request_id, release
    FROM usage_records WHERE day = %s ORDER BY id
"""
USERS = "SELECT id::text FROM users WHERE status <> 'erased'"


@dataclass(frozen=True)
class UsageReport:
    """What one run did: rows of the days that were asked for, and rows of erased users dropped from any day."""

    rows: int
    dropped: int


def roll_up(store: Store, url: str, days: Iterable[date]) -> UsageReport:
    """Bring these days' files up to date with the application database, read as the role of `url`.

    What a file has already stays when its record has expired since; so a day may be asked for at any time, again.
    """
    conninfo = driver_url(url, "psycopg").set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            users = [user for (user,) in connection.execute(USERS)]
            fresh = {day: _requests(connection, day) for day in days}
    except psycopg.OperationalError as error:
        raise Retriable("the application database does not answer") from error
    rows = 0
    for day, requests in fresh.items():
        path = file_of(store, day)
        kept = pl.concat([requests, _read(path)]).unique("id", keep="first").sort("id")
        _write(path, kept)
        rows += kept.height
    return UsageReport(rows, sum(_forget(path, users) for path in sorted(store.usage.glob("*.parquet"))))


def file_of(store: Store, day: date) -> Path:
    """Where a day's requests are."""
    return store.usage / f"{day.isoformat()}.parquet"


def _requests(connection: "psycopg.Connection[tuple[object, ...]]", day: date) -> pl.DataFrame:
    rows = connection.execute(REQUESTS, [day]).fetchall()
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _forget(path: Path, users: list[str]) -> int:
    """Drop the rows of users who are no more; how many there were."""
    all_of_it = _read(path)
    kept = all_of_it.filter(pl.col("user_id").is_in(users))
    if kept.height < all_of_it.height:
        _write(path, kept)
    return all_of_it.height - kept.height


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=SCHEMA)


def _write(path: Path, rows: pl.DataFrame) -> None:
    buffer = BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    write_whole(path, buffer.getvalue())
