"""Key checks from memory: a key is asked of the database about once a second in each process, by one request for all.

So a revoked key works for at most FRESH_S more. A key in use is asked again ahead of that, so that nobody waits for it.
While the database does not answer, keys that were good when it last did stay good for STALE_S: nothing can be revoked
in a database that is down.
"""

import asyncio
import time
import uuid
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from accounts.keys import repository
from accounts.keys.service import Identity, verify
from accounts.keys.text import well_formed
from kit.clock import Clock, system_clock
from kit.database import Database
from kit.errors import Retriable

FRESH_S = 0.8
AHEAD_S = 0.4
STALE_S = 300.0
MOST = 10_000
DOWN = (SQLAlchemyError, OSError, TimeoutError)


class _Verdict(NamedTuple):
    """Times are those of time.monotonic()."""

    identity: Identity | None
    told: float  # when the database said so
    asked: float  # when it was last asked, in vain or not


class KeyVerifier:
    """Says whose a key is; one for each process."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock
        self._verdicts: OrderedDict[str, _Verdict] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Verdict]] = {}
        self._used: dict[uuid.UUID, datetime] = {}

    def known(self, text: str) -> Identity | None:
        """The holder of a key that was found good less than FRESH_S ago; None says nothing: ask `verify`.

        Called on the event loop, where it may start to ask ahead.
        """
        verdict = self._verdicts.get(text)
        if verdict is None or verdict.identity is None:
            return None
        age = time.monotonic() - verdict.asked
        if age > AHEAD_S and text not in self._asking:
            self._ask(text)
        return verdict.identity if age <= FRESH_S and self._in_time(verdict.identity) else None

    async def verify(self, text: str) -> Identity | None:
        """The holder of a good key, None for any other.

        Raises Retriable when the database must be asked and does not answer.
        """
        if not well_formed(text):
            return None
        verdict = self._verdicts.get(text)
        if verdict is None or time.monotonic() - verdict.asked > FRESH_S:
            verdict = await asyncio.shield(self._asking.get(text) or self._ask(text))
        identity = verdict.identity
        return identity if identity is not None and self._in_time(identity) else None

    def _in_time(self, identity: Identity) -> bool:
        return identity.expires_at is None or identity.expires_at > self._clock()

    def _ask(self, text: str) -> "asyncio.Task[_Verdict]":
        """One question for all who wait for the same key."""
        task = self._asking[text] = asyncio.create_task(self._answer(text))
        task.add_done_callback(lambda done: self._answered(text, done))
        return task

    def _answered(self, text: str, done: "asyncio.Task[_Verdict]") -> None:
        self._asking.pop(text, None)
        if not done.cancelled():
            done.exception()  # whoever waits has it; a question ahead of time may fail unheard

    async def _answer(self, text: str) -> _Verdict:
        before, now = self._verdicts.get(text), time.monotonic()
        try:
            async with self._database.transaction() as session:
                verdict = _Verdict(await verify(session, text, self._clock), now, now)
        except DOWN as error:
            if before is None or before.identity is None or now - before.told > STALE_S:
                raise Retriable("the key cannot be checked now: the database does not answer", 2) from error
            verdict = before._replace(asked=time.monotonic())
        self._verdicts[text] = verdict
        self._verdicts.move_to_end(text)
        while len(self._verdicts) > MOST:
            self._verdicts.popitem(last=False)
        if verdict.identity is not None:
            self._used[verdict.identity.key_id] = self._clock()
        return verdict

    async def write_usage(self) -> None:
        """Write down when keys were last used; what cannot be written now is tried again at the next call."""
        moments, self._used = self._used, {}
        if not moments:
            return
        try:
            async with self._database.transaction() as session:
                await repository.mark_used(session, moments)
        except DOWN:
            self._used = moments | self._used

    async def close(self) -> None:
        """Let questions that are under way end, and write down what is left to write."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self.write_usage()
