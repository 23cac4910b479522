"""Hand a person everything that is held on them: asked for, made by a job, fetched once within a day."""

import base64
import hashlib
import os
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, jobs
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.mail.service import enqueue
from accounts.privacy import repository
from accounts.privacy.archive import Archive
from accounts.privacy.holdings import HOLDINGS
from accounts.privacy.models import Export
from accounts.users import repository as users
from accounts.users.letters import moment
from accounts.vault import service as vault
from accounts.vault.service import PersonKey
from kit.database import Database
from kit.identifiers import uuid7
from kit.sealed_files import SealedWriter, read_sealed
from kit.store import Store

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(hours=6)  # a job that takes longer is parked: let them ask anew
KEY = "exports.key"
FILES = tuple(holding for holding in HOLDINGS if holding.exported)
PARTS = len(FILES) + 1  # and the outbox


@dataclass(frozen=True)
class Package:
    """A package that is open for reading, and gone from the disk when it is closed."""

    pieces: Iterator[bytes]


async def ask(session: AsyncSession, context: Context, user_id: uuid.UUID, actor: Actor) -> tuple[Export, str]:
    """Have a package made; with it comes the token that fetches it, which cannot be had again.

    Raises Refused (conflict) while another is being made.
    """
    now = context.clock()
    await users.lock(session, user_id)
    if await repository.export_in_the_making(session, user_id, now - GIVEN_UP_AFTER):
        raise Refused("conflict", "A package is being made already: wait for it.")
    token = secrets.token_urlsafe(32)
    made = Export(id=uuid7(now), user_id=user_id, status="waiting", parts_done=0, parts=PARTS, asked_at=now)
    made.token_hash = _hash(token)
    await repository.add(session, made)
    await jobs.defer(session, "privacy.export", lock=lock_of(user_id), export_id=made.id)
    event = Event(Action.EXPORT_ASKED, user_id, actor, {"export_id": str(made.id)})
    await audit.record(session, context, event)
    return made, token


async def find(session: AsyncSession, user_id: uuid.UUID, export_id: uuid.UUID) -> Export:
    """An export of the user's. Raises Refused (not-found)."""
    found = await repository.export(session, export_id, user_id)
    if found is None:
        raise Refused("not-found", "There is no export with this id.")
    return found


async def make(database: Database, context: Context, export_id: uuid.UUID) -> None:
    """Make the package, a part a transaction, so that its progress can be seen; the worker's part.

    Several may make it at once, as when a worker was taken for dead that was slow: each writes a file of its own, and
    the first that is done makes its file the package.
    """
    async with database.transaction() as session:
        asked = await repository.take_export(session, export_id)
        if asked is None or asked.status not in ("waiting", "making"):
            return  # made before, or the person is gone
        asked.status, asked.parts_done = "making", 0
        person = await vault.key_of(session, context.secrets, asked.user_id)
    key = os.urandom(32)
    own = folder_of(context, asked.user_id) / f"{export_id}.{uuid.uuid4()}.part"
    try:
        with SealedWriter(own, key, str(export_id)) as out:
            await _write(database, context, asked, person, Archive(out))
        async with database.transaction() as session:
            await _ready(session, context, export_id, own, person.seal(KEY, base64.b64encode(key).decode()))
    finally:
        own.unlink(missing_ok=True)


async def _write(database: Database, context: Context, asked: Export, person: PersonKey, archive: Archive) -> None:
    for done, holding in enumerate(FILES, 1):
        async with database.transaction() as session:
            await archive.add(holding, repository.rows(session, holding, asked.user_id), person)
            await repository.progress(session, asked.id, done)
    archive.add_messages((Store(context.settings.store).outbox / str(asked.user_id)).glob("*.eml"))
    archive.close(asked.user_id, context.clock())


