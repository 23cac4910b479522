"""What can be done with hooks: make, change, rotate the secret of, remove; and tell them what happened."""

import base64
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, jobs
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.users import repository as users
from accounts.vault import service as vault
from accounts.vault.service import PersonKey
from billing.hooks import repository, sending
from billing.hooks.models import Hook, HookDelivery
from kit.identifiers import uuid7

URL, SECRET, BODY = "hooks.url", "hooks.secret", "hook_deliveries.body"
MOST = 10  # of one user
OVERLAP = timedelta(hours=24)  # for which the secret before the last signs too
KEPT = timedelta(days=30)  # what was sent


@dataclass(frozen=True)
class ShownHook:
    """A hook with its address opened."""

    id: uuid.UUID
    url: str = field(repr=False)
    kinds: list[str]
    enabled: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    created_at: datetime


async def create(
    session: AsyncSession, context: Context, user_id: uuid.UUID, url: str, kinds: Sequence[str],
    networks: Sequence[sending.Network],
) -> tuple[ShownHook, str]:  # fmt: skip
    """A new hook and its secret, which is shown this once. Raises Refused invalid-parameter or too-many-hooks."""
    _check(url, networks)
    await users.lock(session, user_id)
    if await repository.count(session, user_id) >= MOST:
        raise Refused("too-many-hooks", f"There are {MOST} already. Remove one that is not needed.")
    person, now, secret = await vault.key_of(session, context.secrets, user_id), context.clock(), _new_secret()
    hook = Hook(id=uuid7(now), user_id=user_id, kinds=sorted(set(kinds)), created_at=now)
    hook.url_sealed, hook.secret_sealed = person.seal(URL, url), person.seal(SECRET, secret)
    hook.old_secret_sealed = hook.old_secret_until = hook.failing_since = hook.disabled_at = None
    session.add(hook)
    await session.flush()
    await _record(session, context, Action.HOOK_CREATED, hook, url=url)
    return _shown(person, hook), secret


async def hooks_of(session: AsyncSession, context: Context, user_id: uuid.UUID) -> list[ShownHook]:
    """A user's hooks, oldest first."""
    found = await repository.of_user(session, user_id)
    if not found:
        return []
    person = await vault.key_of(session, context.secrets, user_id)
    return [_shown(person, hook) for hook in found]


async def hook_with(session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID) -> ShownHook:
    """One of the user's. Raises Refused not-found."""
    hook = await _found(session, user_id, hook_id)
    return _shown(await vault.key_of(session, context.secrets, user_id), hook)


async def change(
    session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID, wanted: Mapping[str, object],
    networks: Sequence[sending.Network],
) -> ShownHook:  # fmt: skip
    """Set `url`, `kinds` and `enabled` as far as they are given. Raises Refused not-found, invalid-parameter."""
    hook = await _found(session, user_id, hook_id, to_change=True)
    person = await vault.key_of(session, context.secrets, user_id)
    if "url" in wanted:
        url = str(wanted["url"])
        _check(url, networks)
        hook.url_sealed = person.seal(URL, url)
    if isinstance(kinds := wanted.get("kinds"), list):
        hook.kinds = sorted(set(kinds))
    if "enabled" in wanted:
        hook.disabled_at = None if wanted["enabled"] else hook.disabled_at or context.clock()
        hook.failing_since = None
    await session.flush()
    await _record(session, context, Action.HOOK_CHANGED, hook, fields=", ".join(sorted(wanted)))
    return _shown(person, hook)


async def rotate_secret(session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID) -> str:
    """A new secret; the one before signs beside it for a day. Raises Refused not-found."""
    hook = await _found(session, user_id, hook_id, to_change=True)
    person, secret = await vault.key_of(session, context.secrets, user_id), _new_secret()
    hook.old_secret_sealed, hook.old_secret_until = hook.secret_sealed, context.clock() + OVERLAP
    hook.secret_sealed = person.seal(SECRET, secret)
    await session.flush()
    await _record(session, context, Action.HOOK_SECRET_ROTATED, hook)
    return secret


async def remove(session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID) -> None:
    """Delete a hook, and what waits for it. Raises Refused not-found."""
    hook = await _found(session, user_id, hook_id, to_change=True)
    await repository.remove(session, hook.id)
    await _record(session, context, Action.HOOK_DELETED, hook)


