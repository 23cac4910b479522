"""What can be done with a user's credits. Each movement has a key of its own: asked again it answers what was done.

A key is unique among the user's; it begins with who asks (`invoice:`, `code:`, `admin:`) and holds nothing of a person.
Everything raises Refused (operation-key-reused) where the key was used for something else. The transaction is for the
user, or by a role that sees everybody; the user's books are held until it ends.
"""

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
from accounts.users import repository as users
from accounts.vault import service as vault
from billing.credits import repository
from billing.credits.books import BookKeeping, Move, Wish, back, given_back
from billing.credits.models import Kind, Operation

REASON = "credit_operations.reason"  # the field that reasons are sealed for
MOST = 1_000_000_000  # credits in one operation
PRIORITY = 50  # of a lot of which nothing else is said; the lowest is spent first
LONGEST_LEASE = timedelta(days=1)
REFUNDS_KEPT = timedelta(days=30)  # where the lot that they came from has expired
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


async def hold(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Have nobody else move the user's credits until the transaction ends."""
    await repository.hold_books(session, user_id, make=True)


async def grant(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    amount: int,
    asked: Asked,
    *,
    source: str,
    priority: int = PRIORITY,
    expires: datetime | timedelta | None = None,
    kind: Kind = "grant",
) -> Done:
    """Give credits, as a lot of their own. `source` is a code word: plan, pack, code, adjustment.

    `expires` says when they do, or how long from now.
    """
    _check(amount)

    async def plan(books: BookKeeping) -> list[Move]:
        until = books.now + expires if isinstance(expires, timedelta) else expires
        lot = books.open_lot(source, priority, until)
        return [Move("issued", -amount), Move("available", amount, lot.id)]

    done, new = await _do(session, context, user_id, kind, asked, (amount, source, priority, expires), plan)
    if new:
        action = Action.CREDITS_ADJUSTED if kind == "adjust" else Action.CREDITS_GRANTED
        await _record(session, context, action, user_id, asked, done, amount)
    return done


async def spend(session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked) -> Done:
    """Spend credits at once. Raises Refused (insufficient-credits)."""
    _check(amount)

    async def plan(books: BookKeeping) -> list[Move]:
        return [*_taken(books, amount), Move("spent", amount)]

    return (await _do(session, context, user_id, "spend", asked, (amount,), plan)).done


async def reserve(
    session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, lease: timedelta, asked: Asked
) -> Done:
    """Set credits aside until the lease is over; its id is the reservation's. Raises Refused (insufficient-credits)."""
    _check(amount)
    if not timedelta(0) < lease <= LONGEST_LEASE:
        raise ValueError(f"a lease is longer than nothing, and not longer than {LONGEST_LEASE}")

    async def plan(books: BookKeeping) -> list[Move]:
        return [*_taken(books, amount), Move("reserved", amount)]

    return (await _do(session, context, user_id, "reserve", asked, (amount, lease), plan, lease=lease)).done


async def commit(
    session: AsyncSession, context: Context, user_id: uuid.UUID, reservation_id: uuid.UUID, amount: int, asked: Asked
) -> Done:
    """Spend so much of a reservation; the rest goes back into its lots.

    Raises Refused: reservation-over, not-found, invalid-parameter for more than was reserved.
    """
    _check(amount, least=0)
    return await _end(session, context, user_id, "commit", reservation_id, amount, asked)


async def release(
    session: AsyncSession, context: Context, user_id: uuid.UUID, reservation_id: uuid.UUID, asked: Asked
) -> Done:
    """Give up a reservation: everything goes back into its lots. Raises Refused: reservation-over, not-found."""
    return await _end(session, context, user_id, "release", reservation_id, 0, asked)


async def refund(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    spend_id: uuid.UUID,
    amount: int | None,
    asked: Asked,
) -> Done:
    """Give back what was spent (by `spend`, or of a reservation), or so much of it, the last taken first.

    It goes into the lots that it came from; where one has expired, into a new one that is good for REFUNDS_KEPT.
    Raises Refused: not-found, conflict for more than is left to refund.
    """

    async def plan(books: BookKeeping) -> list[Move]:
        left = sum(-part.amount for part in taken) - await repository.refunded(session, spend_id)
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise Refused("conflict", f"{left} credits of {spend_id} are left to refund.")
        still = back(taken, sum(-part.amount for part in taken) - left)
        before = {move.lot_id: move.amount for move in still}
        rest = [part._replace(amount=part.amount + before.get(part.lot_id, 0)) for part in taken]
        return [Move("spent", -wanted), *(_alive(books, move) for move in back(rest, wanted))]

    if amount is not None:
        _check(amount)
    taken = await _paid_from(session, user_id, spend_id)
    lots = {part.lot_id for part in taken if part.lot_id is not None}
    content = (spend_id, amount)
    return (await _do(session, context, user_id, "refund", asked, content, plan, named=lots, origin_id=spend_id)).done


async def adjust(session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked) -> Done:
    """Give credits, or take them back where `amount` is below zero.

    Raises Refused: not-found, conflict for a user who was erased, insufficient-credits.
    """
    user = await users.by_id(session, user_id)
    if user is None:
        raise Refused("not-found", f"There is no user {user_id}.")
    if user.status == "erased":
        raise Refused("conflict", "The person was erased: there is nobody to whom this could be done.")
    if amount > 0:
        return await grant(session, context, user_id, amount, asked, source="adjustment", kind="adjust")
    _check(-amount)

    async def plan(books: BookKeeping) -> list[Move]:
        return [*_taken(books, -amount), Move("issued", -amount)]

    done, new = await _do(session, context, user_id, "adjust", asked, (amount,), plan)
    if new:
        await _record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, amount)
    return done


