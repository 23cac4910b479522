"""What can be done with API keys."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import repository
from accounts.keys.models import ApiKey
from accounts.keys.text import SHOWN, Mode, digest_of, new_key, well_formed
from accounts.users import repository as users
from kit.clock import Clock, system_clock
from kit.errors import BadInput
from kit.identifiers import uuid7

SCOPES = frozenset({"insights:read"})


@dataclass(frozen=True)
class Identity:
    """Who holds a good key, and what the key may do."""

    key_id: uuid.UUID
    user_id: uuid.UUID
    mode: str
    scopes: frozenset[str]
    expires_at: datetime | None


async def create_key(
    session: AsyncSession,
    user_id: uuid.UUID,
    name: str,
    *,
    mode: Mode = "live",
    scopes: Iterable[str] = SCOPES,
    expires_at: datetime | None = None,
    clock: Clock = system_clock,
) -> str:
    """Make a key and return its text, which cannot be had again.

    Raises BadInput for unknown scopes and for an expiry in the past.
    """
    wanted = sorted(set(scopes))
    if unknown := sorted(set(wanted) - SCOPES):
        raise BadInput(f"unknown scopes: {', '.join(unknown)}; there are {', '.join(sorted(SCOPES))}")
    now = clock()
    if expires_at is not None and expires_at <= now:
        raise BadInput(f"a key cannot expire in the past ({expires_at})")
    text = new_key(mode)
    key = ApiKey(id=uuid7(now), user_id=user_id, name=name, prefix=text[:SHOWN], hash=digest_of(text), mode=mode)
    key.scopes, key.created_at, key.expires_at = wanted, now, expires_at
    session.add(key)
    await session.flush()
    return text


async def keys_of(session: AsyncSession, email: str) -> list[ApiKey]:
    """The keys of the user with this address, oldest first; none where nobody has it."""
    user = await users.by_email(session, email)
    return [] if user is None else await repository.of_user(session, user.id)


async def revoke_key(session: AsyncSession, key_id: uuid.UUID, clock: Clock = system_clock) -> bool:
    """Revoke a key for good; False when it does not exist or is revoked already."""
    return await repository.mark_revoked(session, key_id, clock())


async def verify(session: AsyncSession, text: str, clock: Clock = system_clock) -> Identity | None:
    """Whose key this is; None for a key that is malformed, unknown, revoked or expired."""
    if not well_formed(text):
        return None
    key = await repository.by_hash(session, digest_of(text))
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= clock()):
        return None
    return Identity(key.id, key.user_id, key.mode, frozenset(key.scopes), key.expires_at)
