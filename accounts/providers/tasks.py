"""The job of providers. It may be done twice: an event that was applied says nothing any more."""

import uuid

import structlog

from accounts.jobs.work import Work
from accounts.providers import events

log = structlog.get_logger(__name__)


async def apply_event(work: Work, event_id: uuid.UUID) -> None:
    """Apply one webhook."""
    async with work.database.transaction() as session:
        outcome = await events.apply(session, work.context, event_id)
    log.info("provider_event.applied", event_id=str(event_id), outcome=outcome)
