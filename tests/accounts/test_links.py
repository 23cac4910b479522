"""What a link in a mail can do: sign in, and choose another password."""

import asyncio
from datetime import timedelta

import psycopg

from accounts.errors import Refused
from accounts.one_time import service as one_time
from accounts.passwords import service as passwords
from accounts.sessions.service import Tokens
from accounts.sign_in import by_link
from accounts.sign_in.outcome import Challenge, Outcome
from accounts.users import registering
from tests.accounts.world import DEVICE, OTHER, Told, World, code_of, refused, reset_by_mail, reset_with, with_app
from tests.people import PASSWORD, new_address, token_in_mail


def test_a_magic_link_signs_in_once_within_a_quarter_of_an_hour(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)

        async def asked() -> str:
            async with world.database.transaction() as session:
                await by_link.ask(session, world.context, email)
            return await token_in_mail(world.server, user_id, "magic_link")

        async def redeemed(token: str) -> Outcome:
            async with world.database.transaction() as session:
                return await by_link.redeem(session, world.context, token, DEVICE)

        token = await asked()
        answers = await asyncio.gather(*(redeemed(token) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(answer, Tokens) for answer in answers) == 1
        assert sum(isinstance(answer, Refused) for answer in answers) == 4
        late = await asked()
        world.watch.now += timedelta(minutes=15)
        assert await refused(redeemed(late)) == "invalid-link"
        older, newer = await asked(), await asked()
        assert await refused(redeemed(older)) == "invalid-link"
        await with_app(world, user_id)
        assert isinstance(await redeemed(newer), Challenge), "a mailbox is one factor"

    told_by(work)


def test_a_link_in_a_mail_forgets_a_password_that_a_stranger_may_have_set(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        await world.register(email, OTHER)
        user_id = await world.user(email)
        async with world.database.transaction() as session:
            await by_link.ask(session, world.context, email)
        token = await token_in_mail(world.server, user_id, "magic_link")
        async with world.database.transaction() as session:
            assert isinstance(await by_link.redeem(session, world.context, token, DEVICE), Tokens)
        assert code_of(await world.sign_in(email, OTHER)) == "sign-in-failed"

    told_by(work)


def test_a_reset_ends_every_session_and_link(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        before = await world.sign_in(email)
        async with world.database.transaction() as session:
            await by_link.ask(session, world.context, email)
        link = await token_in_mail(world.server, user_id, "magic_link")
        token = await reset_by_mail(world, email, user_id, OTHER)
        assert not await world.lives(before)
        assert await refused(reset_with(world, token, PASSWORD)) == "invalid-link"
        async with world.database.transaction() as session:
            assert await refused(one_time.look(session, world.context, link, "magic_link")) == "invalid-link"
        assert code_of(await world.sign_in(email)) == "sign-in-failed"
        assert isinstance(await world.sign_in(email, OTHER), Tokens)
        assert (await world.kinds(user_id))[-1] == "password_changed"

    told_by(work)


def test_a_weak_new_password_leaves_the_link_good(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email, verified=False)
        async with world.database.transaction() as session:
            await passwords.ask_reset(session, world.context, email)
        token = await token_in_mail(world.server, user_id, "reset_password")
        assert await refused(reset_with(world, token, "password1234")) == "weak-password"
        assert await refused(reset_with(world, token, email.partition("@")[0])) == "weak-password"
        await reset_with(world, token, OTHER)
        assert isinstance(await world.sign_in(email, OTHER), Tokens), "and the address is proved by that"

    told_by(work)


def test_a_changed_password_ends_every_other_session(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        here, there = await world.sign_in(email), await world.sign_in(email)
        assert isinstance(here, Tokens)
        async with world.database.transaction(user_id) as session:
            _, before = await passwords.begin_proof(session, world.context, user_id)
        hashed = await world.context.hasher.hash(OTHER)
        async with world.database.transaction(user_id) as session:
            await passwords.change(session, world.context, user_id, before, hashed, here.session_id)
        assert await world.lives(here)
        assert not await world.lives(there)
        async with world.database.transaction(user_id) as session:
            again = passwords.change(session, world.context, user_id, before, hashed, here.session_id)
            assert await refused(again) == "wrong-password", "of two who change it at once one does"

    told_by(work)


def test_strangers_can_have_five_mails_an_hour_sent_to_one_address(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email)
        for _ in range(4):
            for ask in (by_link.ask, passwords.ask_reset):
                async with world.database.transaction() as session:
                    await ask(session, world.context, email)
        assert len(await world.kinds(user_id)) == 5

    told_by(work)


def test_nothing_is_sent_where_nobody_is(told_by: Told) -> None:
    async def work(world: World) -> None:
        with psycopg.connect(world.server.urls.worker) as connection:
            before = connection.execute("SELECT count(*) FROM mails").fetchone()
        for ask in (by_link.ask, passwords.ask_reset, registering.ask_again):
            async with world.database.transaction() as session:
                await ask(session, world.context, new_address())
        with psycopg.connect(world.server.urls.worker) as connection:
            assert connection.execute("SELECT count(*) FROM mails").fetchone() == before

    told_by(work)
