"""Queries over attempts."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.lockout.models import Attempt


async def lock(session: AsyncSession, subject: bytes) -> None:
    """Until the transaction ends nobody else counts this subject's attempts."""
    number = int.from_bytes(subject[:8], "big", signed=True)
    await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


async def since(session: AsyncSession, subject: bytes, moment: datetime) -> Sequence[datetime]:
    """When the subject's attempts after this moment were, the latest first."""
    asked = select(Attempt.at).where(Attempt.subject == subject, Attempt.at > moment).order_by(Attempt.at.desc())
    return (await session.scalars(asked)).all()


async def forget(session: AsyncSession, attempt_id: uuid.UUID) -> None:
    """Take one attempt away."""
    await session.execute(delete(Attempt).where(Attempt.id == attempt_id))


async def forget_all(session: AsyncSession, subject: bytes) -> None:
    """Take every attempt of the subject away."""
    await session.execute(delete(Attempt).where(Attempt.subject == subject))


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove what counts no more."""
    await session.execute(delete(Attempt).where(Attempt.at < moment))
