"""Erase a person: their rows, their messages, their packages, the jobs that name them, and the key of all the rest.

In three steps, each of which may be done again: the database in one transaction, then the last message and the files,
then the certificate.
"""

import json
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Event
from accounts.context import Context
from accounts.mail.messages import Message
from accounts.mail.outbox import Outbox
from accounts.mail.templates import rendered
from accounts.privacy import certificates, repository
from accounts.privacy.exporting import folder_of, lock_of
from accounts.privacy.holdings import HOLDINGS
from accounts.users.letters import moment
from accounts.users.service import EMAIL
from accounts.vault import service as vault
from kit.database import Database
from kit.errors import PaybandError
from kit.store import Store

BACKUPS = "what they hold of you is sealed under a key that was destroyed; its copy is overwritten by the next backup"
WAREHOUSE = "requests there bear the account's number alone, and are dropped by the next nightly run"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Gone:
    """Who was erased. `address` is where the last message goes, None when that was done before."""

    deletion_id: uuid.UUID
    user_id: uuid.UUID
    at: datetime
    address: str | None


async def erase(database: Database, context: Context, outbox: Outbox, deletion_id: uuid.UUID) -> None:
    """Erase whoever wished it, if they still do; the worker's part."""
    async with database.transaction() as session:
        gone = await _rows(session, context, deletion_id)
    if gone is None:
        return
    if gone.address is not None:
        await _farewell(outbox, gone)
    files = _files(context, gone.user_id)
    async with database.transaction() as session:
        await _certify(session, context, gone, files)


async def _rows(session: AsyncSession, context: Context, deletion_id: uuid.UUID) -> Gone | None:
    """Everything in the database. What was erased is noted with the wish, for the certificate."""
    wish, now = await repository.take_deletion(session, deletion_id), context.clock()
    if wish is None or wish.status in ("cancelled", "certified") or wish.due_at > now:
        return None
    if wish.status == "erased":  # and then something went wrong
        return Gone(wish.id, wish.user_id, wish.ended_at or now, None)
    address = await _bury(session, context, wish.user_id)
    ids = await repository.ids_of_jobs(session, HOLDINGS, wish.user_id)
    events = await repository.erase_events(session, wish.user_id)
    tables = {"provider_events": {"rows": events, "how": "deleted"}}
    for holding in HOLDINGS:
        rows = await repository.erase(session, holding, wish.user_id)
        tables[holding.name] = {"rows": rows, "how": holding.erasure}
    jobs = await repository.erase_jobs(session, ids, lock_of(wish.user_id))
    found = {"tables": tables, "queue": {"jobs": jobs}}
    wish.status, wish.ended_at, wish.erased = "erased", now, json.dumps(found)
    await session.flush()
    detail = {"tables": sum(bool(each["rows"]) for each in tables.values())}
    await audit.record(session, context, Event(Action.USER_ERASED, wish.user_id, audit.SYSTEM, detail))
    return Gone(wish.id, wish.user_id, now, address)


async def _bury(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str | None:
    """Leave a tombstone for the address; what it was."""
    user = await repository.user(session, user_id)
    if user is None or user.email_digest is None:
        return None
    await repository.bury(session, user.email_digest, context.clock())
    try:
        key = await vault.key_of(session, context.secrets, user_id)
    except vault.Erased:
        return None
    return key.open(EMAIL, user.email_sealed) if user.email_sealed else None


async def _farewell(outbox: Outbox, gone: Gone) -> None:
    """The last message. It is sent at once or never: to try again later the address would have to be kept."""
    assert gone.address is not None  # noqa: S101  the caller looked
    told = {"at": moment(gone.at), "certificate": str(gone.deletion_id)}
    try:
        subject, text = rendered("deletion_done", told)
        await outbox.send(Message(gone.deletion_id, gone.user_id, gone.address, subject, text, gone.at))
    except PaybandError as error:
        log.warning("farewell.not_sent", deletion_id=str(gone.deletion_id), error=type(error).__name__)


def _files(context: Context, user_id: uuid.UUID) -> dict[str, int]:
    """Delete the person's folders; how many files there were."""
    folders = {"outbox": Store(context.settings.store).outbox / str(user_id), "exports": folder_of(context, user_id)}
    return {name: _deleted(folder) for name, folder in folders.items()}


def _deleted(folder: Path) -> int:
    count = sum(path.is_file() for path in folder.rglob("*"))
    if folder.exists():
        shutil.rmtree(folder)
    return count


async def _certify(session: AsyncSession, context: Context, gone: Gone, files: dict[str, int]) -> None:
    wish, now = await repository.take_deletion(session, gone.deletion_id), context.clock()
    if wish is None or wish.status == "certified":
        return
    erased = repository.erased_of(wish) | {"files": files, "backups": BACKUPS, "warehouse": WAREHOUSE}
    made = certificates.issue(context, wish.id, wish.user_id, wish.asked_at, erased, now)
    await repository.certify(session, id=wish.id, at=now, **made._asdict())
    wish.status, wish.erased = "certified", None
    await session.flush()


async def erase_keyless(session: AsyncSession, context: Context) -> int:
    """Erase everybody who has no key: a backup that was restored knows people who were erased since.

    They have had their certificate. How many they were.
    """
    found = await repository.keyless(session)
    for user_id in found:
        await _bury(session, context, user_id)
        await repository.erase_events(session, user_id)
        for holding in HOLDINGS:
            await repository.erase(session, holding, user_id)
        await audit.record(session, context, Event(Action.USER_ERASED, user_id, audit.OPERATOR))
    return len(found)


async def certificate(session: AsyncSession, number: uuid.UUID) -> certificates.Certificate | None:
    """The certificate with this number."""
    found = await repository.certificate(session, number)
    return certificates.Certificate(found.document, found.signature, found.public_key) if found else None
