"""Credits that are given back after they were spent."""

import uuid
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.context import Context
from accounts.errors import Refused
from billing.credits import repository
from billing.credits.books import BookKeeping, Move, back
from billing.credits.operations import Asked, Done, check, perform, record

REFUNDS_KEPT = timedelta(days=30)  # where the lot that they came from has expired


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
        check(amount)
    taken = await _paid_from(session, user_id, spend_id)
    lots = {part.lot_id for part in taken if part.lot_id is not None}
    content = (spend_id, amount)
    done, new = await perform(session, context, user_id, "refund", asked, content, plan, named=lots, origin_id=spend_id)
    if new:
        await record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, done.amount)
    return done


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
