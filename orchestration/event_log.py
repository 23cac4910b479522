"""Dagster's event log for one store: one SQLite file whose connections stay open.

Dagster's own SQLite logs open an engine and close the file's only connection for every event, which makes SQLite fold
its journal into the file each time: about 8 ms for each of a thousand capture days, more than parsing a small one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from dagster import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.event import listen

# The events that Dagster hands over at once (it reads this from the environment); without it a batch is one event.
BATCH = {"DAGSTER_EVENT_BATCH_SIZE": "500"}


class EventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's consolidated SQLite log with a pool of connections, and one transaction for a batch of events."""

    _tables: frozenset[str] = frozenset()
    _batch: ContextVar[Connection | None] = ContextVar("batch", default=None)

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        # A power cut may lose the last events, never the file: what is current is decided from the store's files.
        listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
        return engine

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        """The open batch's connection, else one of the pool in a transaction of its own."""
        if batch := self._batch.get():
            yield batch
            return
        with self._engine.begin() as connection:
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether there is such a table; asked for every event, and a table that is there stays."""
        if table_name not in self._tables:
            self._tables = frozenset(inspect(self._engine).get_table_names())
        return table_name in self._tables

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store all of them or, when one fails, none: Dagster then stores them one by one."""
        with self._engine.begin() as connection:
            token = self._batch.set(connection)
            try:
                super().store_event_batch(events)
            finally:
                self._batch.reset(token)

    def dispose(self) -> None:
        """Close the pool with the instance."""
        self._engine.dispose()
        super().dispose()
