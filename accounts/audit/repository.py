"""Queries over the audit trail."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from operator import eq, ge, lt
from typing import Any

from sqlalchemy import func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit.chain import Mark, Row
from accounts.audit.filters import Filter
from accounts.audit.models import AuditHead, AuditInbox, AuditOnce, AuditRow

CHUNK = 5_000  # rows read at once
COLUMNS: tuple[Any, ...] = tuple(getattr(AuditRow, name) for name in Row.__dataclass_fields__)


def _rows(found: Iterable[Any]) -> list[Row]:
    return [Row(*row) for row in found]


async def append(session: AsyncSession, **values: Any) -> None:
    """Hand the database an event; it is chained when the transaction ends."""
    await session.execute(insert(AuditInbox).values(**values).inline())


async def first_in_a_while(session: AsyncSession, digest: bytes, now: datetime, until: datetime) -> bool:
    """Whether this was not said before within the time that was set for it then; of two at once, one hears True."""
    statement = upsert(AuditOnce).values(digest=digest, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=[AuditOnce.digest], set_={"until": until}, where=AuditOnce.until <= now
    )
    return (await session.execute(statement.returning(AuditOnce.digest))).first() is not None


async def head(session: AsyncSession) -> Mark:
    """Where the chain ends."""
    found = (await session.execute(select(AuditHead.seq, AuditHead.hash, AuditHead.at))).one()
    return Mark(*found)


async def chunks(session: AsyncSession, upto: int) -> AsyncIterator[list[Row]]:
    """The rows up to this one, in order, some thousands at a time."""
    last = 0
    while True:
        query = select(*COLUMNS).where(AuditRow.seq > last, AuditRow.seq <= upto).order_by(AuditRow.seq).limit(CHUNK)
        found = _rows(await session.execute(query))
        if not found:
            return
        yield found
        last = found[-1].seq


async def beside_the_chain(session: AsyncSession) -> list[int]:
    """Rows that are numbered past the end of the chain or before its start: nobody's function put them there."""
    end = select(AuditHead.seq).scalar_subquery()
    query = select(AuditRow.seq).where(or_(AuditRow.seq > end, AuditRow.seq < 1)).order_by(AuditRow.seq).limit(100)
    return list(await session.scalars(query))


async def newest(session: AsyncSession, wanted: Filter, limit: int) -> list[Row]:
    """The rows that were asked for, newest first."""
    query = select(*COLUMNS).order_by(AuditRow.seq.desc()).limit(limit)
    for column, holds, given in (
        (AuditRow.action, eq, wanted.action),
        (AuditRow.user_id, eq, wanted.user_id),
        (AuditRow.actor_id, eq, wanted.actor_id),
        (AuditRow.at, ge, wanted.since),
        (AuditRow.at, lt, wanted.until),
        (AuditRow.seq, lt, wanted.below),
    ):
        if given is not None:
            query = query.where(holds(column, given))
    return _rows(await session.execute(query))


async def last_before(session: AsyncSession, moment: datetime) -> Mark | None:
    """The last row from before this moment, of those that may be removed at all."""
    young = func.clock_timestamp() - text("interval '30 days'")
    query = select(AuditRow.seq, AuditRow.hash, AuditRow.at).where(AuditRow.at < moment, AuditRow.at < young)
    found = (await session.execute(query.order_by(AuditRow.seq.desc()).limit(1))).one_or_none()
    return Mark(*found) if found else None


async def forget(session: AsyncSession, upto: int) -> int:
    """Remove the rows up to this one; how many they were. The database refuses rows younger than thirty days."""
    return int(await session.scalar(select(func.audit_forget(upto))) or 0)


async def forget_once(session: AsyncSession, now: datetime) -> None:
    """Remove what may be said again."""
    await session.execute(text("DELETE FROM audit_once WHERE until <= :now"), {"now": now})