async def take_back(session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked) -> int:
    """Take back so many credits, or as many as there are: their price was given back. How many were taken."""
    _check(amount)

    async def plan(books: BookKeeping) -> list[Move]:
        some = min(amount, max(1, books.available))  # where there is nothing, there is no operation
        return [*_taken(books, some), Move("issued", some)]

    try:
        done, new = await _do(session, context, user_id, "adjust", asked, (amount,), plan)
    except Refused as refused:
        if refused.code != "insufficient-credits":
            raise
        return 0
    if new and done.amount:
        await _record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, -done.amount)
    return done.amount


async def settle(session: AsyncSession, context: Context, user_id: uuid.UUID) -> int:
    """Release the reservations that lapsed and empty the lots that expired; how many operations that took."""
    held = await repository.hold_books(session, user_id, make=False)
    if held is None:
        return 0
    books, _ = await repository.read(session, user_id, held, context.clock())
    books.settle()
    await repository.write(session, books, held.due_at)
    await repository.set_due(session, user_id, await repository.next_due(session, user_id, books.now))
    return len(books.operations)


async def _end(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    kind: Kind,
    reservation_id: uuid.UUID,
    amount: int,
    asked: Asked,
) -> Done:
    reservation = await repository.by_id(session, user_id, reservation_id)
    if reservation is None or reservation.kind != "reserve":
        raise Refused("not-found", f"There is no reservation {reservation_id}.")
    if amount > reservation.amount:
        raise Refused("invalid-parameter", f"amount: {reservation.amount} credits are reserved, not {amount}.")
    parts = await repository.taken_by(session, reservation_id)

    async def plan(books: BookKeeping) -> list[Move]:
        ended = await repository.end_of(session, reservation_id)
        if ended is not None or reservation.lease_until is None or reservation.lease_until <= books.now:
            told = f"by a {ended.kind}" if ended is not None else "its lease is over"
            raise Refused("reservation-over", f"The reservation {reservation_id} has ended: {told}.")
        return given_back(parts, amount)

    lots = {part.lot_id for part in parts if part.lot_id is not None}
    content = (reservation_id, amount)
    return (await _do(session, context, user_id, kind, asked, content, plan, named=lots, origin_id=reservation_id)).done


async def _do(
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
    held = await repository.hold_books(session, user_id, make=True)
    assert held is not None  # noqa: S101  made above
    digest = hashlib.sha256(repr((kind, *content)).encode()).digest()
    books, same = await repository.read(session, user_id, held, context.clock(), asked.key, named)
    before = await repository.by_id(session, user_id, same) if same is not None else None
    if before is not None:
        if before.content != digest:
            raise Refused("operation-key-reused", f"The key {asked.key} was used for something else.")
        return Made(_done(before), new=False)
    books.settle()
    moves = await plan(books)
    sealed = await _sealed(session, context, user_id, asked.reason)
    until = books.now + lease if lease else None
    wish = Wish(kind, asked.key, digest, asked.actor.kind, asked.actor.id, sealed, origin_id, until)
    made = books.post(wish, *moves)
    books.settle()
    await repository.write(session, books, held.due_at)
    return Made(Done(**{name: made[name] for name in Done.__dataclass_fields__}), new=True)


async def _paid_from(session: AsyncSession, user_id: uuid.UUID, spend_id: uuid.UUID) -> list[Move]:
    """What was spent, of which lots, in the order in which it was taken. Raises Refused (not-found)."""
    found = await repository.by_id(session, user_id, spend_id)
    ended = await repository.end_of(session, spend_id) if found is not None and found.kind == "reserve" else None
    if found is None or not (found.kind == "spend" or (ended is not None and ended.kind == "commit")):
        raise Refused("not-found", f"Nothing was spent by {spend_id}.")
    unused = await repository.given_back_by(session, ended.id) if ended is not None else {}
    taken = await repository.taken_by(session, spend_id)
    return [part._replace(amount=part.amount + unused.get(part.lot_id, 0)) for part in taken if part.lot_id]


def _alive(books: BookKeeping, move: Move) -> Move:
    """The same move, into a new lot where the old one has expired."""
    assert move.lot_id is not None  # noqa: S101  it came out of one
    lot = books.lots[move.lot_id]
    if not lot.over(books.now):
        return move
    made = next((new for new in books.new_lots if new.priority == lot.priority), None)
    return move._replace(lot_id=(made or books.open_lot("refund", lot.priority, books.now + REFUNDS_KEPT)).id)


def _taken(books: BookKeeping, amount: int) -> list[Move]:
    if books.available < amount:
        told = f"This takes {amount} credits; {books.available} are available."
        raise Refused("insufficient-credits", told, facts={"credits": amount, "available": books.available})
    return books.take(amount)


async def _record(
    session: AsyncSession, context: Context, action: Action, user_id: uuid.UUID, asked: Asked, done: Done, amount: int
) -> None:
    told: dict[str, Value] = {"amount": amount, "operation_id": str(done.id), "reason": asked.reason}
    await audit.record(session, context, Event(action, user_id, asked.actor, told))


def _check(amount: int, least: int = 1) -> None:
    if not least <= amount <= MOST:
        raise Refused("invalid-parameter", f"amount: between {least} and {MOST} credits.")


async def _sealed(session: AsyncSession, context: Context, user_id: uuid.UUID, reason: str | None) -> bytes | None:
    return None if reason is None else (await vault.key_of(session, context.secrets, user_id)).seal(REASON, reason)


def _done(operation: Operation) -> Done:
    return Done(**{name: getattr(operation, name) for name in Done.__dataclass_fields__})
