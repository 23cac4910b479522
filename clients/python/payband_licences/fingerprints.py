"""What a machine is known by."""

import hashlib

COMPONENTS = 4
DIGITS = 32


def fingerprint(*components: str) -> str:
    """The fingerprint of a machine, of four texts that seldom change together, such as serial numbers of its board and
    disk, its network address, its processor's id: always the same four, in the same order.

    Raises ValueError for another number of them, or an empty one.
    """
    if len(components) != COMPONENTS or not all(components):
        raise ValueError(f"a fingerprint is made of {COMPONENTS} components, none of them empty")
    return ".".join(hashlib.sha256(each.encode()).hexdigest()[:DIGITS] for each in components)


def equal(one: str, other: str) -> int:
    """How many components are equal, each in its place."""
    return sum(a == b for a, b in zip(one.split("."), other.split("."), strict=False))
