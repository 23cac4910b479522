"""Keys as their owners see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.context import Context
from accounts.identity import Mode
from accounts.keys.models import ApiKey
from accounts.keys.networks import open_networks
from accounts.vault.service import PersonKey

NAME = "api_keys.name"  # the field that a name is sealed for

State = Literal["live", "expired", "revoked"]


@dataclass(frozen=True)
class ShownKey:
    """A key as its owner sees it, without its text. `replaced_by` is the key that it was rotated into."""

    id: uuid.UUID
    name: str
    prefix: str
    mode: Mode
    scopes: list[str]
    networks: list[str]
    state: State
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaced_by: uuid.UUID | None


def state_of(context: Context, key: ApiKey) -> State:
    """Whether a key works, and if not why."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= context.clock() else "live"


def shown(context: Context, person: PersonKey, key: ApiKey) -> ShownKey:
    """A key, opened."""
    return ShownKey(
        id=key.id,
        name=person.open(NAME, key.name_sealed),
        prefix=key.prefix,
        mode="test" if key.mode == "test" else "live",
        scopes=key.scopes,
        networks=[str(network) for network in open_networks(person, key.networks_sealed)],
        state=state_of(context, key),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        replaced_by=key.replaced_by,
    )
