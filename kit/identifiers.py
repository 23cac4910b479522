"""Stable identifiers: the same content gives the same number on every machine, in every run."""

import hashlib

_SIGN = 1 << 63


def stable_id(*parts: object) -> int:
    """A signed 64-bit number from the parts' text, fit for BIGINT on every engine.

    Parts are joined by an unprintable separator so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") - _SIGN


def content_hash(data: bytes) -> str:
    """64 hex digits of SHA-256: the name of a content-addressed file."""
    return hashlib.sha256(data).hexdigest()
