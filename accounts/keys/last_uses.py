"""When keys were last used, written down now and then for all of them together."""

import uuid
from datetime import datetime

from accounts.identity import Caller
from accounts.keys import repository
from kit.clock import Clock, system_clock
from kit.database import Database, Unavailable


class LastUses:
    """The uses that are not written down yet, of one process."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database, self._clock = database, clock
        self._moments: dict[uuid.UUID, datetime] = {}

    def note(self, caller: Caller) -> None:
        """The caller's key, if it is one, is used now."""
        if caller.key_id is not None:
            self._moments[caller.key_id] = self._clock()

    async def write(self) -> None:
        """Write down what is noted; what cannot be written now is kept for the next call."""
        moments, self._moments = self._moments, {}
        if not moments:
            return
        try:
            async with self._database.transaction() as session:
                await repository.mark_used(session, moments)
        except Unavailable:
            self._moments = moments | self._moments
