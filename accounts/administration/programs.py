"""What command-line programs ask of administration, by the operator's role; the operator needs no account."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration import service
from accounts.administration.service import Act
from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.identity import Role
from accounts.programs import in_transaction
from accounts.users import repository as users
from accounts.users.addresses import digest_of, read_address
from accounts.users.models import User
from kit.errors import BadInput

Deed = Callable[[AsyncSession, User, Act], Awaitable[User]]


def set_role(url: str, context: Context, email: str, role: Role, reason: str) -> None:
    """Give the user with this address a role. Raises BadInput or Refused."""
    _done(
        url, context, email, reason, lambda session, user, act: service.set_role(session, context, user.id, role, act)
    )


def set_plan(url: str, context: Context, email: str, plan: str, reason: str) -> None:
    """Put the user with this address on a plan. Raises BadInput or Refused."""
    _done(
        url, context, email, reason, lambda session, user, act: service.set_plan(session, context, user.id, plan, act)
    )


def suspend(url: str, context: Context, email: str, reason: str) -> None:
    """Let the user with this address do nothing any more. Raises BadInput or Refused."""
    _done(url, context, email, reason, lambda session, user, act: service.suspend(session, context, user.id, act))


def reinstate(url: str, context: Context, email: str, reason: str) -> None:
    """Let the suspended user with this address in again. Raises BadInput or Refused."""
    _done(url, context, email, reason, lambda session, user, act: service.reinstate(session, context, user.id, act))


def _done(url: str, context: Context, email: str, reason: str, deed: Deed) -> None:
    async def work(session: AsyncSession) -> None:
        user = await users.by_email(session, digest_of(context.secrets, read_address(email)))
        if user is None:
            raise BadInput("nobody has this address")
        await deed(session, user, Act(OPERATOR, reason))

    in_transaction(url, work)
