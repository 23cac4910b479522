"""What can be done with a user's credits. Each movement has a key of its own: asked again it answers what was done.

A key is unique among the user's; it begins with who asks (`invoice:`, `code:`, `admin:`) and holds nothing of a person.
Everything raises Refused (operation-key-reused) where the key was used for something else. The transaction is for the
user, or by a role that sees everybody; the user's books are held until it ends.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.context import Context
from accounts.errors import Refused
from accounts.users import repository as users
from billing.credits import repository
from billing.credits.books import BookKeeping, Move
from billing.credits.models import Kind
from billing.credits.operations import MOST, REASON, Asked, Done, check, perform, record, settle, taken
from billing.credits.refunding import REFUNDS_KEPT, refund
from billing.credits.reserving import LONGEST_LEASE, commit, release, reserve
from billing.credits.withdrawing import withdraw

__all__ = [
    "LONGEST_LEASE", "MOST", "REASON", "REFUNDS_KEPT", "Asked", "Done", "adjust", "commit", "grant", "hold", "refund",
    "release", "reserve", "settle", "spend", "withdraw",
]  # fmt: skip
PRIORITY = 50  # of a lot of which nothing else is said; the lowest is spent first


async def hold(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Have nobody else move the user's credits until the transaction ends."""
    await repository.hold_books(session, user_id)


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
    check(amount)

    async def plan(books: BookKeeping) -> list[Move]:
        until = books.now + expires if isinstance(expires, timedelta) else expires
        lot = books.open_lot(source, priority, until)
        return [Move("issued", -amount), Move("available", amount, lot.id)]

    done, new = await perform(session, context, user_id, kind, asked, (amount, source, priority, expires), plan)
    if new:
        action = Action.CREDITS_ADJUSTED if kind == "adjust" else Action.CREDITS_GRANTED
        await record(session, context, action, user_id, asked, done, amount)
    return done


async def spend(session: AsyncSession, context: Context, user_id: uuid.UUID, amount: int, asked: Asked) -> Done:
    """Spend credits at once. Raises Refused (insufficient-credits)."""
    check(amount)

    async def plan(books: BookKeeping) -> list[Move]:
        return [*taken(books, amount), Move("spent", amount)]

    return (await perform(session, context, user_id, "spend", asked, (amount,), plan)).done


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
    check(-amount)

    async def plan(books: BookKeeping) -> list[Move]:
        return [*taken(books, -amount), Move("issued", -amount)]

    done, new = await perform(session, context, user_id, "adjust", asked, (amount,), plan)
    if new:
        await record(session, context, Action.CREDITS_ADJUSTED, user_id, asked, done, amount)
    return done
