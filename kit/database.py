"""The application database: PostgreSQL through SQLAlchemy, one transaction per unit of work.

Nobody but `Database.transaction` commits: a repository adds and reads, a service decides, a request or a job is one
transaction. Which rows it sees is the database's own decision (row-level security), by the role that asks and the user
that the transaction is for; migrations/rights.py says it for each table.
"""

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy import MetaData, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from kit.errors import BadInput, Retriable

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

# Who may connect. None of them but the owner can change a table, and none passes row-level security by.
OWNER = "payband_owner"  # owns the tables, runs migrations
APPLICATION = "payband_app"  # the API: sees what belongs to the user that a transaction is for
WORKER = "payband_worker"  # jobs: see what their task needs, of every user
ADMIN = "payband_admin"  # the operator's doors and commands
LOOKUP = "payband_lookup"  # no log-in: owns the functions that find a user before one is known


class Urls(NamedTuple):
    """One address a role: postgresql://role:password@host:port/name."""

    application: str
    owner: str
    worker: str
    admin: str


class Unavailable(Retriable):
    """The server does not answer: it is down, starting, stopping, out of connections, too slow, or held up."""

    def __init__(self) -> None:
        super().__init__("the database does not answer", retry_after_s=2)


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
            hide_parameters=True,  # what a query was given is a person's; errors are logged
            pool_pre_ping=True,  # a restarted server costs one reconnect, not a failed request
            connect_args={"timeout": 5, "command_timeout": 30},
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, user_id: uuid.UUID | None = None) -> AsyncIterator[AsyncSession]:
        """One unit of work: committed when the block ends, rolled back when it raises.

        The application's role sees what belongs to `user_id`, and without one nothing that belongs to anybody. Raises
        Unavailable when the server does not answer.
        """
        try:
            async with self._sessions.begin() as session:
                if user_id is not None:
                    await act_for(session, user_id)
                yield session
        except (DBAPIError, PoolTimeout, ConnectionError, socket.gaierror, TimeoutError) as error:
            if not isinstance(error, DBAPIError) or _is_away(error):
                raise Unavailable from error
            raise

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _is_away(error: DBAPIError) -> bool:
    """By the classes of SQLSTATE for connections, transactions that stood in each other's way, resources and an
    operator's intervention, or for want of any: the same may work later.
    """
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(("08", "40", "53", "57P"))


async def act_for(session: AsyncSession, user_id: uuid.UUID) -> None:
    """From here to its end the transaction is for this user: whoever calls it has seen proof of who asks."""
    await session.execute(text("SELECT set_config('payband.user_id', :user_id, true)"), {"user_id": str(user_id)})
