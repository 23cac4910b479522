"""What can be done with licences: issue, renew, end, change, suspend, reinstate, revoke, hand on to somebody else.

What binds them to machines is billing.licences.machines, what says whether one is good billing.licences.validation.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from billing.hooks import service as hooks
from billing.licences import repository
from billing.licences.models import Licence
from billing.licences.policies import POLICIES, Policy
from billing.licences.showing import ShownLicence, shown
from billing.licences.text import SHOWN, new_key
from kit.identifiers import uuid7

TRANSFER_KEPT = timedelta(days=7)
ENDED = ("revoked", "transferred")  # for good


@dataclass(frozen=True)
class NewLicence:
    """A licence, and the text of its key, which cannot be had again. No text: it was issued before."""

    licence: ShownLicence
    key: str | None = field(repr=False)


async def issue(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    policy: str,
    actor: Actor,
    *,
    expires_at: datetime | None = None,
    source: str | None = None,
    origin: str | None = None,
) -> NewLicence:
    """Issue a licence to a user; for the roles of the worker and the operator.

    `source` says for what, such as "payment:ID": a second time nothing is issued, and the first is given back without
    its key; `origin` is the source of the one in whose place it is. Raises Refused (invalid-parameter) for an unknown
    policy, or an end in the past.
    """
    if policy not in POLICIES:
        raise Refused("invalid-parameter", f"policy: there is no {policy}; there are {', '.join(POLICIES)}.")
    now = context.clock()
    _check_end(expires_at, now)
    key = new_key()
    values = {"id": uuid7(now), "user_id": user_id, "policy": policy, "prefix": key[:SHOWN], "hash": hash_of(key)}
    values |= {"source": source, "origin": origin or source}
    terms = {"status": "active", "issued_at": now, "expires_at": expires_at, "changed_at": now}
    if not await repository.add(session, **values, **terms):
        assert source is not None  # noqa: S101  nothing else can be there before
        before = await repository.by_source(session, source)
        assert before is not None  # noqa: S101
        return NewLicence(await _shown(session, context, before), None)
    licence = await _found(session, uuid.UUID(str(values["id"])))
    await _record(session, context, Action.LICENCE_ISSUED, licence, actor, expires_at=_text(expires_at))
    return NewLicence(shown(context, licence, []), key)


async def licences_of(session: AsyncSession, context: Context, user_id: uuid.UUID) -> list[ShownLicence]:
    """A user's licences, newest first."""
    return await _all_shown(session, context, await repository.of_user(session, user_id))


async def newest(session: AsyncSession, context: Context, limit: int) -> list[ShownLicence]:
    """Licences of everybody, newest first; for the operator."""
    return await _all_shown(session, context, await repository.newest(session, limit))


async def suspend(session: AsyncSession, context: Context, licence_id: uuid.UUID, actor: Actor) -> ShownLicence:
    """Have a licence validate no more until it is reinstated. Raises Refused: not-found, conflict."""
    return await _turn(session, context, licence_id, actor, Action.LICENCE_SUSPENDED, "suspended", ("active",))


async def reinstate(session: AsyncSession, context: Context, licence_id: uuid.UUID, actor: Actor) -> ShownLicence:
    """Have a suspended licence validate again. Raises Refused: not-found, conflict."""
    return await _turn(session, context, licence_id, actor, Action.LICENCE_REINSTATED, "active", ("suspended",))


async def revoke(session: AsyncSession, context: Context, licence_id: uuid.UUID, actor: Actor) -> ShownLicence:
    """End a licence for good, and tell its holder's webhook endpoints. Raises Refused: not-found, conflict."""
    wanted = ("active", "suspended")
    revoked = await _turn(session, context, licence_id, actor, Action.LICENCE_REVOKED, "revoked", wanted)
    told = {"licence_id": str(licence_id), "policy": revoked.policy}
    await hooks.tell(session, context, "licence.revoked", told, revoked.user_id)
    return revoked


async def renew(
    session: AsyncSession, context: Context, licence_id: uuid.UUID, expires_at: datetime | None, actor: Actor
) -> ShownLicence:
    """Give a licence another end, or none; one that is over works again. Raises Refused: not-found, conflict,
    invalid-parameter.
    """
    licence = await _unended(session, licence_id)
    _check_end(expires_at, context.clock())
    before = licence.expires_at
    await repository.change(session, licence_id, expires_at=expires_at)
    detail = {"before": _text(before), "expires_at": _text(expires_at)}
    await _record(session, context, Action.LICENCE_RENEWED, licence, actor, **detail)
    return await _shown(session, context, await _found(session, licence_id))


async def end(session: AsyncSession, context: Context, licence_id: uuid.UUID, actor: Actor) -> ShownLicence:
    """Have a licence, and its offline files, be over now, until it is renewed. Raises Refused: not-found, conflict."""
    licence, now = await _unended(session, licence_id), context.clock()
    await repository.change(session, licence_id, expires_at=now)
    await _record(session, context, Action.LICENCE_ENDED, licence, actor, before=_text(licence.expires_at))
    return await _shown(session, context, await _found(session, licence_id))


