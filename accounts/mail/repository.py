"""Queries over mails."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.mail.models import Mail


async def take(session: AsyncSession, mail_id: uuid.UUID) -> Mail | None:
    """The mail, for this transaction alone; another that wants it waits."""
    return (await session.scalars(select(Mail).where(Mail.id == mail_id).with_for_update())).one_or_none()


async def delete_older(session: AsyncSession, than: datetime) -> None:
    """Forget what was written before, sent or not."""
    await session.execute(delete(Mail).where(Mail.created_at < than))
