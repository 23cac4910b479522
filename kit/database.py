"""The application database: PostgreSQL through SQLAlchemy, one transaction per unit of work.

Nobody but `Database.transaction` commits: a repository adds and reads, a service decides, a request or a job is one
transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import MetaData
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from kit.errors import BadInput

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Base of every mapped class; constraints are named by NAMES, so that a migration can name them too."""

    metadata = MetaData(naming_convention=NAMES)


def driver_url(url: str, driver: str) -> URL:
    """A PostgreSQL URL for one driver: asyncpg (the application) or psycopg (migrations). Raises BadInput."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadInput("the database URL is not one: expected postgresql://user:password@host:port/name") from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise BadInput(f"the application database is PostgreSQL, not {parsed.get_backend_name()}")
    return parsed.set(drivername=f"postgresql+{driver}")


class Database:
    """The engine and its sessions, for the event loop it is first used in."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        self._engine = create_async_engine(
            driver_url(url, "asyncpg"),
            pool_size=pool_size,
            pool_pre_ping=True,  # a restarted server costs one reconnect, not a failed request
            connect_args={"timeout": 5, "command_timeout": 30},
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: committed when the block ends, rolled back when it raises."""
        async with self._sessions.begin() as session:
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
