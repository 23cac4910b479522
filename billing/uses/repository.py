"""Queries over what was used."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from billing.uses.models import ServiceUse


async def given(session: AsyncSession, user_id: uuid.UUID, digests: Collection[bytes], since: datetime) -> set[bytes]:
    """Which of these the user was given after that."""
    asked = select(ServiceUse.digest).where(
        ServiceUse.user_id == user_id,
        ServiceUse.digest.in_(digests),
        ServiceUse.lease_until.is_(None),
        ServiceUse.at > since,
    )
    return set(await session.scalars(asked))


async def counted(session: AsyncSession, user_id: uuid.UUID, service: str, since: datetime, now: datetime) -> int:
    """How many units a quota has paid for since then, those that are set aside among them."""
    alive = or_(ServiceUse.lease_until.is_(None), ServiceUse.lease_until > now)
    own = (ServiceUse.user_id == user_id, ServiceUse.service == service, ServiceUse.at >= since)
    asked = select(func.count()).select_from(ServiceUse).where(*own, ServiceUse.credits == 0, alive)
    return int(await session.scalar(asked) or 0)


async def give_up(session: AsyncSession, user_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Forget what was set aside for an order."""
    own = (ServiceUse.user_id == user_id, ServiceUse.order_id == order_id)
    await session.execute(delete(ServiceUse).where(*own, ServiceUse.lease_until.is_not(None)))


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove what was used before this moment, of everybody."""
    await session.execute(delete(ServiceUse).where(ServiceUse.at < moment))
