"""Key checks from memory: a key is asked of the database at most once a second in each process.

So a revoked key works for at most FRESH_S more. While the database is down, keys that were good when it was last
asked stay good for STALE_S: nothing can have been revoked in a database that is down.
"""

import time
import uuid
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from accounts.keys import repository
from accounts.keys.service import Identity, verify
from accounts.keys.text import well_formed
from kit.clock import Clock, system_clock
from kit.database import Database
from kit.errors import Retriable

FRESH_S = 0.8
STALE_S = 300.0
MOST = 10_000


class _Verdict(NamedTuple):
    identity: Identity | None
    at: float  # time.monotonic()


class KeyVerifier:
    """Says whose a key is; one for each process."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock
        self._verdicts: OrderedDict[str, _Verdict] = OrderedDict()
        self._used: dict[uuid.UUID, datetime] = {}

    def known(self, text: str) -> Identity | None:
        """The holder of a key that was found good less than FRESH_S ago; None says nothing: ask `verify`."""
        verdict = self._verdicts.get(text)
        if verdict is None or time.monotonic() - verdict.at > FRESH_S:
            return None
        return verdict.identity

    async def verify(self, text: str) -> Identity | None:
        """The holder of a good key, None for any other.

        Raises Retriable when the database must be asked and does not answer.
        """
        if not well_formed(text):
            return None
        verdict = self._verdicts.get(text)
        now = time.monotonic()
        if verdict is None or now - verdict.at > FRESH_S:
            verdict = await self._ask(text, verdict, now)
        identity = verdict.identity
        if identity is not None and identity.expires_at is not None and identity.expires_at <= self._clock():
            return None
        return identity

    async def _ask(self, text: str, before: _Verdict | None, now: float) -> _Verdict:
        try:
            async with self._database.transaction() as session:
                identity = await verify(session, text, self._clock)
        except (DBAPIError, SQLAlchemyError, OSError, TimeoutError) as error:
            if before is not None and before.identity is not None and now - before.at < STALE_S:
                return before
            raise Retriable("the key cannot be checked now: the database does not answer", 2) from error
        verdict = self._verdicts[text] = _Verdict(identity, now)
        self._verdicts.move_to_end(text)
        while len(self._verdicts) > MOST:
            self._verdicts.popitem(last=False)
        if identity is not None:
            self._used[identity.key_id] = self._clock()
        return verdict

    async def write_usage(self) -> None:
        """Write down when keys were last used; what cannot be written now is tried again at the next call."""
        moments, self._used = self._used, {}
        if not moments:
            return
        try:
            async with self._database.transaction() as session:
                await repository.mark_used(session, moments)
        except (DBAPIError, SQLAlchemyError, OSError, TimeoutError):
            self._used = moments | self._used
