"""Record events, read them, and find what was done to the record."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import chain, marks, repository
from accounts.audit.events import PLAIN, Event, Value
from accounts.audit.filters import Filter
from accounts.context import Context
from accounts.vault import service as vault
from kit.secrets import Secrets
from kit.signing import Signer
from kit.store import Store

FIELD = "audit_log.detail"
LONGEST = 500  # characters of one text in a detail
HOUR = timedelta(hours=1)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Entry:
    """A row as a person reads it. `detail` is what was sealed, None when there was nothing or it opens no more."""

    seq: int
    at: datetime
    action: str
    user_id: uuid.UUID | None
    actor_kind: str
    actor_id: uuid.UUID | None
    facts: dict[str, Any]
    detail: dict[str, Any] | None
    erased: bool  # there was a detail, and the person's key is gone


async def record(session: AsyncSession, context: Context, event: Event) -> None:
    """Append the event, when the session's transaction commits; without that, nothing.

    In the application's role the transaction must be for the person whose key seals the detail
    (kit.database.act_for); otherwise only digests of it are kept.
    """
    plain = {name: _short(value) for name, value in event.detail.items() if name in PLAIN}
    rest = {name: _short(value) for name, value in event.detail.items() if name not in PLAIN and value is not None}
    person = event.user_id or event.actor.id
    sealed = await _sealed(session, context, person, rest) if rest and person else None
    facts = plain if sealed else plain | {name: _digest(context.secrets, value) for name, value in rest.items()}
    await repository.append(
        session,
        action=event.action.value,
        user_id=event.user_id,
        actor_kind=event.actor.kind,
        actor_id=event.actor.id,
        facts=json.dumps(facts, sort_keys=True),
        sealed=sealed,
    )


async def record_once(session: AsyncSession, context: Context, event: Event, *parts: object) -> bool:
    """Record the event unless one with the same action and `parts` was within the hour; whether it was recorded.

    For what can happen a thousand times a minute, such as limits that are exceeded: parts are the key and the limit.
    """
    now = context.clock()
    digest = context.secrets.digest("audit.once", "\n".join(map(str, (event.action, *parts))))
    first = await repository.first_in_a_while(session, digest, now, now + HOUR)
    if first:
        await record(session, context, event)
    return first


async def entries(session: AsyncSession, context: Context, wanted: Filter, limit: int) -> list[Entry]:
    """The rows that were asked for, newest first, opened; for the roles that see every person's key."""
    people: dict[uuid.UUID, vault.PersonKey | None] = {}
    return [await _entry(session, context, row, people) for row in await repository.newest(session, wanted, limit)]


async def verify(session: AsyncSession, context: Context, progress: Progress) -> tuple[int, list[chain.Fault]]:
    """How many rows the trail has, and what is wrong with them. Raises Permanent when the signed marks were changed."""
    signed = marks.read(marks_file(context), _signer(context))  # before the head, which only grows
    of_kind = {kind: [mark for found, mark in signed if found == kind] for kind in ("head", "cut")}
    head = await repository.head(session)
    check = chain.Check(head, of_kind["head"], of_kind["cut"])
    found: list[chain.Fault] = []
    async for rows in repository.chunks(session, head.seq):
        found += check.more(rows)
        progress("rows", rows[-1].seq, head.seq)
    found += check.end()
    for seq in await repository.beside_the_chain(session):
        found.append(chain.Fault(seq, "added", f"row {seq} was added beside the chain"))
    return check.count, found


async def sign_head(session: AsyncSession, context: Context) -> int:
    """Sign where the chain ends now, in the store; the row's number."""
    head = await repository.head(session)
    if head.seq:
        marks.write(marks_file(context), _signer(context), "head", head)
    return head.seq


async def forget_before(session: AsyncSession, context: Context, moment: datetime) -> int:
    """Remove the rows from before this moment, after a signed mark says so; how many they were."""
    last = await repository.last_before(session, moment)
    await repository.forget_once(session, context.clock())
    if last is None:
        return 0
    marks.write(marks_file(context), _signer(context), "cut", last)
    return await repository.forget(session, last.seq)


def marks_file(context: Context) -> Path:
    """Where signed marks of the chain are kept."""
    return Store(context.settings.store).audit / "marks.jsonl"


def _signer(context: Context) -> Signer:
    return Signer(context.secrets, "audit")


def _short(value: Value) -> Value:
    return value[:LONGEST] if isinstance(value, str) else value


def _digest(secrets: Secrets, value: Value) -> str:
    """What finds an event of nobody known again by the same address or name, and tells neither."""
    return secrets.digest("audit", str(value).lower()).hex()


async def _sealed(
    session: AsyncSession, context: Context, person: uuid.UUID, rest: Mapping[str, Value]
) -> bytes | None:
    key = await _key(session, context, person)
    return key.seal(FIELD, json.dumps(rest)) if key else None


async def _entry(
    session: AsyncSession, context: Context, row: chain.Row, people: dict[uuid.UUID, vault.PersonKey | None]
) -> Entry:
    detail, person = None, row.user_id or row.actor_id
    if row.sealed is not None and person is not None:
        if person not in people:
            people[person] = await _key(session, context, person)
        key = people[person]
        detail = json.loads(key.open(FIELD, row.sealed)) if key else None
    erased = row.sealed is not None and detail is None
    kept = (row.seq, row.at, row.action, row.user_id, row.actor_kind, row.actor_id)
    return Entry(*kept, json.loads(row.facts), detail, erased)


async def _key(session: AsyncSession, context: Context, person: uuid.UUID) -> vault.PersonKey | None:
    try:
        return await vault.key_of(session, context.secrets, person)
    except vault.Erased:
        return None
