"""What is remembered of validations, for how long, and what is never remembered."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from billing.licences import remembering, repository
from billing.licences.policies import POLICIES
from billing.licences.remembering import FRESH_S, GOOD_S, LONGEST, REFUSED_S, STALE_S, Said, Validations
from billing.licences.uses import LicenceUses
from billing.licences.validation import Known, Reason, Verdict
from kit.database import Database, Unavailable
from tests.billing.licences.world import Hardware, Told, World
from tests.databases import NOWHERE
from tests.people import Watch

ASKED = b"a licence and a machine"
NUMBER = uuid.uuid4()


def verdict(reason: Reason | None = None, watch: Watch | None = None) -> Verdict:
    known = Known(NUMBER, uuid.uuid4(), POLICIES["desktop-basic"], "active", None, "active")
    return Verdict(reason, known, uuid.uuid4(), watch.now + timedelta(minutes=5) if watch else None)


class Remembering:
    """A memory whose connection and clocks are set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.unbroken, self.moment, self.watch = True, 1_000.0, Watch()
        monkeypatch.setattr(remembering.time, "monotonic", lambda: self.moment)
        self.memory = Validations(lambda since, now: self.unbroken, self.watch)

    async def _ask(self, look: Callable[[], Awaitable[Verdict]], asked: bytes) -> Said:
        return await self.memory.find_out(asked, "1.0", look, lambda found: str(found.reason).encode())

    def ask(self, found: Verdict, asked: bytes = ASKED, meanwhile: str | None = None) -> Said:
        async def look() -> Verdict:
            if meanwhile is not None:
                self.memory.hear(meanwhile)
            return found

        return asyncio.run(self._ask(look, asked))

    def ask_in_vain(self) -> Said:
        async def look() -> Verdict:
            raise Unavailable

        return asyncio.run(self._ask(look, ASKED))

    def knows(self, after_s: float, asked: bytes = ASKED) -> bool:
        self.moment += after_s
        found = self.memory.recall(asked) is not None
        self.moment -= after_s
        return found


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Remembering:
    return Remembering(monkeypatch)


def test_good_answers_last_an_hour_and_refusals_five_minutes(here: Remembering) -> None:
    assert not here.knows(0)
    assert here.ask(verdict()).body == b"None"
    assert [here.knows(after) for after in (0, GOOD_S, GOOD_S + 1)] == [True, True, False]
    here.ask(verdict("expired"), b"other")
    assert [here.knows(after, b"other") for after in (REFUSED_S, REFUSED_S + 1)] == [True, False]
    here.ask(verdict("expired"))
    assert not here.knows(REFUSED_S + 1), "what was good before it was refused is forgotten"


def test_while_nothing_is_heard_no_answer_lasts(here: Remembering) -> None:
    here.ask(verdict())
    here.unbroken = False
    assert [here.knows(after) for after in (FRESH_S / 2, FRESH_S * 1.1)] == [True, False]


def test_an_answer_ends_when_what_it_rests_on_does(here: Remembering) -> None:
    here.ask(verdict(watch=here.watch))
    assert here.knows(0)
    here.watch.now += timedelta(minutes=5)
    assert not here.knows(0)


def test_a_change_forgets_what_rests_on_it_and_nothing_else(here: Remembering) -> None:
    found = verdict()
    here.ask(found)
    here.memory.hear(f"licence:{uuid.uuid4()}")
    assert here.knows(0)
    here.memory.hear(f"licence:{NUMBER}")
    assert not here.knows(0)
    assert found.known is not None
    here.ask(found)
    here.memory.hear(f"user:{found.known.user_id}")
    assert not here.knows(0)


def test_what_changed_while_it_was_asked_about_is_told_and_not_kept(here: Remembering) -> None:
    assert here.ask(verdict(), meanwhile=f"licence:{NUMBER}").verdict.reason is None
    assert not here.knows(0)
    here.ask(verdict(), meanwhile="licence:other")
    assert here.knows(0)


def test_long_questions_are_answered_and_not_kept(here: Remembering) -> None:
    here.ask(verdict(), b"x" * (LONGEST + 1))
    assert not here.knows(0, b"x" * (LONGEST + 1))


def test_guesses_drive_no_good_answer_out(here: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST", 3)
    here.memory = Validations(lambda since, now: True, here.watch)
    here.ask(verdict())
    for number in range(10):
        here.ask(Verdict("unknown-key"), str(number).encode())
    assert here.knows(0)
    assert [here.knows(0, str(number).encode()) for number in (0, 9)] == [False, True]


def test_while_the_database_is_away_what_was_good_stays_so_for_a_minute(here: Remembering) -> None:
    with pytest.raises(Unavailable):
        here.ask_in_vain()
    here.ask(verdict())
    here.moment += STALE_S
    assert here.ask_in_vain().verdict.reason is None
    here.moment += 1
    with pytest.raises(Unavailable):
        here.ask_in_vain()
    here.ask(verdict("revoked"))
    with pytest.raises(Unavailable):
        here.ask_in_vain()


def test_uses_that_cannot_be_written_wait_and_are_counted_once(told_by: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        found = await world.verdict(key, laptop)
        away = Database(NOWHERE.application)
        uses = LicenceUses(away, world.watch)
        world.watch.now += timedelta(minutes=1)
        for _ in range(3):
            uses.note(found, "2.0")
        await uses.write()
        world.watch.now += timedelta(seconds=1)
        uses.note(found, "2.1")
        await uses.write()
        uses._database = world.application
        real = repository.note_used

        async def unheard(*told: object) -> None:
            await real(*told)  # type: ignore[arg-type]
            await told[0].commit()  # type: ignore[attr-defined]
            raise Unavailable

        monkeypatch.setattr(repository, "note_used", unheard)
        await uses.write()
        assert (await world.licence(key)).validations == 3, "it was written, and nobody heard of it"
        monkeypatch.undo()
        await uses.write()
        assert (await world.licence(key)).validations == 3
        await uses.write()
        licence = await world.licence(key)
        assert (licence.validations, licence.machines[0].app_version) == (4, "2.1")
        await away.close()

    told_by(work)
