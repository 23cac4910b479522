"""One user's books while an operation is made: what is in each lot, and what is to be written. It asks nobody anything.

Books are settled up to the time of the last operation: of what lapsed before it nothing is left in a lot and nothing
is reserved. `settle` brings them to now, before and after whatever is done. So it never matters whether the task that
settles everybody's books has run.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from billing.credits.models import Account, Kind
from kit.identifiers import uuid7

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class OpenLot:
    """A lot, how many entries it has, and what remains in it."""

    id: uuid.UUID
    source: str
    priority: int
    expires_at: datetime | None
    granted_at: datetime
    seq: int = 0
    remains: int = 0

    @property
    def turn(self) -> tuple[int, datetime, datetime, uuid.UUID]:
        """When it is spent: by priority, then the one that expires soonest, then the oldest."""
        return self.priority, self.expires_at or NEVER, self.granted_at, self.id

    def over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now


class Move(NamedTuple):
    """Credits that come into an account, or below zero leave it; `lot_id` where that is `available`."""

    account: Account
    amount: int
    lot_id: uuid.UUID | None = None


class Hold(NamedTuple):
    """A reservation that is not ended; `parts` are what it took, in their order."""

    id: uuid.UUID
    parts: tuple[Move, ...]


class Wish(NamedTuple):
    """What an operation is, by whom, and under which key it is done once. `content` says what may not differ."""

    kind: Kind
    key: str
    content: bytes = b""
    actor_kind: str = "system"
    actor_id: uuid.UUID | None = None
    reason_sealed: bytes | None = None
    origin_id: uuid.UUID | None = None
    lease_until: datetime | None = None


@dataclass
class BookKeeping:
    """A user's books at `now`, which is never before the last operation. `lapsed` are reservations to be released."""

    user_id: uuid.UUID
    now: datetime
    seq: int = 0
    available: int = 0
    reserved: int = 0
    lots: dict[uuid.UUID, OpenLot] = field(default_factory=dict)
    lapsed: list[Hold] = field(default_factory=list)
    due_at: datetime | None = None

    new_lots: list[OpenLot] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def settle(self) -> None:
        """Release the reservations whose lease is over, then empty the lots that have expired."""
        for hold in self.lapsed:
            self.post(Wish("release", f"lapse:{hold.id}", origin_id=hold.id), *given_back(hold.parts))
        self.lapsed.clear()
        for lot in [lot for lot in self.lots.values() if lot.remains and lot.over(self.now)]:
            wish = Wish("expire", f"expire:{lot.id}:{lot.seq}")
            self.post(wish, Move("available", -lot.remains, lot.id), Move("expired", lot.remains))

    def open_lot(self, source: str, priority: int, expires_at: datetime | None) -> OpenLot:
        """A new lot, empty still."""
        lot = OpenLot(uuid7(self.now), source, priority, expires_at, self.now)
        self.lots[lot.id] = lot
        self.new_lots.append(lot)
        return lot

    def take(self, amount: int) -> list[Move]:
        """What would take so much out of the lots, in their turns. Books that hold less give what they have."""
        moves = []
        for lot in sorted(self.lots.values(), key=lambda lot: lot.turn):
            part = min(amount, lot.remains)
            if part:
                moves.append(Move("available", -part, lot.id))
                amount -= part
        return moves

    def post(self, wish: Wish, *moves: Move) -> dict[str, Any]:
        """Make the operation; what it moves between accounts is its amount."""
        self.seq += 1
        operation_id = uuid7(self.now)
        for line, move in enumerate(moves):
            self.entries.append(self._entry(operation_id, line, move))
        amount = sum(move.amount for move in moves if move.amount > 0)
        if wish.kind == "commit":
            amount = sum(move.amount for move in moves if move.account == "spent")
        if wish.lease_until is not None:
            self.is_due(wish.lease_until)
        made = {"id": operation_id, "user_id": self.user_id, "seq": self.seq, "amount": amount, "at": self.now}
        made |= wish._asdict() | {"available": self.available, "reserved": self.reserved}
        self.operations.append(made)
        return made

    def is_due(self, moment: datetime | None) -> None:
        """Have the books settled at this moment, if not before."""
        if moment is not None and (self.due_at is None or moment < self.due_at):
            self.due_at = moment

    def _entry(self, operation_id: uuid.UUID, line: int, move: Move) -> dict[str, Any]:
        made = {"operation_id": operation_id, "line": line, "user_id": self.user_id, **move._asdict()}
        if move.account == "reserved":
            self.reserved += move.amount
        if move.lot_id is None:
            return made | {"seq": None, "remains": None}
        lot = self.lots[move.lot_id]
        lot.seq, lot.remains, self.available = lot.seq + 1, lot.remains + move.amount, self.available + move.amount
        if move.amount > 0:
            self.is_due(lot.expires_at)
        return made | {"seq": lot.seq, "remains": lot.remains}


def given_back(parts: Iterable[Move], keep: int = 0) -> list[Move]:
    """What ends a reservation that took `parts`, when `keep` of it are spent: the last that it took goes back first."""
    taken = list(parts)
    reserved = -sum(part.amount for part in taken)
    moves = [Move("reserved", -reserved)]
    if keep:
        moves.append(Move("spent", keep))
    return moves + back(taken, reserved - keep)


def back(taken: Iterable[Move], amount: int) -> list[Move]:
    """So much of what was taken, back into its lots, the last taken first."""
    moves = []
    for part in reversed(list(taken)):
        returned = min(amount, -part.amount)
        if returned:
            moves.append(Move("available", returned, part.lot_id))
            amount -= returned
    return moves
