"""Which passwords are taken, and how they are kept."""

import asyncio
from contextlib import nullcontext, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import Refused
from accounts.passwords.hashing import WAITING, Hasher
from accounts.passwords.rules import LEAST, MOST, RUNS, accept
from accounts.passwords.words import WORDS
from accounts.settings import AccountSettings
from tests.people import CHEAP, PASSWORD

EMAIL = "ana.gomez@example.org"
WEAK = [
    "",
    "short1!",
    "elevenchars",
    "x" * 129,
    "aaaaaaaaaaaaaaa",
    "abcabcabcabcabc",
    "ab1ab1ab1ab1ab1",
    "123456789012",
    "202611220115",
    "Password1234",
    "P@ssw0rd2026!",
    "passwordpassword",
    "Welcome2Payband!",
    "qwertyuiop123",
    "1qwertyuiop!!",
    "poiuytrewq99",
    "abcdefghijklm",
    "Summer-Winter-2026",
    "iloveyou4ever!",
    "letmeinplease1",
    "correct horse battery staple",
    "admin.administrator",
    "Ana.Gomez-2026-x9",
    "xx ANA.GOMEZ xx",
]
FAIR = [
    PASSWORD,
    "vK8#pq2Lz!mw",
    "Tasse Regenschirm Ofen",
    "пять серых цапель",
    "mañana llueve poco",
    "🦊🍞🪟🧵🚲🪑🕯️🧭🪴🧱🥄🎈",
]


@pytest.mark.parametrize("password", WEAK)
def test_what_anybody_would_try_is_refused_without_repeating_it(password: str) -> None:
    with pytest.raises(Refused) as refusal:
        accept(password, EMAIL)
    assert refusal.value.code == "weak-password"
    assert len(password) < LEAST or password not in refusal.value.detail


@pytest.mark.parametrize(("email", "good"), [("bob@x.org", False), ("Bob@x.org", False), ("bo@x.org", True)])
def test_the_name_in_the_address_is_no_part_of_it_unless_it_is_two_letters(email: str, good: bool) -> None:
    with nullcontext() if good else pytest.raises(Refused):
        accept("kites over BOBtown", email)


@pytest.mark.parametrize("password", FAIR)
def test_a_fair_one_is_taken(password: str) -> None:
    accept(password, EMAIL)


@given(words=st.lists(st.sampled_from(sorted(WORDS)), min_size=3, max_size=6), ending=st.integers(0, 9_999))
def test_common_words_one_after_another_are_refused(words: list[str], ending: int) -> None:
    text = f"{''.join(words).title()}{ending}!!!!"[:MOST]
    if len(text) >= LEAST:
        with pytest.raises(Refused):
            accept(text, EMAIL)


@given(row=st.sampled_from([row for row in RUNS if len(row) >= 9]), times=st.integers(2, 3), back=st.booleans())
def test_rows_of_keys_are_refused(row: str, times: int, back: bool) -> None:
    with pytest.raises(Refused):
        accept((row[::-1] if back else row) * times, EMAIL)


@given(st.text(max_size=140))
def test_any_text_is_judged(password: str) -> None:
    with suppress(Refused):
        accept(password, EMAIL)


def test_a_password_is_kept_by_argon2id_and_the_same_however_it_is_typed() -> None:
    async def run() -> None:
        hasher = Hasher(AccountSettings(**CHEAP))
        kept = await hasher.hash("mañana llueve poco")
        assert kept.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
        assert "mañana" not in kept
        assert kept != await hasher.hash("mañana llueve poco")
        assert await hasher.check(kept, "man\u0303ana llueve poco")  # n and a tilde of its own
        assert not await hasher.check(kept, "manana llueve poco")
        assert not await hasher.check("not a hash", "x")

    asyncio.run(run())


def test_nobodys_password_costs_what_anybodys_does_and_is_never_right() -> None:
    """The library is given a hash with the same parameters, which it computes to the end."""
    seen: list[str] = []

    async def run() -> None:
        hasher = Hasher(AccountSettings(**CHEAP))
        real = hasher._argon2.verify

        class Watched:
            def verify(self, kept: str, password: str) -> bool:
                seen.append(kept)
                return real(kept, password)

        kept = await hasher.hash(PASSWORD)
        hasher._argon2 = Watched()  # type: ignore[assignment]
        assert await hasher.check(kept, PASSWORD)
        assert not await hasher.check(None, PASSWORD)

    asyncio.run(run())
    theirs, nobodys = (text.split("$") for text in seen)
    assert theirs[:4] == nobodys[:4]
    assert [len(part) for part in theirs] == [len(part) for part in nobodys]


def test_what_was_kept_with_other_parameters_is_outdated() -> None:
    async def run() -> None:
        old, new = Hasher(AccountSettings(**CHEAP)), Hasher(AccountSettings(**CHEAP | {"password_passes": 2}))
        kept = await old.hash(PASSWORD)
        assert not old.outdated(kept)
        assert new.outdated(kept)
        assert await new.check(kept, PASSWORD)

    asyncio.run(run())


def test_only_so_many_wait_and_a_few_are_hashed_at_once() -> None:
    async def run() -> None:
        hasher = Hasher(AccountSettings(**CHEAP, password_hashes_at_once=2))
        tasks = [asyncio.create_task(hasher.check(None, PASSWORD)) for _ in range(WAITING + 5)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        assert [refusal.code for refusal in refused] == ["busy"] * 5
        assert answers.count(False) == WAITING
        assert len(hasher._threads._threads) == 2
        assert not await hasher.check(None, PASSWORD), "and afterwards there is room again"

    asyncio.run(run())
