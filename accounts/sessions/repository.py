"""Queries over sessions, their refresh tokens and the keys that sign."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.sessions.models import RefreshToken, SigningKey, UserSession


async def states(session: AsyncSession, session_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """user_id, role, plan, status and expires_at of those of the sessions that nobody ended.

    Asked before the caller is known.
    """
    asked = text(
        "SELECT asked.id, state.* FROM unnest(CAST(:ids AS uuid[])) AS asked (id), session_state(asked.id) AS state"
    )
    return {row.id: row for row in await session.execute(asked, {"ids": list(session_ids)})}


async def holder_of_refresh_token(session: AsyncSession, digest: bytes) -> Any | None:
    """user_id and session_id of the refresh token with this hash; asked before the caller is known."""
    asked = text("SELECT * FROM refresh_token_by_hash(:digest)")
    return (await session.execute(asked, {"digest": digest})).one_or_none()


async def lock_session(session: AsyncSession, session_id: uuid.UUID) -> UserSession:
    """The session, held until the transaction ends: its refresh tokens are used one at a time."""
    statement = select(UserSession).where(UserSession.id == session_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def refresh_token(session: AsyncSession, digest: bytes) -> RefreshToken:
    """The refresh token with this hash, of whoever the transaction is for."""
    statement = select(RefreshToken).where(RefreshToken.hash == digest)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def live_sessions(session: AsyncSession, user_id: uuid.UUID, moment: datetime) -> list[UserSession]:
    """A user's sessions that go on, the newest first."""
    statement = select(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > moment
    )
    return list(await session.scalars(statement.order_by(UserSession.id.desc())))


async def end_sessions(
    session: AsyncSession,
    user_id: uuid.UUID,
    moment: datetime,
    ended_by: str,
    *,
    one: uuid.UUID | None = None,
    but: uuid.UUID | None = None,
) -> int:
    """End the user's sessions that go on: all, `one` of them, or all `but` one; how many that were."""
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if one is not None:
        statement = statement.where(UserSession.id == one, UserSession.expires_at > moment)
    if but is not None:
        statement = statement.where(UserSession.id != but)
    ended = statement.values(ended_at=moment, ended_by=ended_by).returning(UserSession.id)
    return len((await session.execute(ended)).all())


async def signing_keys(session: AsyncSession) -> Sequence[SigningKey]:
    """Every key, in the order in which they sign."""
    statement = select(SigningKey).order_by(SigningKey.signs_from, SigningKey.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def trusted_keys(session: AsyncSession, ids: Collection[str]) -> set[str]:
    """Those of the keys that nobody withdrew or removed."""
    statement = select(SigningKey.id).where(SigningKey.id.in_(ids), SigningKey.withdrawn_at.is_(None))
    return set(await session.scalars(statement))


async def lock_signing_keys(session: AsyncSession) -> None:
    """Until the transaction ends nobody else makes a key."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('signing_keys'))"))


async def withdraw_signing_keys(session: AsyncSession, moment: datetime) -> None:
    """Trust none of the keys that there are any more."""
    await session.execute(update(SigningKey).where(SigningKey.withdrawn_at.is_(None)).values(withdrawn_at=moment))


async def remove_signing_keys(session: AsyncSession, ids: Sequence[str]) -> None:
    """Forget these keys."""
    await session.execute(delete(SigningKey).where(SigningKey.id.in_(ids)))
