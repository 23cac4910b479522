"""What the installation keeps secret: one master key, from which a key for each purpose is derived.

The master key comes from PAYBAND_SECRET_KEY, or from a file in the store that is made once and readable by us alone.
Several machines on one database need the same one. Without it nothing that was sealed can be read again.
"""

import base64
import binascii
import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from kit.errors import BadInput, Permanent

BYTES = 32
NONCE = 12


class Secrets:
    """Keys by purpose. Two purposes never share a key, so that what is sealed for one opens nothing of another."""

    def __init__(self, master: bytes) -> None:
        if len(master) != BYTES:
            raise BadInput(f"a master key has {BYTES} bytes, not {len(master)}")
        self._master = master
        self.key = lru_cache(64)(self._key)

    def _key(self, purpose: str) -> bytes:
        """32 bytes for one purpose: HKDF-SHA256 (RFC 5869) of the master key."""
        return HKDF(SHA256(), BYTES, salt=None, info=purpose.encode()).derive(self._master)

    def digest(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA256 of `text`: finds equal texts without keeping them, and tells nothing without the key."""
        return hmac.new(self.key(purpose), text.encode(), sha256).digest()

    def seal(self, purpose: str, data: bytes, bound_to: str = "") -> bytes:
        """`data` encrypted (`sealed`); it opens for the same purpose and `bound_to` alone."""
        return sealed(self.key(purpose), data, bound_to)

    def open(self, purpose: str, data: bytes, bound_to: str = "") -> bytes:
        """What `seal` was given. Raises Permanent for anything else."""
        return opened(self.key(purpose), data, bound_to)


def sealed(key: bytes, data: bytes, bound_to: str) -> bytes:
    """AES-256-GCM: a random nonce of 12 bytes, then the ciphertext with its tag."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to.encode())


def opened(key: bytes, data: bytes, bound_to: str) -> bytes:
    """What `sealed` was given. Raises Permanent when key, data or `bound_to` is another."""
    try:
        return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], bound_to.encode())
    except (InvalidTag, ValueError):
        raise Permanent("sealed data does not open: another secret key, or damaged") from None


def read_secrets(configured: SecretStr | None, file: Path) -> Secrets:
    """From the configured key (base64 of 32 bytes), else from `file`, which is made when it is not there.

    Raises BadInput for a key that is none.
    """
    text = configured.get_secret_value() if configured is not None else _kept(file)
    try:
        return Secrets(base64.b64decode(text.strip(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, BadInput):
        where = "PAYBAND_SECRET_KEY" if configured is not None else str(file)
        raise BadInput(
            f"{where} is not the base64 of {BYTES} bytes: `openssl rand -base64 {BYTES}` makes one"
        ) from None


def _kept(file: Path) -> str:
    """The file's text; of two processes that make it at once, one does."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(base64.urlsafe_b64encode(os.urandom(BYTES)).decode() + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(beside, file)
        beside.unlink()
    return file.read_text()
