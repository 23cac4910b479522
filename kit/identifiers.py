"""Stable identifiers: the same content gives the same number on every machine, in every run."""

import hashlib
import os
import uuid
from datetime import datetime
from pathlib import Path

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


def hash_of_files(folder: Path, *patterns: str) -> str:
    """A hash of the files in `folder` that match any of the glob patterns: of their names and of what is in them.

    What Python compiled is left out: it says nothing that its source does not.
    """
    matching = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    found = sorted(path for path in matching if path.parent.name != "__pycache__")
    lines = [f"{path.relative_to(folder).as_posix()} {content_hash(path.read_bytes())}" for path in found]
    return content_hash("\n".join(lines).encode())


def uuid7(moment: datetime) -> uuid.UUID:
    """A new UUID of version 7 (RFC 9562): sorts by `moment` to the millisecond, 74 bits at random."""
    stamp = int(moment.timestamp() * 1000) << 80
    chance = int.from_bytes(os.urandom(10), "big")
    high = (chance >> 62 & 0xFFF) << 64
    return uuid.UUID(int=stamp | 0x7 << 76 | high | 0b10 << 62 | chance & (1 << 62) - 1)


def least_uuid7(moment: datetime) -> uuid.UUID:
    """What every UUID of version 7 that was made at `moment` or later sorts after."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
