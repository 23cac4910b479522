"""Is this token what the provider signed, for us, and good now: RS256 alone, and every claim that matters checked."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from accounts.providers.settings import Provider
from kit.clock import Clock

ALGORITHM = "RS256"
LEEWAY_S = 30
LONGEST = 8_192  # characters
NAME = 200  # characters
SUBJECT = 255  # characters, as OpenID Connect says


class InvalidToken(Exception):
    """Not to be trusted; the words say why and nothing of the token."""


@dataclass(frozen=True)
class Claims:
    """What a good token says. What tells who it is does not show in the repr."""

    subject: str = field(repr=False)
    email: str | None = field(repr=False)
    email_verified: bool
    name: str | None = field(repr=False)
    issued_at: datetime
    expires_at: datetime


class Unproven(NamedTuple):
    """What a token claims of itself, to find whose key to check it with."""

    issuer: str | None
    algorithm: str | None
    kid: str | None


def peek(token: str) -> Unproven | None:
    """What the token claims; None for what is no token."""
    if len(token) > LONGEST:
        return None
    try:
        found = jws.extract_compact(token.encode())
        header, claims = found.headers(), json.loads(found.payload)
        told = claims.get("iss"), header.get("alg"), header.get("kid")
    except (JoseError, ValueError, AttributeError, RecursionError):
        return None
    return Unproven(*(value if isinstance(value, str) else None for value in told))


def verify(
    token: str,
    provider: Provider,
    key: RSAKey | None,
    clock: Clock,
    *,
    client_id: str | None = None,
    nonce: str | None = None,
) -> Claims:
    """What a token of this provider says, by the key that it names (None: the provider has none such).

    With `client_id` it is an ID token of a sign-in, with the `nonce` if given. Raises InvalidToken.
    """
    claims = _signed(token, key)
    audience = provider.audience if client_id is None else (client_id,)
    options: dict[str, Any] = {name: {"essential": True} for name in ("sub", "exp", "iat")}
    options["iss"] = {"essential": True, "value": provider.issuer}
    if audience:
        options["aud"] = {"essential": True, "values": list(audience)}
    registry = jwt.JWTClaimsRegistry(now=int(clock().timestamp()), leeway=LEEWAY_S, **options)
    try:
        registry.validate(claims)
    except JoseError as error:
        raise InvalidToken(error.error) from None
    _check_party(claims, () if client_id is not None else provider.authorized_parties, client_id)
    if nonce is not None and claims.get("nonce") != nonce:
        raise InvalidToken("the nonce is another")
    return _read(claims)


def _signed(token: str, key: RSAKey | None) -> dict[str, Any]:
    told = peek(token)
    if told is None:
        raise InvalidToken("not a token")
    if told.algorithm != ALGORITHM:  # what the token wishes decides nothing
        raise InvalidToken("another algorithm")
    if key is None:
        raise InvalidToken("an unknown key")
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, RecursionError):
        raise InvalidToken("the signature is not good") from None


def read_name(value: Any) -> str | None:
    """A name that can be shown; None for anything else."""
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= NAME else None


def _check_party(claims: dict[str, Any], parties: Collection[str], client_id: str | None) -> None:
    party = claims.get("azp")
    if parties and party not in parties:
        raise InvalidToken("made for another party")
    if client_id is not None and party not in (None, client_id):
        raise InvalidToken("made for another party")


def _read(claims: dict[str, Any]) -> Claims:
    subject, email, name = claims["sub"], claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT or not subject.isprintable():
        raise InvalidToken("the subject is none")
    try:
        moments = [datetime.fromtimestamp(float(claims[each]), UTC) for each in ("iat", "exp")]
    except (ValueError, OverflowError, OSError, TypeError):
        raise InvalidToken("a time is none") from None
    return Claims(
        subject=subject,
        email=email if isinstance(email, str) else None,
        email_verified=claims.get("email_verified") in (True, "true"),  # some send it as text
        name=read_name(name),
        issued_at=moments[0],
        expires_at=moments[1],
    )
