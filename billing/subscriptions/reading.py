"""What somebody is told of their subscription: from our own tables, without a word to Stripe."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.entitlements import State
from billing.subscriptions import entitling, repository
from billing.subscriptions.models import Subscription


@dataclass(frozen=True)
class Current:
    """The plan and why, as it is at this moment; the last subscription, if there was one that began, or whose
    first payment waits.
    """

    plan: str
    state: State
    until: datetime | None
    subscription: Subscription | None


async def current(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Current:
    """What the user has."""
    rows = await repository.of_user(session, user_id)
    found = await entitling.decided(session, context, user_id)
    last = next((each for each in rows if each.status != "incomplete_expired"), None)
    return Current(found.plan, found.state, found.until, last)
