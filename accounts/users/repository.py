"""Queries over users."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.models import ApiKey
from accounts.users.models import User


async def id_by_email(session: AsyncSession, digest: bytes) -> uuid.UUID | None:
    """Who has the address with this digest; asked before anybody is known, and so by the one function that may."""
    return cast(uuid.UUID | None, await session.scalar(select(func.user_by_email(digest))))


async def credentials(session: AsyncSession, digest: bytes) -> Any | None:
    """user_id and password_hash of whoever has the address; asked before anybody is known."""
    asked = text("SELECT * FROM credentials_by_email(:digest)")
    return (await session.execute(asked, {"digest": digest})).one_or_none()


async def replace_password(session: AsyncSession, user_id: uuid.UUID, before: str | None, after: str) -> bool:
    """Set the password's hash, if it still is what it was."""
    statement = update(User).where(User.id == user_id, User.password_hash.is_not_distinct_from(before))
    return (await session.execute(statement.values(password_hash=after).returning(User.id))).first() is not None


async def by_email(session: AsyncSession, digest: bytes) -> User | None:
    """The user whose address has this digest, for a role that sees every user."""
    return (await session.scalars(select(User).where(User.email_digest == digest))).one_or_none()


async def by_id(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """The user, if the session's role and user may see it."""
    return await session.get(User, user_id)


async def lock(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Let nobody else who locks the user go on until the transaction ends: for what one may have so many of."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


async def forget_unconfirmed(session: AsyncSession, moment: datetime) -> int:
    """Remove those who registered before this moment and never proved their address; how many they were.

    Whom the operator or another provider made has no password, and stays.
    """
    never = (User.email_verified_at.is_(None), User.password_hash.is_not(None), User.created_at < moment)
    unused = (User.status == "active", User.role == "user", ~exists().where(ApiKey.user_id == User.id))
    gone = await session.execute(delete(User).where(*never, *unused).returning(User.id))
    return len(gone.all())


async def change(session: AsyncSession, user_id: uuid.UUID, **values: Any) -> None:
    """Set these columns of the user."""
    await session.execute(update(User).where(User.id == user_id).values(values))
