"""What was said of licences, remembered by the very bytes that asked, and forgotten the moment that something changes.

Every change of a licence, its machines or its holder is notified by the database (migrations/rights.py) and heard by
every process (accounts.identities.cache). While that is so an answer is given again for GOOD_S or REFUSED_S; while it
is not, for FRESH_S. While the database is away, what was good stays so for STALE_S: nothing can be revoked in a
database that is down.
"""

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from billing.licences.validation import Verdict
from kit.clock import Clock
from kit.database import Unavailable
from kit.memory import Memory

GOOD_S = 3_600.0
REFUSED_S = 300.0
FRESH_S = 0.8
STALE_S = 60.0
MOST = 20_000  # of each kind of answer: guesses drive no good one out
LONGEST = 512  # bytes of a question that is remembered


class Said(NamedTuple):
    """An answer ready to be sent; `told` is when the database was asked, by time.monotonic()."""

    verdict: Verdict
    body: bytes
    app_version: str
    told: float


class _Question:
    """One that is under way, with what changed meanwhile."""

    def __init__(self) -> None:
        self.changed: set[str] = set()


class Validations:
    """One for each process, used on its event loop."""

    def __init__(self, unbroken: Callable[[float, float], bool], clock: Clock) -> None:
        """`unbroken` says whether every notice was heard between two moments of time.monotonic()."""
        self._unbroken, self._clock = unbroken, clock
        self._good: Memory[bytes, Said] = Memory(MOST)
        self._refused: Memory[bytes, Said] = Memory(MOST)
        self._open: set[_Question] = set()

    def recall(self, asked: bytes) -> Said | None:
        """What is known to be true still; None says nothing."""
        said = self._good.get(asked) or self._refused.get(asked)
        if said is None:
            return None
        now, lasting = time.monotonic(), GOOD_S if said.verdict.reason is None else REFUSED_S
        if now - said.told > (lasting if self._unbroken(said.told, now) else FRESH_S):
            return None
        return said if self._in_time(said) else None

    async def find_out(
        self, asked: bytes, app_version: str, look: Callable[[], Awaitable[Verdict]], told: Callable[[Verdict], bytes]
    ) -> Said:
        """Look, and remember it with its answer unless it changed while that was under way. Raises Unavailable."""
        question, now = _Question(), time.monotonic()
        self._open.add(question)
        try:
            verdict = await look()
        except Unavailable:
            said = self._good.get(asked)
            if said is None or now - said.told > STALE_S or not self._in_time(said):
                raise
            return said
        finally:
            self._open.discard(question)
        said = Said(verdict, told(verdict), app_version, now)
        if len(asked) <= LONGEST and question.changed.isdisjoint(verdict.subjects):
            for memory in (self._good, self._refused):
                memory.drop((asked,))
            (self._good if verdict.reason is None else self._refused).put(asked, said, verdict.subjects)
        return said

    def hear(self, notice: str) -> None:
        """Forget what rests on this, such as "licence:ID"."""
        for question in self._open:
            question.changed.add(notice)
        self._good.drop_of(notice)
        self._refused.drop_of(notice)

    def _in_time(self, said: Said) -> bool:
        until = said.verdict.until
        return until is None or self._clock() < until
