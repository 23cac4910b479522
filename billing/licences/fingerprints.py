"""What a machine is known by: four components, each hashed by the program that runs there, joined by dots.

Which four is the program's choice: those that seldom change together, such as board, disk, network card and processor.
We keep only a keyed digest of each.
"""

import re
from collections.abc import Sequence

from kit.secrets import Secrets

COMPONENTS = 4
PATTERN = r"^[0-9A-Fa-f]{16,64}(\.[0-9A-Fa-f]{16,64}){3}$"
WORDS = "four hashes of 16 to 64 hex digits, joined by dots: one for each component of the machine"
TOLERATED = COMPONENTS - 1  # components that must be equal where a policy is tolerant
KIN = 2  # equal components from which on it is likely the same machine, changed too much

_WHOLE = re.compile(PATTERN)


def components_of(secrets: Secrets, fingerprint: str) -> list[bytes]:
    """What is kept of a fingerprint, in the order of its components; upper-case digits are the same as lower-case ones.
    Raises ValueError for what is none.
    """
    return [secrets.digest("licences.component", part) for part in checked(fingerprint).lower().split(".")]


def checked(fingerprint: str) -> str:
    """The fingerprint. Raises ValueError for what is none, saying what one is."""
    if _WHOLE.fullmatch(fingerprint) is None:
        raise ValueError(WORDS)
    return fingerprint


def equal(kept: Sequence[bytes], shown: Sequence[bytes]) -> int:
    """How many components are equal, each in its place."""
    return sum(one == other for one, other in zip(kept, shown, strict=True))
