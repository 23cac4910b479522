"""Registering and moving to another address: who gets which mail, and what that proves."""

import asyncio

import pytest

from accounts.sessions import service as session_service
from accounts.sessions.service import Tokens
from accounts.users import registering
from tests.accounts.world import DEVICE, OTHER, Told, World, code_of, refused
from tests.people import PASSWORD, new_address, token_in_mail


def test_register_confirm_sign_in(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        await world.register(email)
        user_id = await world.user(email)
        assert await world.kinds(user_id) == ["verify_email"]
        assert code_of(await world.sign_in(email)) == "email-not-verified"
        assert code_of(await world.sign_in(email, OTHER)) == "sign-in-failed", "who has not the password learns nothing"
        token = await token_in_mail(world.server, user_id, "verify_email")
        assert await world.confirm(token) == user_id
        assert await refused(world.confirm(token)) == "invalid-link"
        tokens = await world.sign_in(email.upper())
        assert isinstance(tokens, Tokens)
        async with world.database.transaction(user_id) as session:
            [(_, device)] = await session_service.list_sessions(session, world.context, user_id)
        assert device == DEVICE

    told_by(work)


def test_whoever_registers_twice_before_confirming_has_the_last_password_and_link(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        await world.register(email, OTHER)
        user_id = await world.user(email)
        first = await token_in_mail(world.server, user_id, "verify_email")
        await world.register(email)
        assert await refused(world.confirm(first)) == "invalid-link"
        await world.confirm(await token_in_mail(world.server, user_id, "verify_email"))
        assert code_of(await world.sign_in(email, OTHER)) == "sign-in-failed"
        assert isinstance(await world.sign_in(email), Tokens)

    told_by(work)


@pytest.mark.parametrize(("password", "verified"), [(PASSWORD, True), (None, True), (None, False)])
def test_a_taken_address_gets_a_mail_and_keeps_its_account(told_by: Told, password: str | None, verified: bool) -> None:
    """Also one that the operator or another provider made, and that has no password yet."""

    async def work(world: World) -> None:
        email = new_address()
        user_id = await world.person(email, password=password, verified=verified)
        await world.register(email, OTHER)
        assert await world.kinds(user_id) == ["already_registered"]
        assert code_of(await world.sign_in(email, OTHER)) == "sign-in-failed"
        async with world.database.transaction() as session:
            await registering.ask_again(session, world.context, email)
        assert await world.kinds(user_id) == ["already_registered"]

    told_by(work)


def test_two_who_register_at_once_are_one_user(told_by: Told) -> None:
    async def work(world: World) -> None:
        email = new_address()
        await asyncio.gather(*(world.register(email) for _ in range(4)))
        kinds = await world.kinds(await world.user(email))
        assert kinds == ["verify_email"] * 4

    told_by(work)


def test_another_address_counts_once_it_is_proved_and_the_old_one_hears_of_it(told_by: Told) -> None:
    async def work(world: World) -> None:
        old, new, taken = new_address(), new_address(), new_address()
        user_id, _ = await world.person(old), await world.person(taken)
        for wanted in (taken, new):
            async with world.database.transaction(user_id) as session:
                await registering.ask_to_move(session, world.context, user_id, wanted)
        assert await world.kinds(user_id) == ["verify_email"], "none to the one that is taken"
        assert isinstance(await world.sign_in(old), Tokens)
        assert await world.confirm(await token_in_mail(world.server, user_id, "verify_email")) == user_id
        assert isinstance(await world.sign_in(new), Tokens)
        assert code_of(await world.sign_in(old)) == "sign-in-failed"
        assert await world.kinds(user_id) == ["verify_email", "email_changed"]
        async with world.database.transaction(user_id) as session:
            await registering.ask_to_move(session, world.context, user_id, old)
        await world.person(old)
        late = await token_in_mail(world.server, user_id, "verify_email")
        assert await refused(world.confirm(late)) == "address-taken"

    told_by(work)


def test_nor_can_users_to_an_address_that_they_say_is_theirs(told_by: Told) -> None:
    async def work(world: World) -> None:
        user_id = await world.person(new_address())
        victim = new_address()
        for _ in range(7):
            async with world.database.transaction(user_id) as session:
                await registering.ask_to_move(session, world.context, user_id, victim)
        assert await world.kinds(user_id) == ["verify_email"] * 5

    told_by(work)
