"""Whose a credential is, from memory: what the database said of it, for as long as that is sure to be true still.

Every change of a key, a session, a user or a signing key is notified by the database itself (triggers,
migrations/rights.py). While this process hears it, a credential is asked about every LASTING_S and forgotten the moment
that something changes; while it does not, every FRESH_S. Either way a revoked one works for less than a second more, in
every process.

While the database is away, credentials that were good when it last answered stay good for STALE_S after that answer:
nothing can be revoked in a database that is down.

Questions are asked by one transaction at a time for all who wait, so whoever guesses keys costs one query, not one a
guess; and what is good for nothing has a memory of its own, so that guesses drive nobody out.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from accounts.identities.prover import Found, Prover, subjects
from accounts.identity import Caller
from kit.clock import Clock, system_clock
from kit.database import Database, Unavailable
from kit.listening import Listener
from kit.memory import Memory

ACCESS = "payband_access"
FRESH_S = 0.8
LASTING_S = 30.0
AHEAD = 0.5  # of these times; past it a credential in use is asked about ahead, so that nobody waits for the answer
STALE_S = 60.0
REFUSED_S = 2.0
ANSWER_S = 4.0  # a database that takes longer is away; less, and a crowd at the door of a busy process looks like that
MOST = 10_000  # of each: known credentials, and refused texts
AT_ONCE = 500  # in one transaction


class Verdict(NamedTuple):
    """What a credential was found to be; `told` is when the database was asked, by time.monotonic()."""

    found: Found
    told: float


class _Question(NamedTuple):
    prover: Prover
    claim: Any
    answer: "asyncio.Future[Found | Unavailable]"


class Identities:
    """One for each process; everything but `run` is called on the event loop that runs it."""

    def __init__(
        self,
        database: Database,
        url: str,
        provers: Sequence[Prover],
        used: Callable[[Caller], None] = lambda _: None,
        clock: Clock = system_clock,
        heard: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`url` is where to listen; `used` hears of callers, not of every request: each time they are asked about.

        `heard` is told every notice, for what else is remembered in this process.
        """
        self._database, self._provers, self._used, self._clock = database, provers, used, clock
        self._heard = heard
        self._listener = Listener(url, ACCESS, self._hear)
        self._known: Memory[str, Verdict] = Memory(MOST)
        self._refused: Memory[str, Verdict] = Memory(MOST)
        self._waiting: dict[str, _Question] = {}
        self._asking: asyncio.Task[None] | None = None
        self.changes = 0  # that were heard of: what was learned here before may be true no more
        self._changed: set[str] = set()  # what changed since the question under way was asked
        self._failed: float | None = None  # when the database was found to be away

    async def run(self) -> None:
        """Listen to changes for ever."""
        await self._listener.run()

    def known(self, text: str) -> Caller | None:
        """The caller whose credential is known to be good now; None says nothing: ask `verify`."""
        found = self._recall(text, time.monotonic())
        return found if isinstance(found, Caller) and self._in_time(found) else None

    async def verify(self, text: str) -> Found:
        """Whose a credential is. Raises Unavailable when the database must be asked and is away."""
        now = time.monotonic()
        found: Found | Unavailable = self._recall(text, now)
        if found is None:
            refused = self._refused.get(text)
            read = None if refused is not None and now - refused.told <= REFUSED_S else self._read(text)
            if read is None:
                return None
            if self._away(now):
                raise Unavailable
            found = await asyncio.shield(self._ask(text, *read))
        if isinstance(found, Unavailable):
            raise found
        return None if isinstance(found, Caller) and not self._in_time(found) else found

    def forget(self, subject: str) -> None:
        """Ask anew about every credential that rests on this, one of `subjects`, which has changed."""
        self.changes += 1
        if self._waiting:
            self._changed.add(subject)
        self._known.drop_of(subject)

    def unbroken(self, since: float, now: float) -> bool:
        """Whether `heard` was told every notice of changes since then; times are those of time.monotonic()."""
        return self._listener.unbroken(since, now)

    async def close(self) -> None:
        """Let the question that is under way end."""
        if self._asking is not None:
            await asyncio.gather(self._asking, return_exceptions=True)

    def _hear(self, subject: str) -> None:
        self.forget(subject)
        self._heard(subject)

    def _recall(self, text: str, now: float) -> Found:
        """What is known of a credential and true still; None for nothing."""
        verdict = self._known.get(text)
        if verdict is None:
            return None
        age = now - verdict.told
        lasting = LASTING_S if self._listener.unbroken(verdict.told, now) else FRESH_S
        if age > lasting * AHEAD:
            self._ask_ahead(text, now)
        return verdict.found if age <= lasting or (age <= STALE_S and self._away(now)) else None

    def _in_time(self, caller: Caller) -> bool:
        return caller.expires_at is None or caller.expires_at > self._clock()

    def _away(self, now: float) -> bool:
        """Whether the database did not answer just now, or is being tried again: so long nobody waits for it."""
        return self._failed is not None and (now - self._failed <= FRESH_S or bool(self._waiting))

    def _read(self, text: str) -> tuple[Prover, Any] | None:
        for prover in self._provers:
            if (claim := prover.read(text)) is not None:
                return prover, claim
        return None

    def _ask_ahead(self, text: str, now: float) -> None:
        just_failed = self._failed is not None and now - self._failed <= FRESH_S * AHEAD
        if not just_failed and text not in self._waiting and (read := self._read(text)) is not None:
            self._ask(text, *read)

    def _ask(self, text: str, prover: Prover, claim: Any) -> "asyncio.Future[Found | Unavailable]":
        """One question for all who wait for the same credential."""
        question = self._waiting.get(text)
        if question is None:
            question = self._waiting[text] = _Question(prover, claim, asyncio.get_running_loop().create_future())
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._answer_all())
        return question.answer

    async def _answer_all(self) -> None:
        while self._waiting:
            asked = dict(islice(self._waiting.items(), AT_ONCE))
            self._changed.clear()
            now = time.monotonic()
            answers: Mapping[str, Found | Unavailable]
            try:
                async with asyncio.timeout(ANSWER_S):
                    answers = await self._look_up(asked)
                self._failed = None
                self._keep(answers, now)
            except (Unavailable, TimeoutError):
                self._failed = time.monotonic()
                answers = {text: self._stale(text, now) for text in asked}
            except BaseException as error:
                for text in asked:
                    self._waiting.pop(text).answer.set_exception(error)
                raise
            for text, answer in answers.items():
                if not self._changed_is(answer):  # else it may be of before: it is asked about again
                    self._waiting.pop(text).answer.set_result(answer)

    async def _look_up(self, asked: dict[str, _Question]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        async with self._database.transaction() as session:
            for prover in self._provers:
                texts = [text for text, question in asked.items() if question.prover is prover]
                if texts:
                    claims = [asked[text].claim for text in texts]
                    found.update(zip(texts, await prover.look_up(session, claims), strict=True))
        return found

    def _changed_is(self, answer: Found | Unavailable) -> bool:
        """Whether what this answer rests on changed since the question was asked."""
        return not isinstance(answer, Unavailable) and not self._changed.isdisjoint(subjects(answer))

    def _keep(self, answers: Mapping[str, Found], now: float) -> None:
        for text, found in answers.items():
            if found is None:
                self._known.drop((text,))
                self._refused.put(text, Verdict(None, now), ())
            elif not self._changed_is(found):
                self._known.put(text, Verdict(found, now), subjects(found))
                if isinstance(found, Caller):
                    self._used(found)

    def _stale(self, text: str, now: float) -> Found | Unavailable:
        verdict = self._known.get(text)
        if verdict is not None and isinstance(verdict.found, Caller) and now - verdict.told <= STALE_S:
            return verdict.found
        return Unavailable()
