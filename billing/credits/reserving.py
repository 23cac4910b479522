"""Credits that are set aside for something under way: taken when it is done, given back when it is not."""

import uuid
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from billing.credits import repository
from billing.credits.books import BookKeeping, Move, given_back
from billing.credits.models import Kind
from billing.credits.operations import Asked, Done, check, perform, taken

LONGEST_LEASE = timedelta(days=1)


async def reserve(
    session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, lease: timedelta, asked: Asked
) -> Done:
    """Set credits aside until the lease is over; its id is the reservation's. Raises Refused (insufficient-credits)."""
    check(amount)
    if not timedelta(0) < lease <= LONGEST_LEASE:
        raise ValueError(f"a lease is longer than nothing, and not longer than {LONGEST_LEASE}")

    async def plan(books: BookKeeping) -> list[Move]:
        return [*taken(books, amount), Move("reserved", amount)]

    return (await perform(session, context, user_id, "reserve", asked, (amount, lease), plan, lease=lease)).done


async def commit(
    session: AsyncSession, context: Context, user_id: uuid.UUID, reservation_id: uuid.UUID, amount: int, asked: Asked
) -> Done:
    """Spend so much of a reservation; the rest goes back into its lots.

    Raises Refused: reservation-over, not-found, invalid-parameter for more than was reserved.
    """
    check(amount, least=0)
    return await _end(session, context, user_id, "commit", reservation_id, amount, asked)


async def release(
    session: AsyncSession, context: Context, user_id: uuid.UUID, reservation_id: uuid.UUID, asked: Asked
) -> Done:
    """Give up a reservation: everything goes back into its lots. Raises Refused: reservation-over, not-found."""
    return await _end(session, context, user_id, "release", reservation_id, 0, asked)


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
    return (
        await perform(session, context, user_id, kind, asked, content, plan, named=lots, origin_id=reservation_id)
    ).done
