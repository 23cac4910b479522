"""Every kind of caller that the API can meet, each a user of its own with a real credential."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.identity import Role
from accounts.keys import repository as keys_repository
from accounts.keys import service as keys
from accounts.keys.rights import Rights
from accounts.keys.text import new_key
from accounts.scopes import scopes_of
from accounts.sessions import service as sessions
from accounts.users import repository as users_repository
from accounts.users import service as users
from kit.clock import fixed_clock
from kit.database import Database
from kit.postgres import Server

Headers = dict[str, str]


@dataclass(frozen=True)
class Recipe:
    """How to make one: `proof` gives the credential of a user with this role, plan and status."""

    proof: Callable[[AsyncSession, Context, uuid.UUID], Awaitable[str]] | None
    role: Role = "user"
    plan: str = "enterprise"
    status: str = "active"


async def key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    user = await users_repository.by_id(session, user_id)
    assert user is not None
    rights = Rights(scopes_of(cast(Role, user.role)))
    return (await keys.create_key(session, context, user_id, "matrix", rights)).text


async def test_key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    return (await keys.create_key(session, context, user_id, "matrix", Rights(keys.USUAL, "test"))).text


async def key_without_scopes(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    return (await keys.create_key(session, context, user_id, "matrix", Rights(frozenset()))).text


async def revoked_key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    text = await key(session, context, user_id)
    for row in await keys_repository.of_user(session, user_id):
        await keys.revoke_key(session, context, row.id)
    return text


async def expired_key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    before = Context(context.secrets, context.settings, fixed_clock(context.clock() - timedelta(days=2)))
    ended = context.clock() - timedelta(days=1)
    rights = Rights(keys.USUAL, expires_at=ended)
    return (await keys.create_key(session, before, user_id, "matrix", rights)).text


async def mistyped_key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    return new_key("live")[:-1] + "!"


async def unknown_key(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    return new_key("live")


async def session_token(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    tokens = await sessions.open_session(session, context, user_id, sessions.Device("matrix", "127.0.0.1"))
    return tokens.access_token


async def ended_session(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str:
    tokens = await sessions.open_session(session, context, user_id, sessions.Device("matrix", "127.0.0.1"))
    await sessions.end_session(session, context, user_id, tokens.session_id, "signed_out")
    return tokens.access_token


CALLERS: dict[str, Recipe] = {
    "nobody": Recipe(None),
    "mistyped key": Recipe(mistyped_key),
    "unknown key": Recipe(unknown_key),
    "revoked key": Recipe(revoked_key),
    "expired key": Recipe(expired_key),
    "suspended key": Recipe(key, status="suspended"),
    "key without scopes": Recipe(key_without_scopes),
    "test key": Recipe(test_key),
    "free key": Recipe(key, plan="free"),
    "basic key": Recipe(key, plan="basic"),
    "professional key": Recipe(key, plan="professional"),
    "enterprise key": Recipe(key),
    "admin key": Recipe(key, role="admin"),
    "admin key without scopes": Recipe(key_without_scopes, role="admin"),
    "user session": Recipe(session_token),
    "analyst session": Recipe(session_token, role="analyst"),
    "admin session": Recipe(session_token, role="admin"),
    "ended session": Recipe(ended_session),
    "suspended session": Recipe(session_token, status="suspended"),
}


class Callers:
    """Makes them: users by the operators' role, their credentials by the application's."""

    def __init__(self, server: Server, context: Context) -> None:
        self._operators, self._application = Database(server.urls.admin), Database(server.urls.application)
        self._context = context

    async def headers(self, name: str) -> Headers:
        """The headers of a new caller of this kind."""
        recipe = CALLERS[name]
        if recipe.proof is None:
            return {}
        async with self._operators.transaction() as session:
            user = await users.create_user(session, self._context, f"{uuid.uuid4().hex}@example.org")
            await users_repository.change(session, user.id, role=recipe.role, plan=recipe.plan)
        async with self._application.transaction(user.id) as session:
            proof = await recipe.proof(session, self._context, user.id)
        async with self._operators.transaction() as session:
            await users_repository.change(session, user.id, status=recipe.status)
        return {"Authorization": f"Bearer {proof}"}

    async def close(self) -> None:
        """Close the connections."""
        await self._operators.close()
        await self._application.close()


def headers_of(name: str, server: Server, context: Context) -> Headers:
    """The headers of a new caller of this kind, from a test that is not asynchronous."""

    async def make() -> Headers:
        callers = Callers(server, context)
        try:
            return await callers.headers(name)
        finally:
            await callers.close()

    return asyncio.run(make())
