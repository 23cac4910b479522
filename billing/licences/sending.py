"""Licences that come with what was paid: the key is shown once, in a letter to its holder."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import SYSTEM
from accounts.context import Context
from accounts.mail.service import enqueue
from accounts.users.models import User
from billing.licences import service

log = structlog.get_logger(__name__)


async def issue(
    session: AsyncSession,
    context: Context,
    user: User,
    policy: str,
    source: str,
    expires_at: datetime | None,
    *,
    origin: str | None = None,
) -> None:
    """Issue a licence for this source, once, and send its key. Raises Refused as `service.issue` does."""
    given: Any = {"expires_at": expires_at, "source": source, "origin": origin}
    made = await service.issue(session, context, user.id, policy, SYSTEM, **given)
    if made.key is not None and user.email_sealed is not None:
        await enqueue(session, context, user.id, "licence_issued", {"policy": policy, "key": made.key})
    else:
        log.warning("licence.key_not_sent", licence_id=str(made.licence.id))
