"""The chain of the audit trail, as arithmetic: what a row's hash is, and how rows that were meddled with are found.

The database computes the same hash when it appends (migrations/versions); here it is computed again.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

START = b"payband-audit-1"
NOTHING = bytes(32)  # stands before the first row
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's


@dataclass(frozen=True)
class Row:
    """A row as it is stored."""

    seq: int
    at: datetime
    action: str
    user_id: uuid.UUID | None
    actor_kind: str
    actor_id: uuid.UUID | None
    facts: str
    sealed: bytes | None
    previous: bytes
    hash: bytes


@dataclass(frozen=True)
class Mark:
    """The number and hash of a row, as they were signed at a moment."""

    seq: int
    hash: bytes
    at: datetime


@dataclass(frozen=True)
class Fault:
    """What is wrong, and at which row."""

    seq: int
    kind: str  # changed, misplaced, missing, cut or added
    detail: str


def hash_of(row: Row) -> bytes:
    """SHA-256 of the row's fields, each with its length before it, so that no two rows are encoded alike."""
    parts = (
        row.seq.to_bytes(8, "big", signed=True),
        ((row.at - EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True),
        row.action.encode(),
        row.user_id.bytes if row.user_id else None,
        row.actor_kind.encode(),
        row.actor_id.bytes if row.actor_id else None,
        row.facts.encode(),
        row.sealed,
        row.previous,
    )
    return sha256(START + b"".join(map(_part, parts))).digest()


def _part(value: bytes | None) -> bytes:
    """As PostgreSQL's int4send(octet_length(value)) || value; NULL has the length -1."""
    if value is None:
        return (-1).to_bytes(4, "big", signed=True)
    return len(value).to_bytes(4, "big", signed=True) + value


class Check:
    """Finds what is wrong with rows that come in order of seq, some at a time, up to the chain's `head`.

    `signed` are rows that the installation put its signature to, `cuts` the last of those that retention removed.
    """

    def __init__(self, head: Mark, signed: Iterable[Mark] = (), cuts: Iterable[Mark] = ()) -> None:
        self.count = 0
        self._head = head
        self._last: Row | None = None
        self._signed = {mark.seq: mark for mark in signed}
        self._begun = {0: NOTHING} | {mark.seq: mark.hash for mark in cuts}

    def more(self, rows: Iterable[Row]) -> Iterator[Fault]:
        """What is wrong with the rows that come next."""
        for row in rows:
            yield from self._between(row)
            if hash_of(row) != row.hash:
                yield Fault(row.seq, "changed", f"row {row.seq} is not what was recorded, or not where it was")
            mark = self._signed.get(row.seq)
            if mark is not None and mark.hash != row.hash:
                yield Fault(row.seq, "changed", f"row {row.seq} is not the one signed at {mark.at:%F %T}")
            self._last = row
            self.count += 1

    def _between(self, row: Row) -> Iterator[Fault]:
        last = self._last
        if last is None:
            if self._begun.get(row.seq - 1) != row.previous:
                first = max((seq for seq in self._begun if seq < row.seq), default=0) + 1
                told = f"the trail begins with row {row.seq}: retention did not remove what stood before"
                yield Fault(first, "missing", told)
        elif row.seq != last.seq + 1:
            yield Fault(last.seq + 1, "missing", f"rows {last.seq + 1} to {row.seq - 1} are missing")
        elif row.previous != last.hash:
            yield Fault(row.seq, "misplaced", f"row {row.seq} does not follow row {last.seq} as that is")

    def end(self) -> Iterator[Fault]:
        """What is wrong with where the rows ended."""
        begun = max(self._begun)
        seq, found = (self._last.seq, self._last.hash) if self._last else (begun, self._begun[begun])
        if seq < self._head.seq:
            yield Fault(seq + 1, "cut", f"rows {seq + 1} to {self._head.seq} are missing from the end")
        elif (seq, found) != (self._head.seq, self._head.hash):
            yield Fault(seq, "changed", f"row {seq} is not the one that the chain ends with")
        newest = max(self._signed.values(), key=lambda mark: mark.seq, default=None)
        if newest is not None and newest.seq > max(seq, self._head.seq):
            told = f"the chain ends at row {seq}; it had {newest.seq} when it was signed at {newest.at:%F %T}"
            yield Fault(seq + 1, "cut", told)
