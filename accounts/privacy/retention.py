"""How long things are kept, and what forgets them: one nightly job, which Dagster asks for (orchestration/defs/upkeep).

The periods are settings, PAYBAND_<NAME>_DAYS. A step that was interrupted goes on the next night.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import SYSTEM, Action, Event, record
from accounts.audit import service as audit
from accounts.context import Context
from accounts.idempotency import service as idempotency
from accounts.lockout import service as lockout
from accounts.mail import service as mail
from accounts.one_time import repository as one_time
from accounts.privacy import exporting, repository
from accounts.providers import events as provider_events
from accounts.usage import service as usage
from accounts.users import repository as users
from kit.database import Database

log = structlog.get_logger(__name__)

Step = Callable[[AsyncSession, Context], Awaitable[bool | int | None]]  # True: there is more


async def _usage(session: AsyncSession, context: Context) -> bool:
    return await usage.expire(session, context.clock(), timedelta(days=context.settings.usage_retention_days))


async def _unconfirmed(session: AsyncSession, context: Context) -> int:
    return await users.forget_unconfirmed(session, _ago(context, context.settings.unconfirmed_kept_days))


async def _sessions(session: AsyncSession, context: Context) -> int:
    return await repository.delete_sessions(session, _ago(context, context.settings.sessions_kept_days))


async def _tokens(session: AsyncSession, context: Context) -> None:
    await one_time.forget_expired(session, context.clock())


async def _exports(session: AsyncSession, context: Context) -> int:
    await exporting.expire(session, context)
    return await repository.delete_exports(session, _ago(context, context.settings.exports_kept_days))


async def _tombstones(session: AsyncSession, context: Context) -> int:
    return await repository.unbury_before(session, _ago(context, context.settings.tombstones_kept_days))


async def _audit(session: AsyncSession, context: Context) -> int:
    return await audit.forget_before(session, context, _ago(context, context.settings.audit_kept_days))


STEPS: dict[str, Step] = {
    "unconfirmed_users": _unconfirmed,
    "usage_records": _usage,
    "mails": mail.forget_old,
    "sessions": _sessions,
    "one_time_tokens": _tokens,
    "idempotency_keys": idempotency.forget_old,
    "attempts": lockout.forget_old,
    "provider_events": provider_events.forget_old,
    "exports": _exports,
    "address_tombstones": _tombstones,
    "audit_log": _audit,
}


async def apply(database: Database, context: Context) -> None:
    """Forget what is older than its time, each kind in transactions of its own."""
    for name, step in STEPS.items():
        more = True
        while more:
            async with database.transaction() as session:
                more = await step(session, context) is True
        log.info("retention.applied", table=name)
    async with database.transaction() as session:
        await record(session, context, Event(Action.RETENTION_APPLIED, None, SYSTEM, {"tables": len(STEPS)}))


def _ago(context: Context, days: int) -> datetime:
    return context.clock() - timedelta(days=days)
