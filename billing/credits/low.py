"""Subscribers' webhook endpoints hear it when their credits run low: once, each time that they do."""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.users import repository as users
from billing.credits.books import BookKeeping
from billing.hooks import service as hooks
from billing.plans import PLANS, plan_of

MOST = max(plan.credits_low for plan in PLANS.values())


async def tell(session: AsyncSession, context: Context, books: BookKeeping, before: int) -> None:
    """Tell it where less than the plan's `credits_low` is left, of what were `before` and not less.

    Credits that are reserved are not gone yet.
    """
    left = books.available + books.reserved
    if left >= min(before, MOST):  # so nearly always: nobody need be asked
        return
    user = await users.by_id(session, books.user_id)
    threshold = plan_of(user.plan).credits_low if user is not None else 0
    if left < threshold <= before:
        told = {"available": books.available, "reserved": books.reserved, "threshold": threshold}
        await hooks.tell(session, context, "credits.low", told, books.user_id)
