"""What command-line programs ask of accounts: plain calls, by the operator's role, with a connection of their own."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration import service as administration
from accounts.administration.service import Act
from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.errors import Refused
from accounts.identity import Caller
from accounts.keys import repository
from accounts.keys import service as keys
from accounts.keys.prover import KeyProver
from accounts.keys.rights import EVERYTHING, Rights
from accounts.keys.service import NewKey
from accounts.keys.showing import ShownKey
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of, read_address
from kit.database import Database
from kit.errors import BadInput

Result = TypeVar("Result")
DEMO = "demo@payband.example"


def create_key(
    url: str, context: Context, email: str, name: str, rights: Rights | None = None, plan: str | None = None
) -> str:
    """Make a key for the user with this address (made if new) and return its text, which cannot be had again.

    With a `plan`, a name of billing.plans, the user is put on it. Raises Refused for an expiry in the past.
    """

    async def work(session: AsyncSession) -> str:
        user = await users.find_or_create(session, context, email)
        if plan is not None:
            await administration.set_plan(session, context, user.id, plan, Act(OPERATOR, "a key was made for it"))
        return (await keys.create_key(session, context, user.id, name, rights, actor=OPERATOR)).text

    return in_transaction(url, work)


def create_admin(url: str, context: Context, email: str) -> str:
    """Make the user with this address an administrator (made if new) and return the text of a live key."""

    async def work(session: AsyncSession) -> str:
        user = await users.find_or_create(session, context, email)
        await administration.set_role(session, context, user.id, "admin", Act(OPERATOR, "made on the machine"))
        made = await keys.create_key(session, context, user.id, "administrator", EVERYTHING, actor=OPERATOR)
        return made.text

    return in_transaction(url, work)


def list_keys(url: str, context: Context, email: str) -> list[ShownKey]:
    """A user's keys, newest first. Raises BadInput where nobody has this address."""

    async def work(session: AsyncSession) -> list[ShownKey]:
        user = await users_repository.by_email(session, digest_of(context.secrets, read_address(email)))
        if user is None:
            raise BadInput("nobody has this address")
        return await keys.keys_of(session, context, user.id)

    return in_transaction(url, work)


def rotate_key(url: str, context: Context, key_id: uuid.UUID, overlap: timedelta) -> NewKey:
    """Make a key with the same name and rights; the old one works on for `overlap`. Raises Refused."""

    async def work(session: AsyncSession) -> NewKey:
        key = await repository.by_id(session, key_id)
        if key is None:
            raise Refused("not-found", f"There is no key {key_id}.")
        return await keys.rotate_key(session, context, key.user_id, key_id, overlap, actor=OPERATOR)

    return in_transaction(url, work)


def revoke_key(url: str, context: Context, key_id: uuid.UUID) -> bool:
    """Revoke a key; False when there is none such, or it is revoked already."""

    async def work(session: AsyncSession) -> bool:
        return await keys.revoke_key(session, context, key_id, actor=OPERATOR)

    return in_transaction(url, work)


def demo_key(url: str, context: Context, file: Path) -> str:
    """The key that `payband up` shows: the one kept in `file` while it is good, else a new one.

    `file` is readable by us alone.
    """

    async def still_good(session: AsyncSession) -> bool:
        prover = KeyProver(context.secrets, context.clock)
        claim = prover.read(kept)
        return claim is not None and isinstance((await prover.look_up(session, [claim]))[0], Caller)

    kept = file.read_text().strip() if file.exists() else ""
    if kept and in_transaction(url, still_good):
        return kept
    text = create_key(url, context, DEMO, "demo", plan="enterprise")
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text + "\n")
    return text


def in_transaction(url: str, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Run `work` as one transaction of the role that `url` names."""

    async def run() -> Result:
        database = Database(url, pool_size=1)
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())
