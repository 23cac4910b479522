"""Credits whose price went back: taken back as far as there are any, and given again if the price comes after all.

What was granted under a key is taken out of its own lot first. So it does not matter when we hear that the price went
back: no lot that ends earlier is emptied in its place.
"""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.context import Context
from accounts.errors import Refused
from billing.credits import repository
from billing.credits.books import BookKeeping, Move
from billing.credits.operations import Asked, check, perform, record, settle, taken
from billing.credits.repository import Granted


async def take_back(
    session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked, granted: str
) -> int:
    """Take back so many credits, or as many as there are: first what is left of those that were granted under the key
    `granted`, then others. How many were taken.
    """
    check(amount)
    own = await repository.granted(session, user_id, granted)

    async def plan(books: BookKeeping) -> list[Move]:
        some = min(amount, max(1, books.available))  # where there is nothing, there is no operation
        return [*taken(books, some, None if own is None else own.lot_id), Move("issued", some)]

    try:
        done, new = await perform(session, context, user_id, "adjust", asked, (amount,), plan)
    except Refused as refused:
        if refused.code != "insufficient-credits":
            raise
        return 0
    if new and done.amount:
        await record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, -done.amount)
    return done.amount


async def give_back(
    session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked, granted: str
) -> None:
    """Give so many credits of those again that `take_back` took, with what else was granted under the key `granted`."""
    check(amount)
    if (lot := await repository.granted(session, user_id, granted)) is not None:
        await _move(session, context, user_id, lot, amount, asked)


async def withdraw(session: AsyncSession, context: Context, user_id: uuid.UUID, granted: str) -> None:
    """Take back what is left of what was granted under this key, and nothing else.

    Done again it takes what has come back into the lot since, as of a reservation that ended.
    """
    if (lot := await _alive(session, context, user_id, granted)) is not None and lot.remains:
        _, asked = await _withdrawn(session, lot, granted)
        await _move(session, context, user_id, lot, -lot.remains, asked)


async def restore(session: AsyncSession, context: Context, user_id: uuid.UUID, granted: str) -> None:
    """Give again what `withdraw` took, unless it would have ended by now."""
    if (lot := await _alive(session, context, user_id, granted)) is not None:
        amount, asked = await _withdrawn(session, lot, granted)
        if amount:
            await _move(session, context, user_id, lot, amount, asked)


async def _alive(session: AsyncSession, context: Context, user_id: uuid.UUID, granted: str) -> Granted | None:
    """The lot, of books that are held and settled."""
    await settle(session, context, user_id)
    lot = await repository.granted(session, user_id, granted)
    return None if lot is None or (lot.expires_at is not None and lot.expires_at <= context.clock()) else lot


async def _withdrawn(session: AsyncSession, lot: Granted, granted: str) -> tuple[int, Asked]:
    """How much is, and what the next operation is called that changes that."""
    keys = f"{granted}:back:"
    change, before = await repository.moved(session, lot.lot_id, keys)
    return -change, Asked(f"{keys}{before + 1}")


async def _move(
    session: AsyncSession, context: Context, user_id: uuid.UUID, lot: Granted, amount: int, asked: Asked
) -> None:
    async def plan(_: BookKeeping) -> list[Move]:
        return [Move("available", amount, lot.lot_id), Move("issued", -amount)]

    done, new = await perform(session, context, user_id, "adjust", asked, (amount,), plan, named={lot.lot_id})
    if new:
        await record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, amount)
