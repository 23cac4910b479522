"""Signatures that anybody can check: Ed25519, by keys that come from the installation's master key."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kit.secrets import Secrets

KEY_BYTES = 32


class Signer:
    """Signs for one purpose; two purposes have two keys."""

    def __init__(self, secrets: Secrets, purpose: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secrets.key(f"signing:{purpose}"))

    @property
    def public(self) -> str:
        """The key that checks: base64url of 32 bytes."""
        return _text(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, data: bytes) -> str:
        """Base64url of the 64 bytes of the signature."""
        return _text(self._key.sign(data))


def signed_by(public: str, data: bytes, signature: str) -> bool:
    """Whether the holder of the key that `public` belongs to signed exactly this; False for what is no key too."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(_bytes(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    """Whether it is one as `Signer.public` writes it, which is the one way."""
    try:
        data = _bytes(text)
    except ValueError:
        return False
    return len(data) == KEY_BYTES and _text(data) == text


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
