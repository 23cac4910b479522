"""What can be done with users."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.users import repository
from accounts.users.models import User
from kit.clock import Clock, system_clock
from kit.errors import BadInput
from kit.identifiers import uuid7


async def find_or_create(session: AsyncSession, email: str, clock: Clock = system_clock) -> User:
    """The user with this address, made if there is none. Raises BadInput for what is no address."""
    name, at, host = email.strip().rpartition("@")
    if not (name and at and host) or any(char.isspace() for char in email.strip()):
        raise BadInput(f"{email!r} is not an e-mail address")
    now = clock()
    return await repository.add_if_new(session, User(id=uuid7(now), email=email.strip(), created_at=now))


async def make_admin(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Give a user rights over the installation."""
    await repository.set_role(session, user_id, "admin")
