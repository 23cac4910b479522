"""Read signed texts: a name, what is told as JSON, and an Ed25519 signature over both, each in base64url, by dots.

There is one way to write each of them, so that no bit can be changed without being noticed.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LICENCE, REVOCATIONS = "payband-licence-1", "payband-revocations-1"
FORM = re.compile(r"([a-z0-9-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\n?")


class Refused(Exception):
    """The file is not good here and now; README.md lists each `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Licence:
    """What a genuine file says. Times are seconds of the epoch; of `fingerprint` so many components must be equal."""

    licence: str
    product: str
    license_type: str
    features: tuple[str, ...]
    fingerprint: str
    equal_components: int
    counter: int
    issued_at: int
    expires_at: int


def read(text: str, public_keys: Iterable[str]) -> Licence:
    """What a file holds that the holder of one of these keys signed. Raises Refused (not-genuine).

    Says nothing of machine, time or revocation: `check` does. Fields that came with a later version are left out.
    """
    told = _signed(text, LICENCE, public_keys)
    try:
        known = {each.name: told[each.name] for each in fields(Licence)}
        return Licence(**{**known, "features": tuple(told["features"])})
    except (KeyError, TypeError):
        raise Refused("not-genuine") from None


def read_revocations(text: str, public_keys: Iterable[str]) -> tuple[int, frozenset[str]]:
    """When a list was made, and the licences that are good no more. Raises Refused (not-genuine)."""
    told = _signed(text, REVOCATIONS, public_keys)
    return told["issued_at"], frozenset(told["licences"])


def _signed(text: str, kind: str, public_keys: Iterable[str]) -> Any:
    found = FORM.fullmatch(text)
    if found is None or found[1] != kind:
        raise Refused("not-genuine")
    signature, payload = _bytes(found[3]), f"{found[1]}.{found[2]}".encode()
    if not any(_is_by(key, payload, signature) for key in public_keys):
        raise Refused("not-genuine")
    return json.loads(_bytes(found[2]))


def _is_by(public_key: str, payload: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public_key)).verify(signature, payload)
    except InvalidSignature:
        return False
    return True


def _bytes(text: str) -> bytes:
    """Base64url without padding, written in the one way that there is."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Refused("not-genuine") from None
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != text:
        raise Refused("not-genuine")
    return data
