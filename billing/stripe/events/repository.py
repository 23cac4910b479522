"""Queries over events."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.stripe.events.models import StripeEvent


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[uuid.UUID]:
    """Keep events that were not received before; our numbers of those."""
    new = insert(StripeEvent).values(list(rows)).on_conflict_do_nothing(index_elements=["event_id"])
    return set(await session.scalars(new.returning(StripeEvent.id)))


async def by_id(session: AsyncSession, id: uuid.UUID) -> StripeEvent | None:
    """The event with our number."""
    return await session.get(StripeEvent, id)


async def by_event_id(session: AsyncSession, event_id: str) -> StripeEvent | None:
    """The event with Stripe's number."""
    return (await session.scalars(select(StripeEvent).where(StripeEvent.event_id == event_id))).one_or_none()


async def waiting(session: AsyncSession, object_id: str) -> list[uuid.UUID]:
    """What was received of an object and not worked on yet: to read it once is an answer to all of them."""
    asked = select(StripeEvent.id).where(StripeEvent.object_id == object_id, StripeEvent.state == "received")
    return list(await session.scalars(asked))


async def finish(session: AsyncSession, ids: Sequence[uuid.UUID], at: datetime) -> None:
    """They are done."""
    ended = {"state": "done", "error": None, "ended_at": at, "attempts": StripeEvent.attempts + 1}
    await session.execute(update(StripeEvent).where(StripeEvent.id.in_(ids)).values(ended))


async def fail(session: AsyncSession, id: uuid.UUID, error: str, at: datetime, *, parked: bool) -> None:
    """One more attempt failed; perhaps it was the last."""
    values: dict[str, Any] = {"error": error, "attempts": StripeEvent.attempts + 1}
    values |= {"state": "parked", "ended_at": at} if parked else {}
    await session.execute(update(StripeEvent).where(StripeEvent.id == id).values(values))


async def again(session: AsyncSession, id: uuid.UUID) -> None:
    """It is to be worked on as if it had just come."""
    values = {"state": "received", "attempts": 0, "error": None, "ended_at": None}
    await session.execute(update(StripeEvent).where(StripeEvent.id == id).values(values))


async def newest(session: AsyncSession, state: str | None, limit: int) -> list[StripeEvent]:
    """Events, newest first."""
    asked = select(StripeEvent).order_by(StripeEvent.id.desc()).limit(limit)
    return list(await session.scalars(asked if state is None else asked.where(StripeEvent.state == state)))


async def count(session: AsyncSession) -> dict[str, int]:
    """How many there are in which state."""
    counted = select(StripeEvent.state, func.count()).group_by(StripeEvent.state)
    return {row[0]: row[1] for row in await session.execute(counted)}


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove what was done with before this moment."""
    done = (StripeEvent.state == "done", StripeEvent.ended_at < moment)
    await session.execute(delete(StripeEvent).where(*done))
