"""What command-line programs ask of accounts: plain calls that open and close their own connection."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import service as keys
from accounts.keys.text import Mode
from accounts.users import service as users
from kit.database import Database

Result = TypeVar("Result")
DEMO = "demo@payband.localhost"


def create_key(url: str, email: str, name: str, mode: Mode = "live") -> str:
    """Make a key for the user with this address (made if new) and return its text, which cannot be had again."""

    async def work(session: AsyncSession) -> str:
        user = await users.find_or_create(session, email)
        return await keys.create_key(session, user.id, name, mode=mode)

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
