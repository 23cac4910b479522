"""Credits that come back into a lot whose price went back meanwhile, or whose period was replaced, are owed.

What is owed is told by the payment, not by the ledger: so a job settles it once more, under the locks that this takes.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import jobs
from billing.credits.books import BookKeeping
from billing.payments import repository as payments

TASK = "credits.settle_owed"
BACK = ("release", "commit", "refund")  # what puts credits into lots that were spent or set aside


async def look(session: AsyncSession, books: BookKeeping) -> None:
    """Have that done where something came back to somebody of whom something may be owed: hardly ever."""
    back = {each["id"] for each in books.operations if each["kind"] in BACK}
    came = any(each["operation_id"] in back and each["lot_id"] and each["amount"] > 0 for each in books.entries)
    if came and await payments.may_be_owed(session, books.user_id, books.now):
        await jobs.defer(session, TASK, one_at_a_time=f"{TASK}:{books.user_id}", user_id=books.user_id)
