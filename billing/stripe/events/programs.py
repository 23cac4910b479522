"""What command-line programs ask of events; `url` is an operator's role."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.programs import in_transaction
from billing.stripe.events import repository, service
from billing.stripe.events.models import STATES, StripeEvent
from kit.errors import BadInput

Told = dict[str, Any]  # an event, by the names of its columns


def find(url: str, state: str | None, limit: int) -> tuple[list[Told], dict[str, int]]:
    """Events, newest first, and how many there are in each state. Raises BadInput for an unknown state."""
    if state is not None and state not in STATES:
        raise BadInput(f"there is no state {state}; there are {', '.join(STATES)}")

    async def work(session: AsyncSession) -> tuple[list[Told], dict[str, int]]:
        found = await repository.newest(session, state, limit)
        return [_told(event) for event in found], await repository.count(session)

    return in_transaction(url, work)


def get(url: str, event_id: str) -> Told:
    """One event, by Stripe's number. Raises BadInput when there is none such."""

    async def work(session: AsyncSession) -> Told:
        found = await repository.by_event_id(session, event_id)
        if found is None:
            raise BadInput(f"there is no event {event_id}: it was never received, or done long ago and is forgotten")
        return _told(found)

    return in_transaction(url, work)


def replay(url: str, event_ids: tuple[str, ...], parked: bool) -> list[str]:
    """Work on events again: the named ones, or every parked one; which. All of them or none. Raises BadInput."""

    async def work(session: AsyncSession) -> list[str]:
        found = await repository.newest(session, "parked", 1_000_000) if parked else []
        wanted = [*event_ids, *(event.event_id for event in found)]
        for event_id in wanted:
            await service.replay(session, event_id)
        return wanted

    return in_transaction(url, work)


def _told(event: StripeEvent) -> Told:
    return {column.key: getattr(event, column.key) for column in StripeEvent.__table__.columns if column.key != "id"}
