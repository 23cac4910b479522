"""What can be done with users."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.users import repository
from accounts.users.addresses import digest_of, read_address
from accounts.users.models import User
from accounts.vault import service as vault
from kit.database import act_for
from kit.identifiers import uuid7

EMAIL, NAME = "users.email", "users.name"  # the fields that they are sealed for


async def create_user(session: AsyncSession, context: Context, email: str | None) -> User:
    """A new user with this address, or with none; the transaction is theirs from here on.

    Raises BadInput for what is no address, IntegrityError for one that is taken.
    """
    address, now = None if email is None else read_address(email), context.clock()
    user = User(id=uuid7(now), created_at=now)
    user.email_digest = None if address is None else digest_of(context.secrets, address)
    await act_for(session, user.id)
    session.add(user)
    await session.flush()
    key = await vault.make_key(session, context.secrets, user.id)
    user.email_sealed = None if address is None else key.seal(EMAIL, address)
    await session.flush()
    await session.refresh(user)  # with what the database set
    return user


async def find_or_create(session: AsyncSession, context: Context, email: str) -> User:
    """The user with this address, made if there is none; for the operator. Raises BadInput for what is no address."""
    found = await repository.by_email(session, digest_of(context.secrets, read_address(email)))
    return found or await create_user(session, context, email)


async def email_of(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    """The user's address. Raises Erased when there is none any more."""
    user = await repository.by_id(session, user_id)
    person = await vault.key_of(session, context.secrets, user_id)
    return person.open(EMAIL, user.email_sealed) if user is not None and user.email_sealed is not None else ""
