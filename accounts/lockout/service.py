"""Count attempts before they are made.

An attempt is written down first and taken away again when it succeeds. So however many come at once, no more than the
allowed number is ever made: those that come while others are being judged count these as failures.
"""

import uuid
from datetime import timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from accounts.lockout import repository
from accounts.lockout.models import Attempt
from kit.identifiers import uuid7

KEPT = timedelta(days=1)  # longer than any window


class Subject(NamedTuple):
    """Whose attempts are counted together: `kind` says what `text` is (an account's address, where it comes from)."""

    kind: str
    text: str


class Counted(NamedTuple):
    """Attempts that were written down, in the order of their subjects."""

    subjects: tuple[Subject, ...]
    ids: tuple[uuid.UUID, ...]


async def count(session: AsyncSession, context: Context, *subjects: Subject) -> Counted:
    """Write down one attempt of each subject, which are given in the same order everywhere.

    Raises Refused (locked-out) when one of them has failed too often; the transaction is to be rolled back then.
    """
    settings = context.settings
    window = timedelta(seconds=settings.lockout_window_s)
    ids = []
    for subject in subjects:
        made = await _count(session, context, subject, settings.lockout_failures, window)
        if isinstance(made, timedelta):
            wait_s = max(1, ceil(made.total_seconds()))
            detail = "There were too many failures. Try again later, or choose a new password."
            raise Refused("locked-out", detail, {"Retry-After": str(wait_s)})
        ids.append(made)
    return Counted(subjects, tuple(ids))


async def within(session: AsyncSession, context: Context, subject: Subject, most: int, window: timedelta) -> bool:
    """Write down that something was done, unless it was done `most` times in the window; whether it may be."""
    return not isinstance(await _count(session, context, subject, most, window), timedelta)


async def succeeded(session: AsyncSession, context: Context, counted: Counted) -> None:
    """Take the attempts away: they were none to guess. Who comes from the same address has still failed as before."""
    for attempt_id in counted.ids:
        await repository.forget(session, attempt_id)


async def forgive(session: AsyncSession, context: Context, subject: Subject) -> None:
    """Forget every failure of a subject that has proved who they are."""
    await repository.forget_all(session, _digest(context, subject))


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Remove what counts no more."""
    await repository.forget_before(session, context.clock() - KEPT)


async def _count(
    session: AsyncSession, context: Context, subject: Subject, most: int, window: timedelta
) -> uuid.UUID | timedelta:
    """The attempt's id, or how long to wait."""
    digest, now = _digest(context, subject), context.clock()
    await repository.lock(session, digest)
    before = await repository.since(session, digest, now - window)
    if len(before) >= most:
        return before[most - 1] + window - now
    attempt = Attempt(id=uuid7(now), subject=digest, at=now)
    session.add(attempt)
    await session.flush()
    return attempt.id


def _digest(context: Context, subject: Subject) -> bytes:
    return context.secrets.digest(f"attempts.{subject.kind}", subject.text)
