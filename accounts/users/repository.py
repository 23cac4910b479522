"""Queries over users."""

import uuid

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.users.models import User


async def by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this address, whatever its case."""
    return (await session.scalars(select(User).where(func.lower(User.email) == email.lower()))).one_or_none()


async def add_if_new(session: AsyncSession, user: User) -> User:
    """Add the user, or leave the one there who has the address; returns who has it now."""
    values = {"id": user.id, "email": user.email, "created_at": user.created_at}
    await session.execute(insert(User).values(values).on_conflict_do_nothing())
    return (await session.scalars(select(User).where(func.lower(User.email) == user.email.lower()))).one()


async def set_role(session: AsyncSession, user_id: uuid.UUID, role: str) -> None:
    """Give the user this role."""
    await session.execute(update(User).where(User.id == user_id).values(role=role))
