"""What a user has, and how it came to that."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.credits import repository
from billing.credits.models import Kind, Operation

Because = Literal["plan", "purchase", "code", "service", "time", "operator"]
FROM_KEYS: dict[str, Because] = {  # what operations' keys begin with
    "invoice": "plan",
    "month": "plan",
    "payment": "purchase",
    "code": "code",
    "use": "service",
    "lapse": "time",
    "expire": "time",
}


@dataclass(frozen=True)
class LotLeft:
    """A lot with something in it."""

    id: uuid.UUID
    source: str
    remains: int
    priority: int
    expires_at: datetime | None
    granted_at: datetime


@dataclass(frozen=True)
class Expiring:
    """What expires next, when nothing is spent before."""

    amount: int
    at: datetime


@dataclass(frozen=True)
class Balance:
    """What can be spent and what is set aside, at this moment; lots in the order in which they are spent."""

    available: int
    reserved: int
    expiring_next: Expiring | None
    lots: list[LotLeft]


@dataclass(frozen=True)
class Line:
    """An operation; `change` is by how much it changed what is available, which was `available` then. It follows from
    what `because` says.
    """

    id: uuid.UUID
    seq: int
    kind: Kind
    amount: int
    change: int
    available: int
    reserved: int
    at: datetime
    because: Because


async def balance(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Balance:
    """The user's balance. It counts what has lapsed as such, whether or not that was written down yet."""
    found = await repository.read(session, user_id, context.clock)
    if found is None:
        return Balance(0, 0, None, [])
    books = found.books
    books.settle()  # in memory
    left = sorted((lot for lot in books.lots.values() if lot.remains), key=lambda lot: lot.turn)
    lots = [LotLeft(**{name: getattr(lot, name) for name in LotLeft.__dataclass_fields__}) for lot in left]
    return Balance(books.available, books.reserved, _expiring(lots), lots)


async def history(session: AsyncSession, user_id: uuid.UUID, below: int | None, limit: int) -> list[Line]:
    """The user's operations, newest first, from below the one with this number."""
    found = await repository.history(session, user_id, below, limit)
    changes = await repository.changes(session, [each.id for each in found])
    names = [name for name in Line.__dataclass_fields__ if name not in ("change", "because")]
    return [
        Line(change=changes.get(each.id, 0), because=_because(each), **{name: getattr(each, name) for name in names})
        for each in found
    ]


def _because(operation: Operation) -> Because:
    return FROM_KEYS.get(operation.key.partition(":")[0], "operator")


async def spent(session: AsyncSession, first: date, last: date) -> int:
    """Credits that all users, also those who have gone, spent on these days (UTC, both included), less those that
    were given back on them: below zero where that is more.
    """
    since, before = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    return await repository.spent(session, since, before)


def _expiring(lots: list[LotLeft]) -> Expiring | None:
    moments = [lot.expires_at for lot in lots if lot.expires_at is not None]
    if not moments:
        return None
    first = min(moments)
    return Expiring(sum(lot.remains for lot in lots if lot.expires_at == first), first)
