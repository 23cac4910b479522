"""What command-line programs ask of credits, by the operator's role."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.programs import in_transaction
from accounts.users import repository as users
from accounts.users.addresses import digest_of, read_address
from billing.credits import checking, codes, reading, repository, service
from billing.credits.checking import Verdict
from billing.credits.codes import NewCode
from billing.credits.reading import Balance, Line
from billing.credits.service import Asked, Done
from kit.errors import BadInput

Result = TypeVar("Result")


def balance(url: str, context: Context, email: str) -> Balance:
    """What the user with this address has. Raises BadInput where nobody has it."""
    return _of(url, context, email, lambda session, user_id: reading.balance(session, context, user_id))


def grant(url: str, context: Context, email: str, amount: int, reason: str, kept: timedelta | None, key: str) -> Done:
    """Give the user with this address credits, which are `kept` so long, or for good; with the same key once.

    Raises BadInput or Refused.
    """

    async def work(session: AsyncSession, user_id: uuid.UUID) -> Done:
        asked = Asked(f"operator:{key}", OPERATOR, reason)
        return await service.grant(session, context, user_id, amount, asked, source="operator", expires=kept)

    return _of(url, context, email, work)


def history(url: str, context: Context, email: str, below: int | None, limit: int) -> list[Line]:
    """Operations of the user with this address, newest first, from below the one with this number.

    Raises BadInput where nobody has it.
    """
    return _of(url, context, email, lambda session, user_id: reading.history(session, user_id, below, limit))


def refund(
    url: str, context: Context, email: str, operation_id: uuid.UUID, amount: int | None, reason: str, key: str
) -> Done:
    """Give the user with this address back what an operation spent, or so much of it; with the same key once.

    Raises BadInput or Refused.
    """

    async def work(session: AsyncSession, user_id: uuid.UUID) -> Done:
        spend_id = await _spend_of(session, user_id, operation_id)
        asked = Asked(f"operator:{key}", OPERATOR, reason)
        return await service.refund(session, context, user_id, spend_id, amount, asked)

    return _of(url, context, email, work)


async def _spend_of(session: AsyncSession, user_id: uuid.UUID, operation_id: uuid.UUID) -> uuid.UUID:
    """What a reservation's end spent was taken by the reservation."""
    found = await repository.by_id(session, user_id, operation_id)
    if found is None or found.kind != "commit" or found.origin_id is None:
        return operation_id
    return found.origin_id


def create_code(
    url: str, context: Context, amount: int, most_uses: int, ends_at: datetime, kept: timedelta | None, reason: str
) -> NewCode:
    """Make a code that users redeem. Raises Refused for one that could never be."""
    asked = Asked("", OPERATOR, reason)
    return in_transaction(url, lambda session: codes.create(session, context, amount, most_uses, ends_at, kept, asked))


def verify(url: str, context: Context) -> Verdict:
    """Look at everybody's books."""
    return in_transaction(url, lambda session: checking.verify(session, context.clock()))


def _of(url: str, context: Context, email: str, act: Callable[[AsyncSession, uuid.UUID], Awaitable[Result]]) -> Result:
    async def work(session: AsyncSession) -> Result:
        user = await users.by_email(session, digest_of(context.secrets, read_address(email)))
        if user is None:
            raise BadInput("nobody has this address")
        return await act(session, user.id)

    return in_transaction(url, work)
