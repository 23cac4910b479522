"""How often licences were validated and when last, written down now and then for all of them together."""

import uuid

from billing.licences import repository
from billing.licences.validation import Verdict
from kit.clock import Clock, system_clock
from kit.database import Database, Unavailable

Counts = dict[str, tuple[int, float]]  # by licence: how often, and when last in seconds of the epoch
Seen = dict[str, tuple[str, float]]  # by machine: the program's version, and when


class LicenceUses:
    """The validations that are not written down yet, of one process."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database, self._clock = database, clock
        self._counts: Counts = {}
        self._seen: Seen = {}
        self._batch: tuple[uuid.UUID, Counts, Seen] | None = None  # keeps its number: no batch is added twice

    def note(self, verdict: Verdict, app_version: str) -> None:
        """A licence was found good now, on one of its machines."""
        if verdict.known is None or verdict.machine_id is None:
            return
        now, licence = self._clock().timestamp(), str(verdict.known.licence_id)
        count, _ = self._counts.get(licence, (0, 0.0))
        self._counts[licence] = (count + 1, now)
        self._seen[str(verdict.machine_id)] = (app_version, now)

    async def write(self) -> None:
        """Write down what is noted; what cannot be written now is kept for the next call."""
        if self._batch is None:
            if not self._counts:
                return
            self._batch = (uuid.uuid4(), self._counts, self._seen)
            self._counts, self._seen = {}, {}
        try:
            async with self._database.transaction() as session:
                await repository.note_used(session, *self._batch)
        except Unavailable:
            return
        self._batch = None
