"""Signing in by a password and a code: who is told what, and who is locked out."""

import asyncio
import uuid
from datetime import timedelta

import psycopg
from sqlalchemy import event

from accounts.errors import Refused
from accounts.passwords import service as passwords
from accounts.sessions.service import Tokens
from accounts.sign_in import by_code, by_link
from accounts.sign_in.outcome import Challenge, Denied, Outcome
from accounts.users import service as users
from tests.accounts.world import DEVICE, OTHER, Told, World, code_of, refused, reset_by_mail, with_app
from tests.people import knowing, new_address


def test_unknown_accounts_cost_the_same_work_and_get_the_same_answer(told_by: Told) -> None:
    """Hashes checked and statements sent are counted: a clock would only say how busy the machine is."""

    async def work(world: World) -> None:
        email = new_address()
        await world.person(email)
        statements: list[str] = []
        event.listen(
            world.database._engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _cur, statement, *_: statements.append(statement.split(" (")[0]),
        )
        seen = []
        for address in (email, new_address()):
            world.client = f"client {uuid.uuid4()}"
            checked = world.hasher.checked
            statements.clear()
            answers = [await world.sign_in(address, OTHER) for _ in range(5)]
            locked = await refused(world.sign_in(address, OTHER))
            told = [each for each in statements if "person_keys" not in each]
            seen.append((answers, locked, world.hasher.checked - checked, told))
        known, unknown = seen
        assert known == unknown
        assert known[1:3] == ("locked-out", 5), "whoever is locked out is not checked at all"
        assert {code_of(answer) for answer in known[0]} == {"sign-in-failed"}

    told_by(work)


def test_the_fifth_failure_locks_even_the_right_password_until_a_new_one_is_chosen(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        for _ in range(5):
            await world.sign_in(email, OTHER)
        world.client = "elsewhere"
        assert await refused(world.sign_in(email)) == "locked-out"
        await reset_by_mail(world, email, user_id, "three brown otters hum")
        assert isinstance(await world.sign_in(email, "three brown otters hum"), Tokens)

    told_by(work)


def test_a_success_forgives_the_account_and_not_the_address_it_came_from(told_by: Told) -> None:
    async def work(world: World) -> None:
        mine, theirs = new_address(), new_address()
        await world.person(mine)
        for _ in range(2):
            await world.sign_in(mine, OTHER)
            await world.sign_in(theirs, OTHER)
            assert isinstance(await world.sign_in(mine), Tokens)
        await world.sign_in(theirs, OTHER)
        assert await refused(world.sign_in(mine)) == "locked-out", "five failures from here"
        world.client = "elsewhere"
        assert isinstance(await world.sign_in(mine), Tokens)

    told_by(work)


def test_of_many_guesses_at_once_five_are_checked(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        await world.person(email)
        answers = await asyncio.gather(*(world.sign_in(email, OTHER) for _ in range(40)), return_exceptions=True)
        assert sum(isinstance(answer, Denied) for answer in answers) == 5 == world.hasher.checked
        assert sum(isinstance(answer, Refused) for answer in answers) == 35

    told_by(work)


def test_suspended_users_are_told_so_once_they_have_proved_who_they_are(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        with psycopg.connect(world.server.urls.admin) as connection:
            connection.execute("UPDATE users SET status = 'suspended' WHERE id = %s", [user_id])
        for _ in range(6):
            assert code_of(await world.sign_in(email)) == "account-suspended"
        assert code_of(await world.sign_in(email, OTHER)) == "sign-in-failed"
        async with world.database.transaction() as session:
            await by_link.ask(session, world.context, email)
            await passwords.ask_reset(session, world.context, email)
        assert await world.kinds(user_id) == []

    told_by(work)


def test_other_parameters_renew_the_hash(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        world.context = knowing(world.watch, password_passes=2)
        assert isinstance(await world.sign_in(email), Tokens)
        async with world.database.transaction(user_id) as session:
            user = await users.repository.by_id(session, user_id)
        assert user is not None
        assert "t=2" in str(user.password_hash)
        assert isinstance(await world.sign_in(email), Tokens)

    told_by(work)


async def second(world: World, challenge: Outcome, code: str) -> Tokens | Denied:
    assert isinstance(challenge, Challenge)
    assert challenge.token not in repr(challenge)
    async with world.database.transaction() as session:
        return await by_code.finish(session, world.context, challenge.token, code, world.client, DEVICE)


def test_with_a_second_factor_a_password_is_half(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        app, codes = await with_app(world, await world.person(email))
        challenge = await world.sign_in(email)
        assert code_of(await second(world, challenge, "000000")) == "wrong-code"
        code = app.at(world.watch.now)
        assert isinstance(await second(world, challenge, code), Tokens)
        assert await refused(second(world, challenge, codes[0])) == "invalid-link", "a challenge is for one session"
        again = await world.sign_in(email)
        assert code_of(await second(world, again, code)) == "wrong-code"
        assert isinstance(await second(world, again, codes[0]), Tokens)
        late = await world.sign_in(email)
        world.watch.now += timedelta(minutes=5)
        assert await refused(second(world, late, codes[1])) == "invalid-link"

    told_by(work)


def test_codes_are_guessed_five_times_whatever_the_challenges(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        app, _ = await with_app(world, await world.person(email))
        for number in range(5):
            world.client = f"client {uuid.uuid4()}"
            assert code_of(await second(world, await world.sign_in(email), f"00000{number}")) == "wrong-code"
        challenge = await world.sign_in(email)
        assert await refused(second(world, challenge, app.at(world.watch.now))) == "locked-out"

    told_by(work)