async def change(
    session: AsyncSession, context: Context, licence_id: uuid.UUID, policy: Policy, actor: Actor
) -> ShownLicence:
    """Give a licence another policy. As many of its machines stay bound as that lets, those that were seen last.

    Raises Refused: not-found, conflict.
    """
    licence, now = await _unended(session, licence_id), context.clock()
    before = licence.policy
    await repository.change(session, licence_id, policy=policy.name)
    bound = [each for each in await repository.machines(session, [licence_id]) if (each.lease_until or now) >= now]
    bound.sort(key=lambda each: each.last_seen_at, reverse=True)
    await repository.remove_machines(session, [each.id for each in bound[policy.max_machines :]])
    for each in bound[: policy.max_machines]:
        if (each.lease_until is None) == policy.floating:
            lease = now + policy.lease if policy.floating else None
            await repository.change_machine(session, each.id, lease_until=lease)
    changed = await _found(session, licence_id)
    await _record(session, context, Action.LICENCE_CHANGED, changed, actor, before=before)
    return await _shown(session, context, changed)


async def offer(session: AsyncSession, context: Context, user_id: uuid.UUID, licence_id: uuid.UUID) -> str:
    """A code with which somebody else can take the licence over, within TRANSFER_KEPT; an earlier one is good no more.

    Raises Refused: not-found, also for another user's, and conflict for one that is not active.
    """
    licence, now = await _found(session, licence_id), context.clock()
    if licence.user_id != user_id:
        raise _nothing(licence_id)
    if (state := shown(context, licence, []).state) != "active":
        raise Refused("conflict", f"The licence is {state}: it cannot be handed on.")
    code = secrets.token_urlsafe(24)
    await repository.change(session, licence_id, transfer_hash=hash_of(code), transfer_until=now + TRANSFER_KEPT)
    await _record(session, context, Action.LICENCE_OFFERED, licence, Actor("user", user_id))
    return code


async def take(session: AsyncSession, context: Context, user_id: uuid.UUID, code: str) -> NewLicence:
    """Take a licence over: the old key is good no more, its machines are unbound, and the taker has a key of their own.
    Offline files of the old one that are still good take places of the new one.

    Raises Refused (not-found) for a code that is wrong, used, over, or the user's own.
    """
    key, now = new_key(), context.clock()
    number = uuid7(now)
    before = await repository.take(
        session, code=hash_of(code), number=number, digest=hash_of(key), shown=key[:SHOWN], moment=now
    )
    if before is None:
        raise Refused("not-found", "The code is wrong, used or over.")
    actor = Actor("user", user_id)
    gone = {"licence_id": str(before.licence_id), "after": str(number)}
    await audit.record(session, context, Event(Action.LICENCE_TRANSFERRED, before.user_id, actor, gone))
    licence = await _found(session, number)
    await _record(session, context, Action.LICENCE_TAKEN, licence, actor, before=str(before.licence_id))
    return NewLicence(shown(context, licence, []), key)


def hash_of(text: str) -> bytes:
    """What is stored of a key or a code: SHA-256, because 140 random bits need no slow hash."""
    return hashlib.sha256(text.encode(errors="replace")).digest()


async def _turn(
    session: AsyncSession,
    context: Context,
    licence_id: uuid.UUID,
    actor: Actor,
    action: Action,
    status: str,
    before: Sequence[str],
) -> ShownLicence:
    licence = await _found(session, licence_id)
    if licence.status not in before:
        raise Refused("conflict", f"The licence is {licence.status}, not {' or '.join(before)}.")
    nothing_offered = {"transfer_hash": None, "transfer_until": None}
    await repository.change(session, licence_id, status=status, changed_at=context.clock(), **nothing_offered)
    await _record(session, context, action, licence, actor)
    return await _shown(session, context, await _found(session, licence_id))


async def _found(session: AsyncSession, licence_id: uuid.UUID) -> Licence:
    licence = await repository.by_id(session, licence_id, to_change=True)
    if licence is None:
        raise _nothing(licence_id)
    return licence


async def _unended(session: AsyncSession, licence_id: uuid.UUID) -> Licence:
    licence = await _found(session, licence_id)
    if licence.status in ENDED:
        raise Refused("conflict", f"The licence is {licence.status}, and stays so.")
    return licence


def _nothing(licence_id: uuid.UUID) -> Refused:
    return Refused("not-found", f"There is no licence {licence_id}.")


async def _shown(session: AsyncSession, context: Context, licence: Licence) -> ShownLicence:
    return (await _all_shown(session, context, [licence]))[0]


async def _all_shown(session: AsyncSession, context: Context, licences: Sequence[Licence]) -> list[ShownLicence]:
    bound = await repository.machines(session, [each.id for each in licences])
    return [shown(context, each, [machine for machine in bound if machine.licence_id == each.id]) for each in licences]


def _check_end(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Refused("invalid-parameter", f"expires_at: {expires_at} is in the past.")


def _text(moment: datetime | None) -> str:
    return "never" if moment is None else moment.isoformat(timespec="seconds")


async def _record(
    session: AsyncSession, context: Context, action: Action, licence: Licence, actor: Actor, **more: str
) -> None:
    told = {"licence_id": str(licence.id), "policy": licence.policy, "prefix": licence.prefix, **more}
    await audit.record(session, context, Event(action, licence.user_id, actor, told))
