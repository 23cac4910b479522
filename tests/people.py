"""People for tests: a clock that is set by hand, services with a cheap hash, and the mails that somebody was sent."""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.mail.service import LETTER
from accounts.passwords.hashing import Hasher
from accounts.settings import AccountSettings
from accounts.users import service as users
from accounts.vault import service as vault
from accounts.vault.models import SealedKey
from kit.clock import Clock, system_clock
from kit.database import Database
from kit.postgres import Server
from tests.databases import SECRETS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHEAP: dict[str, Any] = {"password_memory_kib": 8_192, "password_passes": 1, "password_lanes": 1}
TOKEN = re.compile(r"#token=(\S+)")
PASSWORD = "seven grey herons wait"


class Watch:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class CountingHasher(Hasher):
    """The real one, which counts how often its work is done."""

    def __init__(self, settings: AccountSettings) -> None:
        super().__init__(settings)
        self.hashed, self.checked = 0, 0

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)

    async def check(self, kept: str | None, password: str) -> bool:
        self.checked += 1
        return await super().check(kept, password)


def knowing(clock: Clock = system_clock, **settings: Any) -> Context:
    """What services need, with a hash that costs little and counts."""
    made = Context(SECRETS, AccountSettings(**(CHEAP | settings)), clock)
    made.__dict__["hasher"] = CountingHasher(made.settings)
    return made


def new_address() -> str:
    return f"{uuid.uuid4().hex}@example.org"


async def person(
    database: Database, context: Context, email: str, *, password: str | None = PASSWORD, verified: bool = True
) -> uuid.UUID:
    """A user who can sign in, in the application's role."""
    hashed = await context.hasher.hash(password) if password is not None else None
    async with database.transaction() as session:
        user = await users.create_user(session, context, email)
        user.password_hash = hashed
        user.email_verified_at = context.clock() if verified else None
        return user.id


async def destroy_key(session: AsyncSession, user_id: uuid.UUID) -> None:
    """What makes an erased person of them, for a role that may."""
    await session.execute(delete(SealedKey).where(SealedKey.user_id == user_id))


async def letters_to(server: Server, user_id: uuid.UUID) -> list[tuple[str, str]]:
    """Kind and text of every mail to the user that waits to be sent, in the order in which they were written."""
    database = Database(server.urls.worker, pool_size=1)
    try:
        async with database.transaction() as session:
            key = await vault.key_of(session, SECRETS, user_id)
            rows = await session.execute(
                text(  # clocks stand still in tests; numbers of jobs do not
                    "SELECT kind, letter_sealed FROM mails m JOIN procrastinate.procrastinate_jobs j "
                    "ON j.args->>'mail_id' = m.id::text WHERE user_id = :id ORDER BY j.id"
                ),
                {"id": user_id},
            )
            return [(kind, json.loads(key.open(LETTER, sealed))[1]) for kind, sealed in rows]
    finally:
        await database.close()


async def token_in_mail(server: Server, user_id: uuid.UUID, kind: str) -> str:
    """The token in the last mail of this kind."""
    told = [letter for found, letter in await letters_to(server, user_id) if found == kind]
    found = TOKEN.search(told[-1])
    assert found is not None
    return found[1]


@contextmanager
def no_administrator(server: Server) -> Iterator[None]:
    """For as long as the block runs, whoever other tests made administrators are none."""
    with psycopg.connect(server.urls.admin, autocommit=True) as connection:
        role = "UPDATE users SET role = %s WHERE "
        aside = connection.execute(role + "role = 'admin' RETURNING id", ["analyst"]).fetchall()
        try:
            yield
        finally:
            connection.execute(role + "id = ANY(%s)", ["admin", [user_id for (user_id,) in aside]])