async def _ready(session: AsyncSession, context: Context, export_id: uuid.UUID, own: Path, key_sealed: bytes) -> None:
    """Make the file the package, unless another was first or the person left. Who makes one holds the export's row:
    so file and key are of the same maker, and nobody touches a package that is ready.
    """
    made, now = await repository.take_export(session, export_id), context.clock()
    if made is None or made.status != "making":
        return
    discard(context, made, but=own)  # what was left by a maker that died; one that lives will find itself too late
    made.status, made.parts_done, made.key_sealed, made.size = "ready", PARTS, key_sealed, own.stat().st_size
    made.ready_at, made.expires_at = now, now + KEPT_FOR
    await session.flush()
    await jobs.defer(session, "privacy.expire_exports", due_at=made.expires_at)
    event = Event(Action.EXPORT_MADE, made.user_id, audit.SYSTEM, {"export_id": str(made.id)})
    await audit.record(session, context, event)
    user = await users.by_id(session, made.user_id)
    if user is not None and user.email_sealed is not None:
        link = f"{context.settings.public_url}/api/v1/export/{made.id}"
        told = {"link": link, "until": moment(made.expires_at)}
        await enqueue(session, context, made.user_id, "export_ready", told)
    own.replace(file_of(context, made))


async def fetch(
    session: AsyncSession, context: Context, user_id: uuid.UUID, export_id: uuid.UUID, token: str, actor: Actor
) -> Package:
    """The package, this once. Raises Refused (not-found, wrong-token, conflict while it is made, gone afterwards)."""
    await find(session, user_id, export_id)
    found = await repository.take_export(session, export_id)
    assert found is not None  # noqa: S101  found above
    if not secrets.compare_digest(found.token_hash, _hash(token)):
        raise Refused("wrong-token", "This is not the token that was given when the export was asked for.")
    if found.status in ("waiting", "making"):
        raise Refused("conflict", f"The package is not ready: {found.parts_done} of {found.parts} parts are made.")
    now, path = context.clock(), file_of(context, found)
    expired = found.expires_at is None or found.expires_at <= now
    if found.status != "ready" or expired or found.key_sealed is None or not path.exists():
        raise Refused("gone", "The package was fetched already, or its time is over: ask for another.")
    person = await vault.key_of(session, context.secrets, user_id)
    key = base64.b64decode(person.open(KEY, found.key_sealed))
    found.status, found.downloaded_at = "downloaded", now
    await session.flush()
    event = Event(Action.EXPORT_DOWNLOADED, user_id, actor, {"export_id": str(export_id)})
    await audit.record(session, context, event)
    return Package(_pieces(path, path.open("rb"), key, str(export_id)))


async def expire(session: AsyncSession, context: Context) -> int:
    """Delete the packages whose time is over, and what is left of those that could not be made; how many they were."""
    now = context.clock()
    over = await repository.over_exports(session, now, now - KEPT_FOR)
    for each in over:
        discard(context, each)
        if each.status == "downloaded":
            continue  # and was not read
        each.status = "expired"
        event = Event(Action.EXPORT_EXPIRED, each.user_id, audit.SYSTEM, {"export_id": str(each.id)})
        await audit.record(session, context, event)
    return len(over)


def file_of(context: Context, export: Export) -> Path:
    """Where a package lies."""
    return folder_of(context, export.user_id) / f"{export.id}.sealed"


def folder_of(context: Context, user_id: uuid.UUID) -> Path:
    """Where all packages of one user lie."""
    return Store(context.settings.store).exports / str(user_id)


def lock_of(user_id: uuid.UUID) -> str:
    """What two jobs that touch everything of one person share, so that they do not run at once."""
    return f"person:{user_id}"


def discard(context: Context, export: Export, but: Path | None = None) -> None:
    """Delete a package's file, and those of its makers, `but` one."""
    for path in folder_of(context, export.user_id).glob(f"{export.id}.*"):
        if path != but:
            path.unlink(missing_ok=True)


def _pieces(path: Path, file: IO[bytes], key: bytes, bound_to: str) -> Iterator[bytes]:
    """The file's bytes; it is taken off the disk when the first is asked for, and when its time is over if none is."""
    with file:
        path.unlink(missing_ok=True)
        yield from read_sealed(file, key, bound_to)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
