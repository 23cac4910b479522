"""Tokens of other identity providers as credentials."""

from collections.abc import Sequence
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller, plan_in_force
from accounts.providers import service
from accounts.providers.keys import KeyRing
from accounts.providers.tokens import Claims, InvalidToken, peek, verify
from accounts.scopes import scopes_of
from kit.database import Database, Unavailable

MOST = 10_000  # subjects that are remembered to be users

log = structlog.get_logger(__name__)


class Claim(NamedTuple):
    """A good token, and whose."""

    provider: str
    claims: Claims


class ProviderProver:
    """Says whose tokens of other providers are; one for each process."""

    def __init__(self, context: Context, database: Database) -> None:
        self._context, self._database = context, database
        self._rings = {name: KeyRing(provider) for name, provider in context.providers.items()}
        self._names = {provider.issuer: name for name, provider in context.providers.items() if provider.for_api}
        self._users: set[bytes] = set()  # digests of subjects that this process has seen to be users

    def ring(self, name: str) -> KeyRing:
        """The keys of a provider of the settings."""
        return self._rings[name]

    async def prepare(self, text: str) -> None:
        """Have at hand what `read` and `look_up` need: the key that the token names, and a user for who is new here.

        Raises ProviderAway, and Refused for who was erased or clashes with an account. A database that is away is
        left to whoever asks it next, and may know the credential still.
        """
        told = peek(text) if self._names else None
        name = None if told is None else self._names.get(told.issuer or "")
        if told is None or name is None:
            return
        await self._rings[name].key(told.kid)
        claim = self.read(text)
        digest = None if claim is None else service.subject_digest(self._context, name, claim.claims.subject)
        if claim is None or digest is None or digest in self._users:
            return
        try:
            async with self._database.transaction() as session:
                await service.known_or_new(session, self._context, name, claim.claims)
        except Unavailable:
            return
        if len(self._users) >= MOST:
            self._users.clear()
        self._users.add(digest)

    def read(self, text: str) -> Claim | None:
        """What the token says, when it is good and its key at hand."""
        told = peek(text) if self._names else None
        name = None if told is None else self._names.get(told.issuer or "")
        if told is None or name is None:
            return None
        key = self._rings[name].at_hand(told.kid)
        try:
            return Claim(name, verify(text, self._context.providers[name], key, self._context.clock))
        except InvalidToken as error:
            log.info("provider_token.refused", provider=name, reason=str(error))
            return None

    async def look_up(self, session: AsyncSession, claims: Sequence[Claim]) -> list[Found]:
        """The holder of each; None for one who is no user, or none any more."""
        return [await self._found(session, each) for each in claims]

    async def _found(self, session: AsyncSession, claim: Claim) -> Found:
        holder = await service.holder_of(session, self._context, claim.provider, claim.claims)
        if holder is None or holder.status == "erased":
            return None
        if holder.status == "suspended":
            return Suspended(holder.user_id)
        plan, scopes = plan_in_force(holder.role, holder.plan), scopes_of(holder.role)
        return Caller(holder.user_id, "provider", holder.role, plan, scopes, expires_at=claim.claims.expires_at)
