"""Make and use a person's key. What destroys it is accounts.privacy.erasing."""

import os
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.vault.models import SealedKey
from kit.errors import Permanent
from kit.secrets import BYTES, Secrets, opened, sealed

PURPOSE = "person-keys"


class Erased(Permanent):
    """The person's key is gone, and with it all that was sealed under it."""


class PersonKey:
    """Seals texts of one person; each opens for the same field of the same person alone."""

    def __init__(self, user_id: uuid.UUID, key: bytes) -> None:
        self._user_id, self._key = user_id, key

    def seal(self, field: str, text: str) -> bytes:
        """The text as it is stored; `field` is where, such as "users.email"."""
        return sealed(self._key, text.encode(), f"{field}:{self._user_id}")

    def open(self, field: str, data: bytes) -> str:
        """What was sealed for this field. Raises Permanent for anything else."""
        return opened(self._key, data, f"{field}:{self._user_id}").decode()


async def make_key(session: AsyncSession, secrets: Secrets, user_id: uuid.UUID) -> PersonKey:
    """A new key for a user who has none."""
    plain = os.urandom(BYTES)
    session.add(SealedKey(user_id=user_id, sealed=secrets.seal(PURPOSE, plain, str(user_id))))
    await session.flush()
    return PersonKey(user_id, plain)


async def key_of(session: AsyncSession, secrets: Secrets, user_id: uuid.UUID) -> PersonKey:
    """The user's key. Raises Erased when there is none."""
    found = await session.scalar(select(SealedKey.sealed).where(SealedKey.user_id == user_id))
    if found is None:
        raise Erased(f"there is no key of user {user_id}: the person was erased")
    return PersonKey(user_id, secrets.open(PURPOSE, found, str(user_id)))
