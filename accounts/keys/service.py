"""What can be done with API keys. Nobody gives a key more than they have (accounts.keys.rights)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.identity import Network
from accounts.keys import repository
from accounts.keys.models import ApiKey
from accounts.keys.networks import open_networks, seal_networks
from accounts.keys.rights import EVERYTHING, Rights
from accounts.keys.showing import NAME, ShownKey, shown, state_of
from accounts.keys.text import SHOWN, digest_of, new_key
from accounts.scopes import OF_TEST_KEYS
from accounts.users import repository as users
from accounts.vault import service as vault
from accounts.vault.service import PersonKey
from kit.identifiers import uuid7

USUAL = frozenset({"insights:read"})  # scopes of a key that is made without a word about them
LONGEST_OVERLAP = timedelta(days=7)
IN_OVERLAP = 2  # times as many keys as the plan has may work while old ones give way to new ones


@dataclass(frozen=True)
class NewKey:
    """A key that was just made, and its text, which cannot be had again."""

    key: ShownKey
    text: str = field(repr=False)


async def create_key(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    name: str,
    rights: Rights | None = None,
    *,
    maker: Rights = EVERYTHING,
    most: int | None = None,
    actor: Actor | None = None,
) -> NewKey:
    """Make a key; without an `actor` the user makes it, without `most` there may be any number.

    Raises Refused: beyond-own-rights, too-many-keys, or invalid-parameter for an expiry in the past or a test key
    with a scope that opens something real.
    """
    rights = rights or Rights(USUAL)
    _check_mode(rights)
    _check(context, rights, maker)
    if most is not None:
        await _check_room(session, context, user_id, most)
    person = await vault.key_of(session, context.secrets, user_id)
    key, text = _made(context, person, user_id, name, rights)
    session.add(key)
    await session.flush()
    await _record(session, context, Action.KEY_CREATED, key, actor, name=name, scopes=" ".join(key.scopes))
    return NewKey(shown(context, person, key), text)


async def keys_of(
    session: AsyncSession, context: Context, user_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 1_000
) -> list[ShownKey]:
    """A user's keys, newest first, from behind the key `after`."""
    found = await repository.of_user(session, user_id, after, limit)
    if not found:
        return []
    person = await vault.key_of(session, context.secrets, user_id)
    return [shown(context, person, key) for key in found]


async def key_with(session: AsyncSession, context: Context, user_id: uuid.UUID, key_id: uuid.UUID) -> ShownKey:
    """One of the user's keys. Raises Refused not-found, also where it is another user's."""
    key = await _found(session, user_id, key_id)
    return shown(context, await vault.key_of(session, context.secrets, user_id), key)


async def change_key(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    key_id: uuid.UUID,
    changes: Mapping[str, Any],
    maker: Rights = EVERYTHING,
) -> ShownKey:
    """Change `name`, `scopes`, `expires_at` or `networks`; what is changed must lie within the maker's rights.

    Raises Refused: not-found, key-not-live, beyond-own-rights, invalid-parameter.
    """
    key = await _found(session, user_id, key_id, to_change=True)
    person = await vault.key_of(session, context.secrets, user_id)
    before = _live(context, person, key)
    if key.replaced_by is not None and "expires_at" in changes:
        raise Refused("key-rotated", "The key was rotated, and ends when its overlap does.")
    wanted = {name: value for name, value in changes.items() if name != "name"}
    rights = replace(before, **wanted)
    if wanted:
        # What stays as it is was given by somebody else, and is not given again.
        unchanged = {name: getattr(maker, name) for name in ("scopes", "mode", "expires_at", "networks")}
        _check(context, replace(Rights(**unchanged), **wanted), maker)
    if "scopes" in wanted:
        _check_mode(rights)
    if "name" in changes:
        key.name_sealed = person.seal(NAME, changes["name"])
    _give(person, key, rights)
    await session.flush()
    told = {name: str(value) for name, value in changes.items() if name in ("name", "expires_at")}
    await _record(session, context, Action.KEY_CHANGED, key, None, scopes=" ".join(key.scopes), **told)
    return shown(context, person, key)


async def rotate_key(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    key_id: uuid.UUID,
    overlap: timedelta,
    *,
    maker: Rights = EVERYTHING,
    most: int | None = None,
    actor: Actor | None = None,
) -> NewKey:
    """Make a key with the same name and rights; the old one works on for `overlap`, and not past its own end.

    Raises Refused: not-found, key-not-live, key-rotated, beyond-own-rights, too-many-keys, invalid-parameter.
    """
    old = await _found(session, user_id, key_id, to_change=True)
    person = await vault.key_of(session, context.secrets, user_id)
    rights = _live(context, person, old)
    if old.replaced_by is not None:
        raise Refused("key-rotated", "The key was rotated before; rotate the one that replaced it.")
    _check_mode(rights)
    _check(context, rights, maker)
    if most is not None:
        await _check_room(session, context, user_id, most, rotating=True)
    key, text = _made(context, person, user_id, person.open(NAME, old.name_sealed), rights)
    session.add(key)
    await session.flush()
    _give_way(old, key, context.clock(), overlap)
    await session.flush()
    await _record(session, context, Action.KEY_ROTATED, old, actor, after=str(key.id), expires_at=str(old.expires_at))
    return NewKey(shown(context, person, key), text)


