"""One application with its rights and a clock set by hand, and what people do there to sign in."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pyotp
import pytest

from accounts.context import Context
from accounts.errors import Refused
from accounts.passwords import service as passwords
from accounts.second_factor import service as second_factor
from accounts.sessions import repository as sessions
from accounts.sessions.service import Device, Tokens
from accounts.sign_in import by_password
from accounts.sign_in.outcome import Denied, Outcome
from accounts.users import registering
from accounts.users import service as users
from kit.database import Database
from kit.postgres import Server
from tests.people import PASSWORD, CountingHasher, Watch, knowing, letters_to, person, token_in_mail

DEVICE = Device("Firefox", "203.0.113.7")
OTHER = "nine blue kettles sing"


class World:
    """One application with its rights, at noon."""

    def __init__(self, server: Server, database: Database) -> None:
        self.server, self.database, self.watch = server, database, Watch()
        self.context: Context = knowing(self.watch)
        self.client = f"client {uuid.uuid4()}"

    @property
    def hasher(self) -> CountingHasher:
        hasher = self.context.hasher
        assert isinstance(hasher, CountingHasher)
        return hasher

    async def person(self, email: str, **more: object) -> uuid.UUID:
        return await person(self.database, self.context, email, **more)  # type: ignore[arg-type]

    async def sign_in(self, email: str, password: str = PASSWORD) -> Outcome:
        async with self.database.transaction() as session:
            attempt = await by_password.begin(session, self.context, email, self.client)
        proof = await by_password.prove(self.context, attempt, password)
        async with self.database.transaction() as session:
            return await by_password.finish(session, self.context, attempt, proof, DEVICE)

    async def register(self, email: str, password: str = PASSWORD) -> None:
        hashed = await self.context.hasher.hash(password)
        async with self.database.transaction() as session:
            await registering.register(session, self.context, email, hashed, "Ann")

    async def confirm(self, token: str) -> uuid.UUID:
        async with self.database.transaction() as session:
            return await registering.confirm_address(session, self.context, token)

    async def user(self, email: str) -> uuid.UUID:
        async with self.database.transaction() as session:
            found = await users.repository.id_by_email(session, users.digest_of(self.context.secrets, email))
        assert found is not None
        return found

    async def kinds(self, user_id: uuid.UUID) -> list[str]:
        return [kind for kind, _ in await letters_to(self.server, user_id)]

    async def lives(self, tokens: Outcome) -> bool:
        assert isinstance(tokens, Tokens)
        async with self.database.transaction() as session:
            return tokens.session_id in await sessions.states(session, [tokens.session_id])


Told = Callable[[Callable[[World], Awaitable[None]]], None]


def code_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Denied)
    return outcome.code


async def refused(awaited: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refusal:
        await awaited
    return refusal.value.code


async def with_app(world: World, user_id: uuid.UUID) -> tuple[pyotp.TOTP, list[str]]:
    """Give somebody a second factor: their app, and their recovery codes."""
    async with world.database.transaction(user_id) as session:
        enrolment = await second_factor.enrol(session, world.context, user_id, "ann")
        app = pyotp.TOTP(enrolment.secret)
        codes = await second_factor.confirm(session, world.context, user_id, app.at(world.watch.now))
    assert codes is not None
    world.watch.now += timedelta(minutes=1)
    return app, codes


async def reset_by_mail(world: World, email: str, user_id: uuid.UUID, password: str) -> str:
    """Choose a new password through a mailed link; gives the link's token, which is used up."""
    async with world.database.transaction() as session:
        await passwords.ask_reset(session, world.context, email)
    token = await token_in_mail(world.server, user_id, "reset_password")
    await reset_with(world, token, password)
    return token


async def reset_with(world: World, token: str, password: str) -> None:
    async with world.database.transaction() as session:
        await passwords.check_reset(session, world.context, token, password)
    hashed = await world.context.hasher.hash(password)
    async with world.database.transaction() as session:
        await passwords.reset(session, world.context, token, hashed)
