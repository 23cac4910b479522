"""Addresses of people who were erased, as keyed digests.

What comes by itself, such as a provider's message that was on its way for days, must not make such a person anew:
whoever makes users without the person being there asks `stands` first. The person may begin again whenever they like:
registering is their own act, and so is signing in, which takes the tombstone away (`lift`).
"""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.privacy import repository
from accounts.users import repository as users
from accounts.users.addresses import digest_of


async def stands(session: AsyncSession, context: Context, address: str) -> bool:
    """Whether somebody with this address was erased, and nobody has begun again with it."""
    digest = digest_of(context.secrets, address)
    return await repository.is_buried(session, digest) and await users.id_by_email(session, digest) is None


async def lift(session: AsyncSession, context: Context, address: str) -> None:
    """The person is back by their own act."""
    await repository.unbury(session, digest_of(context.secrets, address))
