"""Queries over identities, tombstones and events of other providers."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import Role
from accounts.providers.models import ProviderEvent, ProviderIdentity, ProviderTombstone


class Holder(NamedTuple):
    """The user behind a provider's subject."""

    user_id: uuid.UUID
    role: Role
    plan: str
    status: str


async def holder(session: AsyncSession, provider: str, digest: bytes) -> Holder | None:
    """Who it is, asked before anybody is known, and so by the one function that may."""
    row = (await session.execute(select(func.provider_holder(provider, digest).table_valued(*Holder._fields)))).first()
    return None if row is None else Holder(*tuple[Any, ...](row))


async def identity(session: AsyncSession, provider: str, digest: bytes) -> ProviderIdentity | None:
    """The identity, locked, for a role that sees every user's."""
    query = select(ProviderIdentity).where(
        ProviderIdentity.provider == provider, ProviderIdentity.subject_digest == digest
    )
    return (await session.scalars(query.with_for_update())).one_or_none()


async def others_of(session: AsyncSession, user_id: uuid.UUID, but: uuid.UUID) -> int:
    """How many identities a user has beside this one."""
    query = select(func.count()).where(ProviderIdentity.user_id == user_id, ProviderIdentity.id != but)
    return int((await session.execute(query)).scalar_one())


async def remove(session: AsyncSession, identity_id: uuid.UUID) -> None:
    """Forget an identity; the database buries it."""
    await session.execute(delete(ProviderIdentity).where(ProviderIdentity.id == identity_id))


async def buried_at(session: AsyncSession, provider: str, digest: bytes) -> datetime | None:
    """When the subject was buried; None for one that was not."""
    query = select(ProviderTombstone.buried_at).where(
        ProviderTombstone.provider == provider, ProviderTombstone.subject_digest == digest
    )
    return cast(datetime | None, await session.scalar(query))


async def bury(session: AsyncSession, provider: str, digest: bytes, moment: datetime) -> None:
    """Leave a tombstone for a subject that may never have been seen."""
    values = {"provider": provider, "subject_digest": digest, "buried_at": moment}
    await session.execute(insert(ProviderTombstone).values(values).on_conflict_do_nothing())


async def unbury(session: AsyncSession, provider: str, digest: bytes) -> None:
    """Let a subject come back."""
    await session.execute(
        delete(ProviderTombstone).where(
            ProviderTombstone.provider == provider, ProviderTombstone.subject_digest == digest
        )
    )


async def add_event(session: AsyncSession, **values: Any) -> bool:
    """Keep an event; False when it was received before."""
    statement = insert(ProviderEvent).values(values).on_conflict_do_nothing().returning(ProviderEvent.id)
    return (await session.execute(statement)).first() is not None


async def take_event(session: AsyncSession, event_id: uuid.UUID) -> ProviderEvent | None:
    """The event, for this transaction alone."""
    return (
        await session.scalars(select(ProviderEvent).where(ProviderEvent.id == event_id).with_for_update())
    ).one_or_none()


async def delete_events(session: AsyncSession, before: datetime) -> None:
    """Forget events that were received before."""
    await session.execute(delete(ProviderEvent).where(ProviderEvent.received_at < before))


async def note_told(session: AsyncSession, identity_id: uuid.UUID, moment: datetime) -> None:
    """How new what the provider told is."""
    await session.execute(update(ProviderIdentity).where(ProviderIdentity.id == identity_id).values(told_at=moment))