async def tell(
    session: AsyncSession, context: Context, kind: str, data: Mapping[str, object], user_id: uuid.UUID | None = None
) -> int:
    """Tell the user's hooks, or everybody's, that want to know, once this transaction is committed; how many."""
    hooks = await repository.listening(session, kind, user_id)
    event_id, now = uuid7(context.clock()), context.clock()
    for hook in hooks:
        await _send(session, context, hook, event_id, kind, _body(kind, now, data))
    return len(hooks)


async def ping(session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID) -> HookDelivery:
    """Send something to see that it comes. Raises Refused not-found, hook-disabled."""
    hook = await _enabled(session, user_id, hook_id)
    now = context.clock()
    return await _send(session, context, hook, uuid7(now), "ping", _body("ping", now, {"hook_id": str(hook.id)}))


async def deliveries(
    session: AsyncSession, user_id: uuid.UUID, hook_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Sequence[HookDelivery]:
    """What was sent to the hook, newest first. Raises Refused not-found."""
    await _found(session, user_id, hook_id)
    return await repository.deliveries(session, hook_id, after, limit)


async def send_again(
    session: AsyncSession, context: Context, user_id: uuid.UUID, hook_id: uuid.UUID, delivery_id: uuid.UUID
) -> HookDelivery:
    """Deliver the same event anew, as a delivery of its own. Raises Refused not-found, hook-disabled."""
    hook = await _enabled(session, user_id, hook_id)
    sent = await repository.delivery(session, delivery_id)
    if sent is None or sent.hook_id != hook.id:
        raise Refused("not-found", f"There is no delivery {delivery_id}.")
    person = await vault.key_of(session, context.secrets, user_id)
    return await _send(session, context, hook, sent.event_id, sent.kind, person.open(BODY, sent.body_sealed))


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Remove what was sent long ago."""
    await repository.forget_before(session, context.clock() - KEPT)


async def _send(
    session: AsyncSession, context: Context, hook: Hook, event_id: uuid.UUID, kind: str, body: str
) -> HookDelivery:
    person, now = await vault.key_of(session, context.secrets, hook.user_id), context.clock()
    made = HookDelivery(id=uuid7(now), hook_id=hook.id, user_id=hook.user_id, event_id=event_id, kind=kind)
    made.body_sealed, made.state, made.attempts = person.seal(BODY, body), "waiting", 0
    made.created_at = made.next_at = now
    made.status = made.reason = made.delivered_at = None
    session.add(made)
    await session.flush()
    await jobs.defer(session, "hooks.deliver", delivery_id=made.id)
    return made


def _body(kind: str, now: datetime, data: Mapping[str, object]) -> str:
    return json.dumps({"type": kind, "timestamp": now.isoformat(), "data": dict(data)})


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def _check(url: str, networks: Sequence[sending.Network]) -> None:
    try:
        sending.check(url, networks)
    except ValueError as error:
        raise Refused("invalid-parameter", f"url: {error}") from None


async def _found(session: AsyncSession, user_id: uuid.UUID, hook_id: uuid.UUID, *, to_change: bool = False) -> Hook:
    hook = await repository.by_id(session, hook_id, to_change=to_change)
    if hook is None or hook.user_id != user_id:
        raise Refused("not-found", f"There is no webhook endpoint {hook_id}.")
    return hook


async def _enabled(session: AsyncSession, user_id: uuid.UUID, hook_id: uuid.UUID) -> Hook:
    hook = await _found(session, user_id, hook_id)
    if hook.disabled_at is not None:
        raise Refused("hook-disabled", "Nothing is sent to a webhook endpoint that is disabled. Enable it first.")
    return hook


def _shown(person: PersonKey, hook: Hook) -> ShownHook:
    url = person.open(URL, hook.url_sealed)
    enabled = hook.disabled_at is None
    return ShownHook(hook.id, url, hook.kinds, enabled, hook.failing_since, hook.disabled_at, hook.created_at)


async def _record(session: AsyncSession, context: Context, action: Action, hook: Hook, **more: str) -> None:
    told = {"hook_id": str(hook.id), **more}
    await audit.record(session, context, Event(action, hook.user_id, Actor("user", hook.user_id), told))
