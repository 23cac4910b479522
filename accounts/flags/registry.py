"""The flags. A flag is one entry here; docs/how_to/let_something_out_by_and_by.md says the rest."""

import hashlib
import uuid
from dataclasses import dataclass

SHARES = 10_000  # of all users, in which a percentage is counted out


@dataclass(frozen=True)
class Flag:
    """`percent` of users have it, where the environment does not say otherwise."""

    name: str
    description: str
    percent: int


FLAGS: dict[str, Flag] = {
    flag.name: flag for flag in (Flag("webhook-endpoints", "Make webhook endpoints and have them told of events", 100),)
}


def has(user_id: uuid.UUID, name: str, percent: int) -> bool:
    """Whether the user is one of so many in a hundred who have the flag.

    Who has it at one percentage has it at every larger one, in every process and for ever; who has one flag early is
    no more likely than others to have the next one early.
    """
    digest = hashlib.blake2b(name.encode() + b"\0" + user_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big") % SHARES < percent * SHARES // 100
