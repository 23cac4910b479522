"""Queries over the ledger. Rows are added to it and never changed."""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import and_, exists, func, insert, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from billing.credits.books import BookKeeping, Hold, Move, OpenLot
from billing.credits.models import ENDS, Account, Books, Code, Entry, Lot, Operation
from kit.clock import Clock
from kit.identifiers import least_uuid7

Ended = aliased(Operation)
LAST = (  # what the last entry of a lot says of it
    select(Entry.seq, Entry.remains).where(Entry.lot_id == Lot.id).order_by(Entry.seq.desc()).limit(1).lateral()
)
Given = aliased(Entry)
SPENDING = ("spend", "reserve", "commit", "release", "refund")
NOT_ENDED = ~exists().where(Ended.origin_id == Operation.id, Ended.kind.in_(ENDS))
HOLD = text("SELECT due_at FROM credit_books WHERE user_id = :user_id FOR UPDATE")
# A spend is as fast as its statements are few. To hold the books and read what stands in them is one,
READ = text("SELECT * FROM credit_books_held(:user_id, :key, :named)")
# and to write what is done another.
WRITE = text("""
    WITH made AS (
        INSERT INTO credit_operations
        SELECT * FROM jsonb_populate_recordset(NULL::credit_operations, CAST(:operations AS jsonb))
    )
    INSERT INTO credit_entries SELECT * FROM jsonb_populate_recordset(NULL::credit_entries, CAST(:entries AS jsonb))
""")


class Read(NamedTuple):
    """What stands in the books, when they were to be settled, and which operation has the key that was asked for."""

    books: BookKeeping
    due_at: datetime | None
    same: uuid.UUID | None


class Granted(NamedTuple):
    """A lot by what it was granted under, and what remains in it."""

    lot_id: uuid.UUID
    expires_at: datetime | None
    remains: int


