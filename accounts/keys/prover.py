"""API keys as credentials."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller, Network, plan_in_force
from accounts.keys import repository
from accounts.keys.networks import open_networks
from accounts.keys.text import digest_of, well_formed
from accounts.scopes import scopes_of
from accounts.vault import service as vault
from kit.clock import Clock, system_clock
from kit.database import act_for
from kit.secrets import Secrets


class KeyProver:
    """Says whose API keys are."""

    def __init__(self, secrets: Secrets, clock: Clock = system_clock) -> None:
        self._secrets, self._clock = secrets, clock

    def read(self, text: str) -> bytes | None:
        """The digest of what can be a key: its form and its check are right."""
        return digest_of(text) if well_formed(text) else None

    async def look_up(self, session: AsyncSession, claims: Sequence[bytes]) -> list[Found]:
        """The holder of each key; None for one that is unknown, revoked or expired."""
        holders = await repository.holders(session, claims)
        return [await self._found(session, holders.get(digest)) for digest in claims]

    async def _found(self, session: AsyncSession, key: Any | None) -> Found:
        if key is None or (key.expires_at is not None and key.expires_at <= self._clock()):
            return None
        if key.status == "suspended":
            return Suspended(key.user_id)
        networks: tuple[Network, ...] = ()
        if key.networks_sealed is not None:
            await act_for(session, key.user_id)
            networks = open_networks(await vault.key_of(session, self._secrets, key.user_id), key.networks_sealed)
        return Caller(
            key.user_id,
            "key",
            key.role,
            plan_in_force(key.role, key.plan),
            frozenset(key.scopes) & scopes_of(key.role, key.mode),
            mode=key.mode,
            key_id=key.key_id,
            expires_at=key.expires_at,
            networks=networks,
        )
