"""How a licence key is written: PBL- and seven groups of five, made to be read out and typed by hand.

28 characters are random, 7 check them (accounts.keys.text.check_of): whatever is mistyped in up to four neighbouring
characters is refused without a query. Case, spaces and hyphens do not matter, and O, I and L are read as 0, 1 and 1,
which the alphabet (Crockford's base 32) is without.
"""

import secrets

from accounts.keys.text import check_of

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MARK = "PBL"
RANDOM, CHECK, GROUP = 28, 7, 5
SHOWN = len(MARK) + 1 + GROUP  # characters that lists may show
LONGEST = 80  # of what is read at all

_READ = str.maketrans("OIL", "011", " -\t")


def new_key() -> str:
    """A key that nobody has."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return _written(body + _check(body))


def read_key(typed: str) -> str | None:
    """The key as it is written, of what somebody typed; None for what cannot be one of ours."""
    upper = typed.upper()
    if len(typed) > LONGEST or not upper.isascii() or not upper.lstrip().startswith(MARK):
        return None
    body = upper.lstrip().removeprefix(MARK).translate(_READ)
    if len(body) != RANDOM + CHECK or _check(body[:RANDOM]) != body[RANDOM:]:
        return None
    return _written(body)


def _check(body: str) -> str:
    return check_of(MARK + body, ALPHABET, CHECK)


def _written(body: str) -> str:
    return "-".join((MARK, *(body[start : start + GROUP] for start in range(0, len(body), GROUP))))
