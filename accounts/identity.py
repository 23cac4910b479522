"""Who is asking, as every decision about a request sees it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

Kind = Literal["key", "session", "provider"]
Role = Literal["user", "analyst", "admin"]
Mode = Literal["live", "test"]
Network = IPv4Network | IPv6Network
ROLES: tuple[Role, ...] = ("user", "analyst", "admin")  # each may do what those before it may
ADMINISTRATORS_PLAN = "enterprise"  # the largest of billing.plans


def plan_in_force(role: Role, plan: str) -> str:
    """The plan by which a user is let in. An administrator's own does not count: work on an installation must not end
    at the limits of what somebody bought. It follows the role, so it goes with it.
    """
    return ADMINISTRATORS_PLAN if role == "admin" else plan


@dataclass(frozen=True)
class Caller:
    """A user and what proved it: an API key, a session of ours, or a token of another identity provider."""

    user_id: uuid.UUID
    kind: Kind
    role: Role
    plan: str  # in force
    scopes: frozenset[str]
    mode: Mode = "live"
    key_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    signing_key: str | None = None  # of a session's token
    expires_at: datetime | None = None
    networks: tuple[Network, ...] = ()  # the credential is good from these alone; from anywhere when there are none

    @cached_property
    def credential(self) -> uuid.UUID:
        """What it was proved by; the user, for a token of another provider."""
        return self.key_id or self.session_id or self.user_id

    @cached_property
    def names(self) -> tuple[str, str | None]:
        """The ids of the user and of the key, if it was one, as text: every request is noted under them."""
        return str(self.user_id), str(self.key_id) if self.key_id else None

    def at_least(self, role: Role) -> bool:
        """Whether the caller's role is this one or above it."""
        return ROLES.index(self.role) >= ROLES.index(role)
