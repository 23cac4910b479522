"""Queries over licences, machines and revocations."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import case, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.licences.models import Licence, LicenceRevocation, Machine, OfflineFile

_BY_HASH = text("SELECT * FROM licence_by_hash(:digest)")
_TAKE = text("SELECT * FROM take_licence(:code, :number, :digest, :shown, :moment)")
_OUTLIVED = text("SELECT licence_id FROM licences_outlived(:moment)")
_USED = text("SELECT note_licences_used(:batch, CAST(:counts AS jsonb))")
_SEEN = text("SELECT note_machines_seen(CAST(:told AS jsonb))")


async def by_hash(session: AsyncSession, digest: bytes) -> Any | None:
    """What the look-up tells of the licence with this key, whosever it is: `licence_id`, `user_id`, `policy`,
    `status`, `expires_at`, `user_status`.
    """
    return (await session.execute(_BY_HASH, {"digest": digest})).one_or_none()


async def by_id(session: AsyncSession, licence_id: uuid.UUID, *, to_change: bool = False) -> Licence | None:
    """A licence that the session's role and user may see; `to_change` keeps others from changing it meanwhile."""
    asked = select(Licence).where(Licence.id == licence_id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(asked)).one_or_none()


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> list[Licence]:
    """A user's licences, newest first."""
    return list(await session.scalars(select(Licence).where(Licence.user_id == user_id).order_by(Licence.id.desc())))


async def newest(session: AsyncSession, limit: int) -> list[Licence]:
    """Licences of everybody, newest first."""
    return list(await session.scalars(select(Licence).order_by(Licence.id.desc()).limit(limit)))


async def by_source(session: AsyncSession, source: str) -> Licence | None:
    """The licence that was issued for this."""
    return (await session.scalars(select(Licence).where(Licence.source == source))).one_or_none()


async def by_origin(session: AsyncSession, origin: str) -> Licence | None:
    """Of the licences that go back to this source (the one that was issued for it, in place of that, or that somebody
    took over) the one that is not ended, or the last. Nobody hands it on before the transaction ends.
    """
    ended = case((Licence.status == "transferred", 2), (Licence.status == "revoked", 1), else_=0)
    asked = select(Licence).where(Licence.origin == origin).order_by(ended, Licence.id.desc()).limit(1)
    asked = asked.with_for_update().execution_options(populate_existing=True)
    found, before = (await session.scalars(asked)).one_or_none(), None
    while found is not None and found.status == "transferred" and found.id != before:
        before = found.id  # after a wait for whoever takes it over only another statement sees what they have
        found = (await session.scalars(asked)).one_or_none()
    return found


async def add(session: AsyncSession, **values: Any) -> bool:
    """Keep a new licence; False when one was issued for the same source before."""
    statement = upsert(Licence).values(**values).on_conflict_do_nothing(index_elements=["source"]).returning(Licence.id)
    return (await session.scalar(statement)) is not None


async def change(session: AsyncSession, licence_id: uuid.UUID, **values: Any) -> None:
    """Set these columns."""
    await session.execute(update(Licence).where(Licence.id == licence_id).values(**values))


async def take(
    session: AsyncSession, *, code: bytes, number: uuid.UUID, digest: bytes, shown: str, moment: datetime
) -> Any | None:
    """Make the one whom the transaction is for the holder of what `code` takes over: the old licence and its user."""
    given = {"code": code, "number": number, "digest": digest, "shown": shown, "moment": moment}
    return (await session.execute(_TAKE, given)).one_or_none()


async def next_file(session: AsyncSession, licence_id: uuid.UUID) -> int:
    """The number of the next offline file of a licence; no two have the same."""
    counted = update(Licence).where(Licence.id == licence_id).values(files=Licence.files + 1).returning(Licence.files)
    return int((await session.execute(counted)).scalar_one())


async def live_files(session: AsyncSession, licence_id: uuid.UUID, now: datetime) -> list[OfflineFile]:
    """The last file of each machine that has one which is good; those that are over are forgotten."""
    own = OfflineFile.licence_id == licence_id
    await session.execute(delete(OfflineFile).where(own, OfflineFile.expires_at <= now))
    return list(await session.scalars(select(OfflineFile).where(own).order_by(OfflineFile.id)))


async def replace_file(session: AsyncSession, before: uuid.UUID | None, **values: Any) -> None:
    """Keep a machine's new file in place of the one before."""
    if before is not None:
        await session.execute(delete(OfflineFile).where(OfflineFile.id == before))
    await session.execute(insert(OfflineFile).values(**values).inline())


async def machines(session: AsyncSession, licence_ids: Sequence[uuid.UUID]) -> list[Machine]:
    """The machines of these licences, in the order in which they were activated."""
    found = select(Machine).where(Machine.licence_id.in_(licence_ids)).order_by(Machine.id)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def machine(session: AsyncSession, machine_id: uuid.UUID) -> Machine | None:
    """A machine that the session's role and user may see."""
    return (await session.scalars(select(Machine).where(Machine.id == machine_id))).one_or_none()


async def add_machine(session: AsyncSession, **values: Any) -> None:
    """Keep a new machine."""
    await session.execute(insert(Machine).values(**values).inline())


async def change_machine(session: AsyncSession, machine_id: uuid.UUID, **values: Any) -> None:
    """Set these columns."""
    await session.execute(update(Machine).where(Machine.id == machine_id).values(**values))


async def remove_machines(session: AsyncSession, ids: Sequence[uuid.UUID]) -> None:
    """Unbind these."""
    await session.execute(delete(Machine).where(Machine.id.in_(ids)))


async def note_used(
    session: AsyncSession, batch: uuid.UUID, counts: Mapping[str, tuple[int, float]], seen: Mapping[str, Any]
) -> None:
    """Add to what licences were validated, unless this batch was added before, and note when machines were seen.

    By the id of the licence: how often, and when last in seconds of the epoch. By that of the machine: the program's
    version, and when.
    """
    told = orjson.dumps([(licence, *used) for licence, used in counts.items()]).decode()
    await session.execute(_USED, {"batch": batch, "counts": told})
    await session.execute(_SEEN, {"told": orjson.dumps([(each, *more) for each, more in seen.items()]).decode()})


async def revoked_since(session: AsyncSession, moment: datetime) -> list[uuid.UUID]:
    """Licences that were suspended, revoked, handed on or taken away after this moment, and are not good again."""
    return list(await session.scalars(select(LicenceRevocation.licence_id).where(LicenceRevocation.at > moment)))


async def outlived(session: AsyncSession, now: datetime) -> list[uuid.UUID]:
    """Licences that are over before an offline file of theirs is, as they were given an earlier end."""
    return list(await session.scalars(_OUTLIVED, {"moment": now}))
