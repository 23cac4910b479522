"""The jobs of events. They may be done twice: what was written is written again, or was done."""

import uuid

import structlog

from accounts.jobs.work import Work
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from billing.stripe.events import service
from kit.settings import read

log = structlog.get_logger(__name__)


async def mirror(work: Work, event_id: uuid.UUID) -> None:
    """Work on one event."""
    client = client_of(read(BillingSettings))
    outcome = await service.work_on(work.database, work.context, client, event_id)
    log.info("stripe_event.worked_on", event_id=str(event_id), outcome=outcome)


async def prune(work: Work) -> None:
    """Forget what was done long ago."""
    async with work.database.transaction() as session:
        await service.forget_old(session, work.context)
