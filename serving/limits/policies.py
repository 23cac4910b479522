"""Quota policies, and the RateLimit fields that tell a client where it stands.

The fields are those of draft-ietf-httpapi-ratelimit-headers-11: lists of structured fields' strings, where `q` is the
quota, `w` its window in seconds, `r` what is left and `t` for how many seconds no more than that is there.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

Header = tuple[bytes, bytes]


class Policy(NamedTuple):
    """At most `quota` requests in any `window_s` seconds. `name` is a structured field's string without quotes."""

    name: str
    quota: int
    window_s: int


Standing = tuple[int, int]  # with a policy: what is left of it, and the whole seconds within which more is


class Rate(NamedTuple):
    """What was decided of one request. `standings` are in the order of `policies`.

    `retry_s`: seconds until the same request would be admitted, if nothing else is asked; 0.0 when it was.
    """

    admitted: bool
    retry_s: float
    standings: Sequence[Standing]


class Policies:
    """The policies that count together, with what is told of them made ready."""

    def __init__(self, *policies: Policy) -> None:
        self.all = policies
        told = ", ".join(f'"{policy.name}";q={policy.quota};w={policy.window_s}' for policy in policies)
        self._policy: Header = (b"ratelimit-policy", told.encode())
        self._left = ", ".join(f'"{policy.name}";r=%d;t=%d' for policy in policies).encode()

    def told(self, standings: Sequence[int]) -> list[Header]:
        """The fields of an answer; `standings` one after the other."""
        return [self._policy, (b"ratelimit", self._left % tuple(standings))]

    def headers(self, rate: Rate) -> list[Header]:
        """The fields of an answer, with Retry-After where it is a refusal."""
        fields = self.told(sum(rate.standings, ()))
        if not rate.admitted:
            fields.append((b"retry-after", b"%d" % max(1, ceil(rate.retry_s))))
        return fields
