"""A person wants to be erased: seven days in which they can change their mind, then a job does it."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, jobs
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.mail.service import enqueue
from accounts.privacy import repository
from accounts.privacy.exporting import lock_of
from accounts.privacy.models import Deletion
from accounts.users import repository as users
from accounts.users.letters import moment, page_of
from kit.identifiers import uuid7

GRACE = timedelta(days=7)


async def start(session: AsyncSession, context: Context, user_id: uuid.UUID, actor: Actor) -> Deletion:
    """From now on the user is leaving. Raises Refused (conflict) for one who is already."""
    now = context.clock()
    said = await repository.leave(session, user_id)
    if said == "last-admin":
        raise Refused("last-admin", "No other administrator could act: make another one first.")
    if said != "leaving":
        raise Refused("conflict", "The account is leaving already.")
    made = Deletion(id=uuid7(now), user_id=user_id, status="waiting", asked_at=now, due_at=now + GRACE)
    await repository.add(session, made)
    await jobs.defer(session, "privacy.erase", lock=lock_of(user_id), due_at=made.due_at, deletion_id=made.id)
    told = {"at": moment(made.due_at), "link": page_of(context, "keep-account")}
    await _tell(session, context, user_id, "deletion_started", told)
    await audit.record(session, context, Event(Action.DELETION_STARTED, user_id, actor))
    return made


async def keep(session: AsyncSession, context: Context, user_id: uuid.UUID, actor: Actor) -> datetime:
    """The user stays; when that was said. Raises Refused (conflict) for one who is not leaving."""
    found, now = await repository.waiting_deletion(session, user_id), context.clock()
    if found is None or found.due_at <= now:
        raise Refused("conflict", "The account is not leaving, or it is too late to stay.")
    found.status, found.ended_at = "cancelled", now
    await session.flush()
    await repository.stay(session, user_id)
    await _tell(session, context, user_id, "deletion_cancelled", {"at": moment(now)})
    await audit.record(session, context, Event(Action.DELETION_CANCELLED, user_id, actor))
    return now


async def _tell(session: AsyncSession, context: Context, user_id: uuid.UUID, kind: str, fields: dict[str, str]) -> None:
    user = await users.by_id(session, user_id)
    if user is not None and user.email_sealed is not None:
        await enqueue(session, context, user_id, kind, fields)
