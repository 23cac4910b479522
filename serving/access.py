"""Who asks, and may they: identity, then scope; plans, rates and credits join this order as they are built."""

from collections.abc import Iterable

from accounts.keys.service import Identity
from accounts.keys.verifier import KeyVerifier
from serving.problems import Problem

Headers = Iterable[tuple[bytes, bytes]]


def key_in(headers: Headers) -> str | None:
    """The API key of a request: `Authorization: Bearer KEY` or `X-API-Key: KEY`. None when there is neither."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, text = value.partition(b" ")
            if scheme.lower() == b"bearer":
                return text.strip().decode("latin-1")
        elif name == b"x-api-key":
            return value.strip().decode("latin-1")
    return None


async def admit(headers: Headers, keys: KeyVerifier, scope: str) -> Identity:
    """The one who asks, when they may. Raises Problem (401, 403) or Retriable."""
    text = key_in(headers)
    if not text:
        raise Problem("missing-credential", "Send `Authorization: Bearer YOUR_KEY` or `X-API-Key: YOUR_KEY`.")
    identity = await keys.verify(text)
    if identity is None:
        raise Problem("invalid-credential", "The key is mistyped, unknown, revoked or expired.")
    if scope not in identity.scopes:
        raise Problem("missing-scope", f"This door needs the scope {scope}, which the key does not have.")
    return identity
