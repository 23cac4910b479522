"""Queries over exports, deletions, certificates and tombstones, and over everything that is held on one person."""

import json
import uuid
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Uuid, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.privacy.holding import Holding
from accounts.privacy.holdings import EMPTIED
from accounts.privacy.models import AddressTombstone, Deletion, ErasureCertificate, Export
from accounts.providers.models import ProviderEvent, ProviderIdentity
from accounts.sessions.models import UserSession
from accounts.users.models import User
from accounts.vault.models import SealedKey

AT_ONCE = 2_000  # rows


async def export(session: AsyncSession, export_id: uuid.UUID, user_id: uuid.UUID | None = None) -> Export | None:
    """An export, of this user if one is named."""
    query = select(Export).where(Export.id == export_id)
    return (await session.scalars(query if user_id is None else query.where(Export.user_id == user_id))).one_or_none()


async def take_export(session: AsyncSession, export_id: uuid.UUID) -> Export | None:
    """An export, held until the transaction ends."""
    query = select(Export).where(Export.id == export_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def export_in_the_making(session: AsyncSession, user_id: uuid.UUID, since: datetime) -> bool:
    """Whether one is being made that was asked for after this moment."""
    query = select(Export.id).where(Export.user_id == user_id, Export.status.in_(("waiting", "making")))
    return (await session.scalar(query.where(Export.asked_at > since).limit(1))) is not None


async def over_exports(session: AsyncSession, now: datetime, given_up: datetime) -> list[Export]:
    """Exports whose files should be gone: their time is over, or they were asked for so long ago and never made."""
    over = and_(Export.status.in_(("ready", "downloaded")), Export.expires_at <= now)
    never = and_(Export.status.in_(("waiting", "making")), Export.asked_at <= given_up)
    return list(await session.scalars(select(Export).where(or_(over, never)).with_for_update()))


async def delete_exports(session: AsyncSession, before: datetime) -> int:
    """Forget exports that were asked for before this moment; how many there were."""
    found = await session.scalars(delete(Export).where(Export.asked_at < before).returning(Export.id))
    return len(found.all())


async def delete_sessions(session: AsyncSession, before: datetime) -> int:
    """Forget sessions that ended before this moment; how many they were."""
    over = or_(UserSession.ended_at < before, UserSession.expires_at < before)
    return len((await session.scalars(delete(UserSession).where(over).returning(UserSession.id))).all())


async def progress(session: AsyncSession, export_id: uuid.UUID, done: int) -> bool:
    """Note how many parts are done; False when the export is not being made any more."""
    statement = update(Export).where(Export.id == export_id, Export.status == "making").values(parts_done=done)
    return (await session.scalar(statement.returning(Export.id))) is not None


async def rows(session: AsyncSession, holding: Holding, user_id: uuid.UUID) -> AsyncIterator[dict[str, Any]]:
    """A person's rows of one table."""
    query = select(holding.table).where(holding.of(user_id)).order_by(*holding.table.primary_key.columns)
    found = await session.stream(query.execution_options(yield_per=AT_ONCE))
    async for row in found.mappings():
        yield dict(row)


async def waiting_deletion(session: AsyncSession, user_id: uuid.UUID) -> Deletion | None:
    """The user's wish to be erased, if there is one and it can still be taken back."""
    query = select(Deletion).where(Deletion.user_id == user_id, Deletion.status == "waiting").with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def take_deletion(session: AsyncSession, deletion_id: uuid.UUID) -> Deletion | None:
    """A deletion, held until the transaction ends."""
    query = select(Deletion).where(Deletion.id == deletion_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def leave(session: AsyncSession, user_id: uuid.UUID) -> str:
    """Mark the one whom the transaction is for as leaving: "leaving", or why not ("not-active", "last-admin")."""
    return str(await session.scalar(select(func.user_leaves(user_id))))


async def stay(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Mark the one whom the transaction is for as active again."""
    await session.execute(select(func.user_stays(user_id)))


async def ids_of_jobs(session: AsyncSession, holdings: Collection[Holding], user_id: uuid.UUID) -> list[str]:
    """Every id by which a job may name something of the person's, the person's own included."""
    found = [str(user_id)]
    for holding in holdings:
        column = holding.table.columns.get("id")
        if column is not None and isinstance(column.type, Uuid) and holding.erasure == "deleted":
            found += map(str, await session.scalars(select(column).where(holding.of(user_id))))
    return found


async def erase(session: AsyncSession, holding: Holding, user_id: uuid.UUID) -> int:
    """Erase a person's rows of one table, as it says; how many they were."""
    if holding.erasure in ("deleted", "emptied"):
        table = holding.kept
        change: Any = delete(table) if holding.erasure == "deleted" else update(table).values(EMPTIED)
        done: Any = await session.execute(change.where(holding.of(user_id, table)))
        return int(done.rowcount)
    return int(await session.scalar(select(func.count()).select_from(holding.table).where(holding.of(user_id))) or 0)


async def erase_events(session: AsyncSession, user_id: uuid.UUID) -> int:
    """Delete what identity providers told of the person; how many messages there were."""
    known = select(ProviderIdentity.subject_digest).where(ProviderIdentity.user_id == user_id)
    statement = delete(ProviderEvent).where(ProviderEvent.subject_digest.in_(known)).returning(ProviderEvent.id)
    return len((await session.scalars(statement)).all())


async def erase_jobs(session: AsyncSession, ids: list[str], lock: str) -> int:
    """Take the jobs that name one of these ids or hold this lock, and do not run now, out of the queue; how many."""
    statement = text(
        "DELETE FROM procrastinate.procrastinate_jobs WHERE status <> 'doing' AND (lock = :lock OR EXISTS "
        "(SELECT FROM jsonb_each_text(args) AS given WHERE given.value = ANY(:ids))) RETURNING id"
    )
    return len((await session.execute(statement, {"ids": ids, "lock": lock})).all())


async def bury(session: AsyncSession, digest: bytes, now: datetime) -> None:
    """Leave a tombstone for an address."""
    statement = upsert(AddressTombstone).values(digest=digest, buried_at=now)
    await session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_={"buried_at": now}))


async def is_buried(session: AsyncSession, digest: bytes) -> bool:
    """Whether there is a tombstone for an address."""
    return (await session.get(AddressTombstone, digest)) is not None


async def unbury(session: AsyncSession, digest: bytes) -> None:
    """Take a tombstone away."""
    await session.execute(delete(AddressTombstone).where(AddressTombstone.digest == digest))


async def unbury_before(session: AsyncSession, moment: datetime) -> int:
    """Take tombstones from before this moment away; how many they were."""
    statement = delete(AddressTombstone).where(AddressTombstone.buried_at < moment)
    return len((await session.scalars(statement.returning(AddressTombstone.digest))).all())


async def certify(session: AsyncSession, **values: Any) -> None:
    """Keep a certificate, unless it is kept already."""
    await session.execute(upsert(ErasureCertificate).values(**values).on_conflict_do_nothing())


async def certificate(session: AsyncSession, number: uuid.UUID) -> ErasureCertificate | None:
    """The certificate with this number."""
    return await session.get(ErasureCertificate, number)


def erased_of(deletion: Deletion) -> dict[str, Any]:
    """What was erased where, as far as it was noted."""
    return dict(json.loads(deletion.erased)) if deletion.erased else {}


async def user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """The user, held until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def keyless(session: AsyncSession) -> list[uuid.UUID]:
    """Users who have no key, and whose rows are not empty yet."""
    has = select(SealedKey.user_id).where(SealedKey.user_id == User.id).exists()
    return list(await session.scalars(select(User.id).where(User.status != "erased", ~has).order_by(User.id)))


async def add(session: AsyncSession, row: Export | Deletion) -> None:
    """Keep a new row."""
    columns = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    await session.execute(insert(type(row)).values(**columns).inline())
