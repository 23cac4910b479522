"""Queries over the settings of flags."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.flags.models import FlagSetting


async def of_environment(session: AsyncSession, environment: str) -> dict[str, int]:
    """The percentages that are set there, by the names of flags."""
    asked = select(FlagSetting.name, FlagSetting.percent).where(FlagSetting.environment == environment)
    return {row.name: row.percent for row in await session.execute(asked)}


async def put(session: AsyncSession, name: str, environment: str, percent: int, now: datetime) -> None:
    """Set a percentage."""
    values = {"percent": percent, "changed_at": now}
    statement = insert(FlagSetting).values(name=name, environment=environment, **values)
    index = [FlagSetting.name, FlagSetting.environment]
    await session.execute(statement.on_conflict_do_update(index_elements=index, set_=values))


async def remove(session: AsyncSession, name: str, environment: str) -> None:
    """Let the registry's percentage hold."""
    gone = delete(FlagSetting).where(FlagSetting.name == name, FlagSetting.environment == environment)
    await session.execute(gone)


async def tell(session: AsyncSession, channel: str, notice: str) -> None:
    """Have every process that listens hear of it when the transaction commits."""
    await session.execute(select(func.pg_notify(channel, notice)))
