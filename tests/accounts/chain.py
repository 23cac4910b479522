"""A chain of the audit trail that nobody meddled with."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.audit.chain import NOTHING, Row, hash_of

START = datetime(2026, 5, 1, tzinfo=UTC)


def grown(count: int) -> list[Row]:
    """A whole chain."""
    rows, last = [], NOTHING
    for seq in range(1, count + 1):
        row = Row(
            seq,
            START + timedelta(microseconds=seq),
            "key.created",
            uuid.UUID(int=seq) if seq % 2 else None,
            "user",
            uuid.UUID(int=seq % 3) if seq % 3 else None,
            json.dumps({"count": seq}),
            bytes([seq % 256] * 40) if seq % 4 else None,
            last,
            b"",
        )
        rows.append(replace(row, hash=hash_of(row)))
        last = rows[-1].hash
    return rows
