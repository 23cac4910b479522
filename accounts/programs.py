"""What command-line programs ask of accounts: plain calls that open and close their own connection."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import service as keys
from accounts.keys.text import Mode
from accounts.users import service as users
from kit.database import Database

Result = TypeVar("Result")
DEMO = "demo@payband.localhost"
SHOWN = ("id", "prefix", "name", "mode", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")


def create_key(url: str, email: str, name: str, mode: Mode = "live") -> str:
    """Make a key for the user with this address (made if new) and return its text, which cannot be had again."""

    async def work(session: AsyncSession) -> str:
        user = await users.find_or_create(session, email)
        return await keys.create_key(session, user.id, name, mode=mode)

    return _in_transaction(url, work)


def create_admin(url: str, email: str) -> str:
    """Make the user with this address an administrator (made if new) and return the text of a live key."""

    async def work(session: AsyncSession) -> str:
        user = await users.find_or_create(session, email)
        await users.make_admin(session, user.id)
        return await keys.create_key(session, user.id, "administrator")

    return _in_transaction(url, work)


def list_keys(url: str, email: str) -> list[dict[str, Any]]:
    """A user's keys without what is secret, oldest first; empty where nobody has this address."""

    async def work(session: AsyncSession) -> list[dict[str, Any]]:
        return [{name: getattr(key, name) for name in SHOWN} for key in await keys.keys_of(session, email)]

    return _in_transaction(url, work)


def revoke_key(url: str, key_id: uuid.UUID) -> bool:
    """Revoke a key; False when there is none such, or it is revoked already."""

    async def work(session: AsyncSession) -> bool:
        return await keys.revoke_key(session, key_id)

    return _in_transaction(url, work)


def demo_key(url: str, file: Path) -> str:
    """The key that `payband up` shows: the one kept in `file` while it is good, else a new one.

    `file` is readable by us alone.
    """

    async def still_good(session: AsyncSession) -> bool:
        return await keys.verify(session, kept) is not None

    kept = file.read_text().strip() if file.exists() else ""
    if kept and _in_transaction(url, still_good):
        return kept
    text = create_key(url, DEMO, "demo", "test")
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text + "\n")
    return text


def _in_transaction(url: str, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database(url, pool_size=1)
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())
