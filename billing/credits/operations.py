"""How an operation is made: once for its key, of books that nobody else moves meanwhile, settled before and after."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import SYSTEM, Action, Actor, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.errors import Refused
from accounts.vault import service as vault
from billing.credits import low, owed, repository
from billing.credits.books import BookKeeping, Move, Wish
from billing.credits.models import Kind, Operation
from billing.credits.repository import Read

REASON = "credit_operations.reason"  # the field that reasons are sealed for
MOST = 1_000_000_000  # credits in one operation
Plan = Callable[[BookKeeping], Awaitable[list[Move]]]  # of an operation, from books that are settled


@dataclass(frozen=True)
class Done:
    """An operation. `available` and `reserved` are what the user had after it."""

    id: uuid.UUID
    seq: int
    kind: Kind
    amount: int
    available: int
    reserved: int
    lease_until: datetime | None
    at: datetime


class Made(NamedTuple):
    """An operation, and whether it was made now or before."""

    done: Done
    new: bool


@dataclass(frozen=True)
class Asked:
    """Who wants it, why, and the key under which it is done once."""

    key: str
    actor: Actor = SYSTEM
    reason: str | None = None


async def perform(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    kind: Kind,
    asked: Asked,
    content: tuple[object, ...],
    plan: Plan,
    *,
    named: Collection[uuid.UUID] = (),
    origin_id: uuid.UUID | None = None,
    lease: timedelta | None = None,
) -> Made:
    """Make the operation that `plan` plans, unless it was made already."""
    digest = hashlib.sha256(repr((kind, *content)).encode()).digest()
    books, due_at, same = await _read(session, context, user_id, asked.key, named)
    before = await repository.by_id(session, user_id, same) if same is not None else None
    if before is not None:
        if before.content != digest:
            raise Refused("operation-key-reused", f"The key {asked.key} was used for something else.")
        return Made(_done(before), new=False)
    owned = books.available + books.reserved
    books.settle()
    moves = await plan(books)
    sealed = await _sealed(session, context, user_id, asked.reason)
    until = books.now + lease if lease else None
    wish = Wish(kind, asked.key, digest, asked.actor.kind, asked.actor.id, sealed, origin_id, until)
    made = books.post(wish, *moves)
    books.settle()
    await repository.write(session, books, due_at)
    await low.tell(session, context, books, owned)
    await owed.look(session, books)
    return Made(Done(**{name: made[name] for name in Done.__dataclass_fields__}), new=True)


async def settle(session: AsyncSession, context: Context, user_id: uuid.UUID) -> int:
    """Release the reservations that lapsed and empty the lots that expired; how many operations that took."""
    found = await repository.read(session, user_id, context.clock)
    if found is None:
        return 0
    books = found.books
    owned = books.available + books.reserved
    books.settle()
    await repository.write(session, books, found.due_at)
    await low.tell(session, context, books, owned)
    await owed.look(session, books)
    await repository.set_due(session, user_id, await repository.next_due(session, user_id, books.now))
    return len(books.operations)


async def _read(
    session: AsyncSession, context: Context, user_id: uuid.UUID, key: str, named: Collection[uuid.UUID]
) -> Read:
    """The user's books, held; they are made where there are none."""
    found = await repository.read(session, user_id, context.clock, key, named)
    if found is None:
        await repository.hold_books(session, user_id)
        found = await repository.read(session, user_id, context.clock, key, named)
    assert found is not None  # noqa: S101  made above
    return found


def taken(books: BookKeeping, amount: int) -> list[Move]:
    """What takes so much out of the lots. Raises Refused (insufficient-credits)."""
    if books.available < amount:
        facts = {"credits": amount, "available": books.available}
        raise Refused("insufficient-credits", too_few(amount, books.available), facts=facts)
    return books.take(amount)


def too_few(amount: int, available: int, takes: str = "takes") -> str:
    """What somebody is told who has not so many."""
    return f"This {takes} {amount} {'credit' if amount == 1 else 'credits'}; available: {available}."


def check(amount: int, least: int = 1) -> None:
    """Raises Refused (invalid-parameter) for an amount that is none."""
    if not least <= amount <= MOST:
        raise Refused("invalid-parameter", f"amount: between {least} and {MOST} credits.")


async def record(
    session: AsyncSession, context: Context, action: Action, user_id: uuid.UUID, asked: Asked, done: Done, amount: int
) -> None:
    """Have the trail tell of it."""
    told: dict[str, Value] = {"amount": amount, "operation_id": str(done.id), "reason": asked.reason}
    await audit.record(session, context, Event(action, user_id, asked.actor, told))


async def _sealed(session: AsyncSession, context: Context, user_id: uuid.UUID, reason: str | None) -> bytes | None:
    return None if reason is None else (await vault.key_of(session, context.secrets, user_id)).seal(REASON, reason)


def _done(operation: Operation) -> Done:
    return Done(**{name: getattr(operation, name) for name in Done.__dataclass_fields__})
