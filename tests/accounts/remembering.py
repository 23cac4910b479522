"""A memory of whose a credential is, whose questions to the database are counted."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identities import cache
from accounts.identities.cache import Identities
from accounts.identities.prover import Found
from accounts.identity import Caller
from accounts.keys import service as keys
from accounts.keys.prover import KeyProver
from accounts.keys.rights import Rights
from accounts.users import service as users
from kit.database import Database
from tests.databases import SECRETS, context

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SOON_S = 1.0  # the promise


class Counting(KeyProver):
    """Counts the questions that reach the database, and how many keys each was about."""

    def __init__(self, **more: Any) -> None:
        super().__init__(SECRETS, **more)
        self.asked: list[int] = []

    async def look_up(self, session: AsyncSession, claims: Sequence[bytes]) -> list[Found]:
        self.asked.append(len(claims))
        return await super().look_up(session, claims)


@asynccontextmanager
async def identities(url: str, prover: KeyProver, *, listening: bool = False) -> AsyncIterator[Identities]:
    database = Database(url)
    made = Identities(database, url, [prover])
    task = asyncio.create_task(made.run()) if listening else None
    yield made
    if task is not None:
        task.cancel()
    await made.close()
    await database.close()


async def made_key(admin: Database, **more: Any) -> str:
    async with admin.transaction() as session:
        user = await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org")
        rights = Rights(**{"scopes": keys.USUAL, **more})
        return (await keys.create_key(session, context(), user.id, "test", rights)).text


async def revoked(admin: Database, caller: Found) -> None:
    assert isinstance(caller, Caller)
    assert caller.key_id is not None
    async with admin.transaction() as session:
        assert await keys.revoke_key(session, context(), caller.key_id)


async def eventually(says: Any, within_s: float = SOON_S) -> None:
    until = time.monotonic() + within_s
    while not says():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def heard(known: Identities) -> bool:
    return known._listener.unbroken(time.monotonic(), time.monotonic())


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment that time.monotonic() shows, to be moved."""
    moment = [time.monotonic()]
    monkeypatch.setattr(cache.time, "monotonic", lambda: moment[0])
    return moment
