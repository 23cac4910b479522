"""How a key is written: pb_live_ or pb_test_, 32 random characters, 6 that check them.

The check makes a mistyped or cut key fail without a query, and lets scanners for leaked secrets know ours. What is
stored is the SHA-256 of the whole: 190 random bits need no slow hash.
"""

import hashlib
import secrets
import zlib

from accounts.identity import Mode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM = 32
CHECK = 6
SHOWN = 12  # characters of a key that lists may show: pb_live_ and four more


def new_key(mode: Mode) -> str:
    """A key that nobody has."""
    body = f"pb_{mode}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + _check(body)


def well_formed(key: str) -> bool:
    """Whether this can be a key of ours: its form and its check are right."""
    if len(key) != len("pb_live_") + RANDOM + CHECK or not key.startswith(("pb_live_", "pb_test_")):
        return False
    return key.isascii() and key.isprintable() and _check(key[:-CHECK]) == key[-CHECK:]


def digest_of(key: str) -> bytes:
    """What is stored of a key: 32 bytes."""
    return hashlib.sha256(key.encode()).digest()


def check_of(body: str, alphabet: str, length: int) -> str:
    """The CRC-32 of a text, written in an alphabet of which so many characters can hold it."""
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits


def _check(body: str) -> str:
    return check_of(body, ALPHABET, CHECK)
