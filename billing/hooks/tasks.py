"""The jobs of hooks. Each may be done twice: what was delivered is not sent again, a release is announced once."""

import uuid

import structlog

from accounts.jobs.work import Work
from billing.hooks import delivering, repository, sending, service
from billing.hooks.delivering import Letter, Outcome
from billing.settings import BillingSettings
from kit.releases import current_id
from kit.settings import read
from kit.store import Store

log = structlog.get_logger(__name__)


async def deliver(work: Work, delivery_id: uuid.UUID) -> None:
    """Send one delivery; when it fails another job tries again later."""
    async with work.database.transaction() as session:
        letter = await delivering.begin(session, work.context, delivery_id)
    if letter is None:
        return
    outcome = await _sent(letter)
    async with work.database.transaction() as session:
        state = await delivering.finish(session, work.context, delivery_id, outcome)
    log.info("hook_delivery.tried", delivery_id=str(delivery_id), status=outcome.status, state=state)


async def announce_release(work: Work) -> None:
    """Tell whoever wants to know of the current release, once. The first that an installation has is no news."""
    release = current_id(Store(work.context.settings.store).releases)
    if release is None:
        return
    async with work.database.transaction() as session:
        known = await repository.any_announced(session)
        if await repository.announce(session, release, work.context.clock()) and known:
            count = await service.tell(session, work.context, "release.published", {"release": release})
            log.info("release.announced", release=release, hooks=count)


async def _sent(letter: Letter) -> Outcome:
    try:
        status = await sending.post(letter.url, letter.headers, letter.body, read(BillingSettings).hook_networks)
    except sending.NotSent as error:
        return Outcome(None, str(error))
    return Outcome(status, None if 200 <= status < 300 else f"answered {status}")


async def prune(work: Work) -> None:
    """Forget what was sent long ago."""
    async with work.database.transaction() as session:
        await service.forget_old(session, work.context)
