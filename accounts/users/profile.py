"""A user's own account, as the user sees and changes it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.second_factor import service as second_factor
from accounts.users import repository
from accounts.users.models import User
from accounts.users.service import EMAIL, NAME
from accounts.vault import service as vault
from kit.errors import Permanent


@dataclass(frozen=True)
class Profile:
    """A user with what is sealed, opened."""

    user: User
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    second_factor: bool


async def view(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Profile:
    """The account; the transaction is for its user. Raises Permanent when it is gone."""
    user = await repository.by_id(session, user_id)
    if user is None or user.email_sealed is None:
        raise Permanent(f"there is no user {user_id} any more")
    person = await vault.key_of(session, context.secrets, user_id)
    name = person.open(NAME, user.name_sealed) if user.name_sealed is not None else None
    factor = await second_factor.enabled(session, user_id)
    return Profile(user, person.open(EMAIL, user.email_sealed), name, factor)


async def change(session: AsyncSession, context: Context, user_id: uuid.UUID, wanted: Mapping[str, str | None]) -> None:
    """Set `name` and `region` as far as they are given; None empties them."""
    values: dict[str, Any] = {}
    if "region" in wanted:
        values["region"] = wanted["region"]
    if "name" in wanted:
        person, name = await vault.key_of(session, context.secrets, user_id), wanted["name"]
        values["name_sealed"] = person.seal(NAME, name) if name is not None else None
    await repository.change(session, user_id, **values)
    event = Event(Action.USER_CHANGED, user_id, Actor("user", user_id), {"fields": ", ".join(sorted(wanted))})
    await audit.record(session, context, event)