async def hold_books(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Hold the user's books until the transaction ends; they are made where there are none."""
    if (await session.execute(HOLD, {"user_id": user_id})).first() is None:
        await session.execute(upsert(Books).values(user_id=user_id).on_conflict_do_nothing())
        await session.execute(HOLD, {"user_id": user_id})


async def by_key(session: AsyncSession, user_id: uuid.UUID, key: str) -> Operation | None:
    """What was done under this key."""
    return (await session.scalars(select(Operation).where(Operation.user_id == user_id, Operation.key == key))).first()


async def by_id(session: AsyncSession, user_id: uuid.UUID, operation_id: uuid.UUID) -> Operation | None:
    """One of the user's operations."""
    asked = select(Operation).where(Operation.user_id == user_id, Operation.id == operation_id)
    return (await session.scalars(asked)).one_or_none()


async def read(
    session: AsyncSession,
    user_id: uuid.UUID,
    clock: Clock,
    key: str | None = None,
    named: Collection[uuid.UUID] = (),
) -> Read | None:
    """The books as the last operation left them, and what has lapsed since; of lots that are empty those `named`.

    They are held until the transaction ends. None where there are none.
    """
    rows = await _rows(session, user_id, key, named)
    if not rows:
        return None
    first, now = rows[0], clock()  # after the wait for whoever held them
    if first.number is None:
        return Read(BookKeeping(user_id, now, due_at=first.due_at), first.due_at, None)
    made = BookKeeping(user_id, max(now, first.at), first.number, first.available, first.reserved, due_at=first.due_at)
    if first.reserved:
        made.lapsed = await _lapsed(session, user_id, first.at, made.now)
    if made.lapsed:  # and what they took of lots that may be empty
        more = [part.lot_id for hold in made.lapsed for part in hold.parts if part.lot_id is not None]
        rows = await _rows(session, user_id, key, [*named, *more])
    made.lots = {row.id: OpenLot(*row[6:]) for row in rows if row.id is not None}
    return Read(made, first.due_at, first.same)


async def _rows(
    session: AsyncSession, user_id: uuid.UUID, key: str | None, named: Collection[uuid.UUID]
) -> Sequence[Any]:
    return (await session.execute(READ, {"user_id": user_id, "key": key, "named": list(named)})).all()


async def _lapsed(session: AsyncSession, user_id: uuid.UUID, since: datetime, now: datetime) -> list[Hold]:
    """The reservations whose lease ended after `since`: what was done then has released those that lapsed before."""
    asked = select(Operation.id).where(
        Operation.user_id == user_id, Operation.lease_until.between(since, now), NOT_ENDED
    )
    found = await session.scalars(asked.order_by(Operation.lease_until, Operation.id))
    return [Hold(each, tuple(await taken_by(session, each))) for each in found]


async def taken_by(session: AsyncSession, operation_id: uuid.UUID) -> list[Move]:
    """What an operation took out of lots, in its order."""
    asked = select(Entry.account, Entry.amount, Entry.lot_id).where(Entry.operation_id == operation_id)
    return [
        Move(cast(Account, account), amount, lot_id)
        for account, amount, lot_id in await session.execute(asked.where(Entry.amount < 0).order_by(Entry.line))
    ]


async def given_back_by(session: AsyncSession, operation_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """What an operation put back into each lot."""
    asked = select(Entry.lot_id, Entry.amount).where(Entry.operation_id == operation_id, Entry.amount > 0)
    return {lot_id: amount for lot_id, amount in await session.execute(asked) if lot_id is not None}


async def end_of(session: AsyncSession, reservation_id: uuid.UUID) -> Operation | None:
    """What ended a reservation."""
    asked = select(Operation).where(Operation.origin_id == reservation_id, Operation.kind.in_(ENDS))
    return (await session.scalars(asked)).one_or_none()


async def granted(session: AsyncSession, user_id: uuid.UUID, key: str) -> Granted | None:
    """The lot that came under this key."""
    asked = select(Lot.id, Lot.expires_at, LAST.c.remains).join(LAST, true()).join(Given, Given.lot_id == Lot.id)
    asked = asked.join(Operation, Operation.id == Given.operation_id)
    found = (await session.execute(asked.where(Operation.user_id == user_id, Operation.key == key))).first()
    return None if found is None else Granted(found[0], found[1], found[2])


async def moved(session: AsyncSession, lot_id: uuid.UUID, key: str) -> tuple[int, int]:
    """By how much all operations whose keys begin so changed a lot, and how many they were."""
    asked = select(func.coalesce(func.sum(Entry.amount), 0), func.count()).join(
        Operation, Operation.id == Entry.operation_id
    )
    where = (Entry.lot_id == lot_id, Operation.key.startswith(key, autoescape=True))
    total, count = (await session.execute(asked.where(*where))).one()
    return int(total), int(count)


async def spent_of(session: AsyncSession, user_id: uuid.UUID, key: str) -> int:
    """How many of the credits that were granted under this key are spent, set aside to be, or taken by an operator."""
    lot = await granted(session, user_id, key)
    if lot is None:
        return 0
    taken = and_(Operation.kind == "adjust", ~Operation.key.startswith(f"{key}:back:", autoescape=True))
    asked = select(func.sum(Entry.amount)).join(Operation, Operation.id == Entry.operation_id)
    asked = asked.where(Entry.lot_id == lot.lot_id, or_(Operation.kind.in_(SPENDING), taken))
    return -int(await session.scalar(asked) or 0)


async def refunded(session: AsyncSession, spend_id: uuid.UUID) -> int:
    """How much of a spend was refunded."""
    asked = select(func.sum(Operation.amount)).where(Operation.origin_id == spend_id, Operation.kind == "refund")
    return int(await session.scalar(asked) or 0)


async def write(session: AsyncSession, books: BookKeeping, due_before: datetime | None) -> None:
    """Add what was done."""
    if books.new_lots:
        columns = ("id", "source", "priority", "expires_at", "granted_at")
        rows = [{name: getattr(lot, name) for name in columns} for lot in books.new_lots]
        await session.execute(insert(Lot), [row | {"user_id": books.user_id} for row in rows])
    if books.operations:
        made = {"operations": books.operations, "entries": books.entries}
        await session.execute(WRITE, {name: json.dumps(each, default=_as_json) for name, each in made.items()})
    if books.due_at != due_before:
        await set_due(session, books.user_id, books.due_at)


def _as_json(value: object) -> str:
    """As PostgreSQL reads bytes, times and ids."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def set_due(session: AsyncSession, user_id: uuid.UUID, moment: datetime | None) -> None:
    """Have the user's books settled then."""
    await session.execute(update(Books).where(Books.user_id == user_id).values(due_at=moment))


async def history(session: AsyncSession, user_id: uuid.UUID, below: int | None, limit: int) -> list[Operation]:
    """The user's operations, newest first, from below the one with this number."""
    asked = select(Operation).where(Operation.user_id == user_id)
    if below is not None:
        asked = asked.where(Operation.seq < below)
    return list(await session.scalars(asked.order_by(Operation.seq.desc()).limit(limit)))


async def changes(session: AsyncSession, operation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """By how much each operation changed what is available."""
    asked = select(Entry.operation_id, func.sum(Entry.amount)).where(
        Entry.operation_id.in_(operation_ids), Entry.account == "available"
    )
    return {key: int(total) for key, total in await session.execute(asked.group_by(Entry.operation_id))}


async def due(session: AsyncSession, now: datetime, limit: int) -> list[uuid.UUID]:
    """Whose books are to be settled, the longest due first."""
    asked = select(Books.user_id).where(Books.due_at <= now).order_by(Books.due_at).limit(limit)
    return list(await session.scalars(asked))


async def next_due(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> datetime | None:
    """When something of the user's will expire or lapse next."""
    lots = select(func.min(Lot.expires_at)).join(LAST, true()).where(Lot.user_id == user_id, LAST.c.remains > 0)
    leases = select(func.min(Operation.lease_until)).where(Operation.user_id == user_id, NOT_ENDED)
    found = [
        await session.scalar(lots.where(Lot.expires_at > now)),
        await session.scalar(leases.where(Operation.lease_until > now)),
    ]
    return min((moment for moment in found if moment is not None), default=None)


async def code(session: AsyncSession, digest: bytes) -> Code | None:
    """The code with this digest, held until the transaction ends."""
    asked = select(Code).where(Code.digest == digest).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(asked)).one_or_none()


async def as_of_one_moment(session: AsyncSession) -> None:
    """Have everything that the transaction reads be as of one moment; to be asked first."""
    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


async def count(session: AsyncSession) -> tuple[int, int]:
    """How many users have books, and how many operations are in them."""
    users = await session.scalar(select(func.count()).select_from(Books))
    return int(users or 0), int(await session.scalar(select(func.count()).select_from(Operation)) or 0)


async def spent(session: AsyncSession, since: datetime, before: datetime) -> int:
    """What all users spent in this time, less what was given back in it. Operations' ids tell when they were made."""
    when = Entry.operation_id.between(least_uuid7(since), least_uuid7(before))
    return int(await session.scalar(select(func.sum(Entry.amount)).where(Entry.account == "spent", when)) or 0)


async def totals(session: AsyncSession) -> dict[str, int]:
    """What each account holds, of all users."""
    asked = select(Entry.account, func.sum(Entry.amount)).group_by(Entry.account).order_by(Entry.account)
    return {account: int(total) for account, total in await session.execute(asked)}