async def revoke_key(
    session: AsyncSession,
    context: Context,
    key_id: uuid.UUID,
    user_id: uuid.UUID | None = None,
    *,
    actor: Actor | None = None,
) -> bool:
    """Revoke a key for good; False when it does not exist or is revoked already. With a user, one of theirs."""
    key = await repository.by_id(session, key_id, to_change=True)
    if key is None or key.revoked_at is not None or user_id not in (None, key.user_id):
        return False
    key.revoked_at = context.clock()
    await session.flush()
    await _record(session, context, Action.KEY_REVOKED, key, actor)
    return True


def _check(context: Context, rights: Rights, maker: Rights) -> None:
    if rights.expires_at is not None and rights.expires_at <= context.clock():
        raise Refused("invalid-parameter", f"expires_at: {rights.expires_at} is in the past.")
    if beyond := rights.beyond(maker):
        raise Refused("beyond-own-rights", f"A key cannot be given what its maker does not have: {', '.join(beyond)}.")


def _check_mode(rights: Rights) -> None:
    """A test key is for trying things out: it must touch nothing real, its own account among that."""
    if rights.mode == "test" and (real := rights.scopes - OF_TEST_KEYS):
        told = f"a test key can have {', '.join(sorted(OF_TEST_KEYS))} alone, not {', '.join(sorted(real))}"
        raise Refused("invalid-parameter", f"scopes: {told}: those act on the real account.")


async def _check_room(
    session: AsyncSession, context: Context, user_id: uuid.UUID, most: int, *, rotating: bool = False
) -> None:
    """Old keys that were rotated have till their end a place beside those that count."""
    await users.lock(session, user_id)
    staying, leaving = await repository.count_live(session, user_id, context.clock())
    full = staying > most if rotating else staying >= most
    if full or staying + leaving >= most * IN_OVERLAP:
        told = f"{staying} keys work" + (f", and {leaving} that were rotated" if leaving else "")
        raise Refused("too-many-keys", f"{told}; the plan has {most}. Revoke one that is not needed.")


def _made(context: Context, person: PersonKey, user_id: uuid.UUID, name: str, rights: Rights) -> tuple[ApiKey, str]:
    text, now = new_key(rights.mode), context.clock()
    key = ApiKey(id=uuid7(now), user_id=user_id, prefix=text[:SHOWN], hash=digest_of(text), created_at=now)
    key.name_sealed, key.mode = person.seal(NAME, name), rights.mode
    key.revoked_at = key.last_used_at = key.replaced_by = None
    _give(person, key, rights)
    return key, text


def _give(person: PersonKey, key: ApiKey, rights: Rights) -> None:
    key.scopes, key.expires_at = sorted(rights.scopes), rights.expires_at
    key.networks_sealed = seal_networks(person, rights.networks)


def _give_way(old: ApiKey, new: ApiKey, now: datetime, overlap: timedelta) -> None:
    old.replaced_by = new.id
    old.expires_at = now + overlap if old.expires_at is None else min(now + overlap, old.expires_at)
    if not overlap:
        old.revoked_at = now


async def _found(session: AsyncSession, user_id: uuid.UUID, key_id: uuid.UUID, *, to_change: bool = False) -> ApiKey:
    key = await repository.by_id(session, key_id, to_change=to_change)
    if key is None or key.user_id != user_id:
        raise Refused("not-found", f"There is no key {key_id}.")
    return key


def _live(context: Context, person: PersonKey, key: ApiKey) -> Rights:
    """The rights of a key that works."""
    if (state := state_of(context, key)) != "live":
        raise Refused("key-not-live", f"The key is {state}, and stays so.")
    networks: tuple[Network, ...] = open_networks(person, key.networks_sealed)
    return Rights(frozenset(key.scopes), "test" if key.mode == "test" else "live", key.expires_at, networks)


async def _record(
    session: AsyncSession, context: Context, action: Action, key: ApiKey, actor: Actor | None, **more: str
) -> None:
    told = {"key_id": str(key.id), "prefix": key.prefix, "mode": key.mode, **more}
    await audit.record(session, context, Event(action, key.user_id, actor or Actor("user", key.user_id), told))
