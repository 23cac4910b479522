"""Access tokens: JWTs of RFC 9068's type, signed with RS256, good for some minutes.

A token says who asks and by which session, and nothing of what they may do: role, plan and whether the session still
goes on are asked of the database (`sessions.prover`), so that a change counts at once.
"""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from accounts.context import Context
from accounts.sessions.keyring import ALGORITHM, LEEWAY_S, Key

TYPE = "at+jwt"
LONGEST = 2_048
FORM = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")
CLAIMS = frozenset({"iss", "aud", "sub", "sid", "jti", "iat", "exp"})


class AccessClaims(NamedTuple):
    """What a good token says."""

    key_id: str  # of the ring's key that signed it
    user_id: uuid.UUID
    session_id: uuid.UUID
    token_id: uuid.UUID
    issued_at: datetime
    expires_at: datetime


def issue_access_token(context: Context, key: Key, user_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """A token for this user and session, good from now on for settings.access_token_s."""
    issued = int(context.clock().timestamp())
    claims = {
        "iss": context.settings.public_url,
        "aud": context.settings.audience,
        "sub": str(user_id),
        "sid": str(session_id),
        "jti": str(uuid.uuid4()),
        "iat": issued,
        "exp": issued + context.settings.access_token_s,
    }
    return jwt.encode(_header(key), claims, key.private, [ALGORITHM])


def verify_access_token(context: Context, text: str) -> AccessClaims | None:
    """What a token says; None for one that is not ours, changed, expired or of a key that is not published.

    Asks nothing of the database. Of the header nothing is believed: it must be, byte for byte, the one that we write
    for a key on the ring, which is how the `kid` is read, and the algorithm is always ours.
    """
    found = FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or not _canonical(found[2]):
        return None
    keys = {_segment(key): key for key in context.keyring.published().values()}
    key = keys.get(found[1])
    if key is None:
        return None
    try:
        claims = jwt.decode(text, key.public, [ALGORITHM]).claims
    except (JoseError, ValueError):
        return None
    return _read(context, key, claims)


def _header(key: Key) -> dict[str, str]:
    return {"alg": ALGORITHM, "typ": TYPE, "kid": key.id}


def _segment(key: Key) -> str:
    """The first part of every token that the key signs."""
    header = f'{{"typ":"{TYPE}","alg":"{ALGORITHM}","kid":"{key.id}"}}'
    return urlsafe_b64encode(header.encode()).decode()


def _canonical(signature: str) -> bool:
    """Base64 leaves bits over at its end: a token that differs in them alone is another text with the same meaning."""
    try:
        return urlsafe_b64encode(urlsafe_b64decode(signature.encode())).decode() == signature
    except ValueError:
        return False


def _read(context: Context, key: Key, claims: dict[str, Any]) -> AccessClaims | None:
    settings = context.settings
    if claims.keys() != CLAIMS or (claims["iss"], claims["aud"]) != (settings.public_url, settings.audience):
        return None
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int or expires - issued != settings.access_token_s:
        return None
    now = context.clock().timestamp()
    if issued > now + LEEWAY_S or expires <= now - LEEWAY_S:
        return None
    try:
        user_id, session_id, token_id = (uuid.UUID(claims[name]) for name in ("sub", "sid", "jti"))
    except (ValueError, TypeError, AttributeError):
        return None
    moment = datetime.fromtimestamp(issued, UTC)
    return AccessClaims(key.id, user_id, session_id, token_id, moment, moment + timedelta(seconds=expires - issued))
