"""Queries over second factors."""

import uuid
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.second_factor.models import RecoveryCode, SecondFactor


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> SecondFactor | None:
    """The user's app, confirmed or not."""
    asked = select(SecondFactor).where(SecondFactor.user_id == user_id)
    return (await session.scalars(asked.execution_options(populate_existing=True))).one_or_none()


async def confirm(session: AsyncSession, user_id: uuid.UUID, moment: datetime) -> None:
    """Ask for its codes from now on."""
    await session.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(confirmed_at=moment))


async def take_step(session: AsyncSession, user_id: uuid.UUID, step: int) -> bool:
    """Use up the codes up to this step; False when they are. Of several at once one gets it."""
    theirs = update(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
    return (await session.execute(theirs.values(last_step=step).returning(SecondFactor.user_id))).first() is not None


async def take_code(session: AsyncSession, digest: bytes, moment: datetime) -> bool:
    """Use up a recovery code; False when there is none, or it is used. Of several at once one gets it."""
    code = update(RecoveryCode).where(RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None))
    return (await session.execute(code.values(used_at=moment).returning(RecoveryCode.digest))).first() is not None


async def codes_left(session: AsyncSession, user_id: uuid.UUID) -> int:
    """How many recovery codes are good."""
    unused = select(func.count()).select_from(RecoveryCode)
    return await session.scalar(unused.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0


async def remove(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Forget the app and every recovery code."""
    await remove_codes(session, user_id)
    await session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


async def remove_codes(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Forget every recovery code."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
