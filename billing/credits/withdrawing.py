"""Credits whose price went back: what is left of them is taken back, and given again if the price comes after all.

It is taken out of their own lot and no other. So it does not matter when we hear that the price went back: neither is a
lot emptied that ends earlier, nor one that was bought since.
"""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.context import Context
from billing.credits import repository
from billing.credits.books import BookKeeping, Move
from billing.credits.operations import Asked, perform, record, settle


async def withdraw(
    session: AsyncSession, context: Context, user_id: uuid.UUID, granted: str, wanted: int | None = None
) -> int:
    """Have so many of the credits that were granted under the key `granted` be withdrawn (None: all), as far as they
    are left; what was withdrawn beyond that is given again. How many are withdrawn now.

    Of a lot that has ended nothing moves. Done again it changes nothing, but for what came back into the lot since, as
    of a reservation that ended: billing.credits.owed has it done then.
    """
    await settle(session, context, user_id)  # which holds the books
    lot = await repository.granted(session, user_id, granted)
    if lot is None:
        return 0
    keys = f"{granted}:back:"
    change, moves = await repository.moved(session, lot.lot_id, keys)
    left, before = lot.remains, -change
    change = before - min(before + left, before + left if wanted is None else wanted)
    if not change or (lot.expires_at is not None and lot.expires_at <= context.clock()):
        return before

    async def plan(_: BookKeeping) -> list[Move]:
        return [Move("available", change, lot.lot_id), Move("issued", -change)]

    asked = Asked(f"{keys}{moves + 1}")
    done, _ = await perform(session, context, user_id, "adjust", asked, (change,), plan, named={lot.lot_id})
    await record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, change)
    return before - change
