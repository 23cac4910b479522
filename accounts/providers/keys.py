"""A provider's public keys and addresses: fetched, kept for an hour, fetched anew when a token names a key we lack.

An unknown key has them fetched at most once a minute, so that made-up key ids cannot have us flood a provider. While it
does not answer, what we have stays good for a day.
"""

import asyncio
import math
from time import monotonic
from typing import Any, NamedTuple

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64decode

from accounts.providers.remote import ProviderAway, get_json
from accounts.providers.settings import Provider
from kit.errors import BadInput

FRESH_S = 3_600.0
STALE_S = 86_400.0
UNKNOWN_EVERY_S = 60.0
AFTER_FAILURE_S = 5.0
LEAST_BITS = 2_048
DISCOVERY = "/.well-known/openid-configuration"

log = structlog.get_logger(__name__)


class Known(NamedTuple):
    """`metadata` is the discovery document, empty where it was not needed; `at` is of time.monotonic()."""

    keys: dict[str, RSAKey]
    metadata: dict[str, Any]
    at: float


class KeyRing:
    """The keys of one provider; one for each process."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pinned = None if provider.public_key is None else _pinned(provider.public_key)
        self._known: Known | None = None
        self._tried = -math.inf
        self._one = asyncio.Lock()
        self._ahead: asyncio.Task[None] | None = None

    async def key(self, kid: str | None) -> RSAKey | None:
        """The key with this id, the pinned one whatever its id; None when the provider has none such.

        Raises ProviderAway when the provider must be asked and does not answer.
        """
        if self._pinned is not None:
            return self._pinned
        return None if kid is None else (await self._current(kid)).keys.get(kid)

    def at_hand(self, kid: str | None) -> RSAKey | None:
        """The key with this id as far as it is known without asking."""
        if self._pinned is not None or self._known is None or _age(self._known) > STALE_S:
            return self._pinned
        return None if kid is None else self._known.keys.get(kid)

    async def metadata(self) -> dict[str, Any]:
        """The provider's discovery document. Raises ProviderAway."""
        return (await self._current()).metadata

    async def _current(self, needs: str | None = None) -> Known:
        known = self._known
        if known is not None and (needs is None or needs in known.keys) and _age(known) < STALE_S:
            if _age(known) > FRESH_S and (self._ahead is None or self._ahead.done()):
                self._ahead = asyncio.create_task(self._refresh())  # nobody waits for it
            return known
        await self._refresh()
        if self._known is None or _age(self._known) > STALE_S:
            raise ProviderAway(f"the keys of {self._provider.issuer} cannot be had now")
        return self._known

    async def _refresh(self) -> None:
        async with self._one:  # of all who wait, one asks
            fresh = self._known is not None and _age(self._known) < FRESH_S
            if monotonic() - self._tried < (UNKNOWN_EVERY_S if fresh else AFTER_FAILURE_S):
                return
            self._tried = monotonic()
            try:
                metadata = await self._discovered()
                document = await get_json(self._provider.jwks_url or str(metadata.get("jwks_uri")))
            except ProviderAway as error:
                log.warning("provider.keys_not_had", issuer=self._provider.issuer, why=str(error))
                return
            found = document.get("keys")
            self._known = Known(_usable(found if isinstance(found, list) else []), metadata, self._tried)

    async def _discovered(self) -> dict[str, Any]:
        """Raises ProviderAway for a document that is another issuer's: it may be mended."""
        if self._provider.jwks_url is not None and self._provider.sign_in is None:
            return {}
        metadata = await get_json(self._provider.issuer.rstrip("/") + DISCOVERY)
        if metadata.get("issuer") != self._provider.issuer:
            raise ProviderAway(f"the discovery document of {self._provider.issuer} names another issuer")
        return metadata


def _age(known: Known) -> float:
    return monotonic() - known.at


def _usable(documents: list[Any]) -> dict[str, RSAKey]:
    """RSA keys for signatures, of at least 2048 bits, by their ids; anything else is passed over."""
    keys = {}
    for document in documents:
        if not isinstance(document, dict) or document.get("kty") != "RSA" or not isinstance(document.get("kid"), str):
            continue
        if document.get("use", "sig") != "sig" or document.get("alg", "RS256") != "RS256":
            continue
        try:
            modulus = int.from_bytes(urlsafe_b64decode(document["n"].encode()))
            if modulus.bit_length() >= LEAST_BITS:
                keys[document["kid"]] = RSAKey.import_key({name: document[name] for name in ("kty", "n", "e", "kid")})
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return keys


def _pinned(pem: str) -> RSAKey:
    """Raises BadInput for what is no public RSA key of at least 2048 bits."""
    try:
        public = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, RSAPublicKey) or public.key_size < LEAST_BITS:
        raise BadInput(f"public_key of a provider is not a public RSA key in PEM, of at least {LEAST_BITS} bits")
    return RSAKey.import_key(pem)
