"""Who was let in by a door, and of whom nothing need be asked again: the steps of access for a fraction of their cost.

A pass rests on the caller, just as the memory of identities gives it. It is worth nothing once that memory hears of a
change, and is held against it every HELD_S: what is found only because nothing was heard is so little later.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from accounts.identities.cache import Identities
from accounts.identity import Caller
from serving.access import CALLER, DECIDED, Needs, Scope, credential_in, included, scope
from serving.limits.rates import Held, RateLimits
from serving.limits.refusals import LIMITED
from serving.problems import Problem

CREDENTIALS = (b"authorization", b"x-api-key")  # headers
MOST = 10_000  # passes of one door
HELD_S = 0.05


class _Pass(NamedTuple):
    text: str  # the credential
    caller: Caller
    held: Held
    changes: int = 0  # that the memory had heard of
    until: float = 0.0  # it is held against the memory again


class Passes:
    """Of one door of one process."""

    def __init__(
        self, needs: Needs, identities: Identities, limits: RateLimits, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._needs, self._identities, self._limits, self._timer = needs, identities, limits, timer
        self._passes: dict[tuple[bytes, bytes], _Pass] = {}  # by the header that has the credential

    def admit(self, request: Scope) -> Caller | None:
        """The caller of a request, when nothing stands against it; None decides nothing and has counted nothing."""
        for header in request["headers"]:
            if header[0] in CREDENTIALS:
                break
        else:
            return None
        own, now = self._passes.get(header), self._timer()
        if own is None or now >= own.until or own.changes != self._identities.changes:
            own = self._renew(header, own, now)
        if own is None:
            return None
        fields = self._limits.at_once(own.held)
        if fields is None:
            return None
        request[LIMITED] = fields
        request[DECIDED] = request[CALLER] = own.caller
        return own.caller

    def _renew(self, header: tuple[bytes, bytes], own: _Pass | None, now: float) -> _Pass | None:
        """The pass again while its caller is the same, or another; one that ends by itself is looked at each time."""
        if own is None or self._identities.known(own.text) is not own.caller:
            own = self._issue(header)
        if own is None:
            self._passes.pop(header, None)
            return None
        if len(self._passes) >= MOST and header not in self._passes:
            self._passes.clear()
        until = now + HELD_S if own.caller.expires_at is None else now
        made = self._passes[header] = own._replace(changes=self._identities.changes, until=until)
        return made

    def _issue(self, header: tuple[bytes, bytes]) -> _Pass | None:
        """What holds for every request with this header; None where some step is to be asked each time."""
        text = credential_in([header])
        caller = self._identities.known(text) if text else None
        if text is None or caller is None or caller.networks or self._needs.flag is not None:
            return None
        if not included(self._needs, caller):
            return None  # it says so, or has them pay
        try:
            scope(self._needs, caller)
        except Problem:
            return None
        return _Pass(text, caller, self._limits.held(caller))
