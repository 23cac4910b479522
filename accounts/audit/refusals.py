"""Refusals of requests that the trail tells of. A caller can be refused a thousand times a minute, so each kind of
refusal is told once an hour for each credential, and written in the background: a refused request waits for nothing.
"""

import asyncio
import time

import structlog

from accounts.audit.events import Action, Actor, Event
from accounts.audit.service import HOUR, record_once
from accounts.context import Context
from accounts.identity import Caller
from kit.database import Database, Unavailable

MOST = 10_000  # kinds and credentials that are remembered, and refusals that wait

log = structlog.get_logger(__name__)

_Told = tuple[str, ...]


class Refusals:
    """Those of one process."""

    def __init__(self, database: Database, context: Context) -> None:
        self._database, self._context = database, context
        self._told: dict[_Told, float] = {}
        self._waiting: list[tuple[Event, _Told]] = []

    def note(self, action: Action, caller: Caller, what: str, **detail: str) -> None:
        """The caller was refused for `what`, such as the name of a limit; `detail` is kept of the first in an hour."""
        told, now = (action.value, str(caller.credential), what), time.monotonic()
        if told in self._told and now - self._told[told] < HOUR.total_seconds():
            return
        if len(self._told) >= MOST:
            self._told.clear()
        self._told[told] = now
        if len(self._waiting) < MOST:
            ids = {"key_id": str(caller.key_id)} if caller.key_id else {}
            self._waiting.append((Event(action, caller.user_id, Actor.of(caller), {**ids, **detail}), told))

    async def write(self) -> None:
        """Write what waits; what cannot be written now is kept for the next call."""
        while self._waiting:
            event, told = first = self._waiting.pop(0)
            try:
                async with self._database.transaction(event.user_id) as session:
                    await record_once(session, self._context, event, *told)
            except (Unavailable, asyncio.CancelledError) as stop:
                self._waiting.insert(0, first)
                if isinstance(stop, Unavailable):
                    log.warning("refusals.not_written", waiting=len(self._waiting))
                    return
                raise
