"""Which key signs at a moment, and which are published.

A key is published before it signs, so that whoever keeps our public keys for a while has it in time; it signs until its
successor does, and stays published until the last token that it signed has expired. All of that follows from the times
in the table: nothing has to happen at the right moment.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import Any

import structlog
from joserfc.jwk import RSAKey
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.sessions import repository
from accounts.sessions.models import SigningKey
from accounts.settings import AccountSettings
from kit.clock import Clock
from kit.errors import BadInput, Permanent
from kit.secrets import Secrets

PURPOSE = "signing-keys"
ALGORITHM = "RS256"
BITS = 2_048
LEEWAY_S = 10  # by which clocks of ours may differ

log = structlog.get_logger(__name__)


class Key:
    """One key of the ring, opened."""

    def __init__(self, row: SigningKey, private: RSAKey) -> None:
        self.id, self.private = row.id, private
        self.published_at, self.signs_from, self.withdrawn_at = row.published_at, row.signs_from, row.withdrawn_at

    @cached_property
    def public(self) -> RSAKey:
        """What may be shown to anybody."""
        told: Any = self.private.as_dict(private=False)
        return RSAKey.import_key({"kty": "RSA", "n": told["n"], "e": told["e"]}, {"kid": self.id})

    @cached_property
    def published(self) -> dict[str, Any]:
        """Its entry in the key set."""
        return {**self.public.as_dict(private=False), "kid": self.id, "use": "sig", "alg": ALGORITHM}


class KeyRing:
    """The keys of an installation as this process knows them; `load` brings them up to date."""

    def __init__(self, secrets: Secrets, settings: AccountSettings, clock: Clock) -> None:
        self._secrets, self._clock = secrets, clock
        self._lead = timedelta(seconds=settings.signing_key_lead_s)
        self._overlap = timedelta(seconds=settings.access_token_s + LEEWAY_S)
        self._keys: tuple[Key, ...] = ()

    def published(self) -> dict[str, Key]:
        """Keys whose tokens are good now, or soon will be, by id."""
        return {key.id: key for key in _published(self._keys, self._clock(), self._overlap)}

    def signer(self) -> Key | None:
        """The key that signs now; None before the first was loaded or made."""
        return _signer(self._keys, self._clock())

    async def load(self, session: AsyncSession) -> None:
        """Read the keys anew; those that are known are not opened again, and those that we did not make left out."""
        known = {key.id: key.private for key in self._keys}
        found = [(row, known.get(row.id) or self._open(row)) for row in await repository.signing_keys(session)]
        self._keys = tuple(Key(row, private) for row, private in found if private is not None)

    async def refresh(self, session: AsyncSession) -> None:
        """Read the keys anew; make the first where there is none."""
        await self.ready(session)
        await self.load(session)

    async def ready(self, session: AsyncSession) -> Key:
        """The key that signs now, read or made when this process knows none."""
        if (key := self.signer()) is None:
            await repository.lock_signing_keys(session)
            await self.load(session)
            if (key := self.signer()) is None:
                await self._make(session, self._clock(), self._clock())
                await self.load(session)
                key = self.signer()
        assert key is not None  # noqa: S101  one that signs from now on was just made
        return key

    async def rotate(self, session: AsyncSession, *, at_once: bool = False) -> Key:
        """Publish a new key, which signs after the lead; with `at_once` it signs now and every other is withdrawn.

        Raises BadInput while another waits to sign. Keys that nothing needs any more are removed.
        """
        await repository.lock_signing_keys(session)
        await self.load(session)
        now = self._clock()
        waiting = [key for key in self._keys if key.signs_from > now and key.withdrawn_at is None]
        if waiting and not at_once:
            raise BadInput(f"key {waiting[0].id} is published already and begins to sign at {waiting[0].signs_from}")
        if at_once:
            await repository.withdraw_signing_keys(session, now)
        made = await self._make(session, now, now if at_once else now + self._lead)
        await self.load(session)
        kept = {*self.published(), made}
        await repository.remove_signing_keys(session, [key.id for key in self._keys if key.id not in kept])
        await self.load(session)
        return next(key for key in self._keys if key.id == made)

    async def _make(self, session: AsyncSession, now: datetime, signs_from: datetime) -> str:
        private = await asyncio.to_thread(RSAKey.generate_key, BITS)
        kid = private.thumbprint()
        plain = json.dumps(private.as_dict(private=True)).encode()
        sealed = self._secrets.seal(PURPOSE, plain, kid)
        session.add(SigningKey(id=kid, private_sealed=sealed, published_at=now, signs_from=signs_from))
        await session.flush()
        event.listen(session.sync_session, "after_rollback", self._forget, once=True)  # then there is no such key
        return kid

    def _forget(self, _session: object) -> None:
        self._keys = ()

    def _open(self, row: SigningKey) -> RSAKey | None:
        try:
            return RSAKey.import_key(json.loads(self._secrets.open(PURPOSE, row.private_sealed, row.id)))
        except Permanent as error:
            log.error("signing_key.refused", kid=row.id, reason=str(error))
            return None


def _signer(keys: Sequence[Key], now: datetime) -> Key | None:
    """The latest that has begun; the earliest where none has, as on a machine whose clock is behind its maker's."""
    good = _in_order(keys)
    begun = [key for key in good if key.signs_from <= now]
    return next(iter([*reversed(begun), *good]), None)


def _published(keys: Sequence[Key], now: datetime, overlap: timedelta) -> list[Key]:
    good = _in_order(keys)
    return [
        key
        for key, successor in zip_longest(good, good[1:])
        if successor is None or now < successor.signs_from + overlap
    ]


def _in_order(keys: Sequence[Key]) -> list[Key]:
    return sorted((key for key in keys if key.withdrawn_at is None), key=lambda key: key.signs_from)
