"""Who was let in by a door, and of whom nothing need be asked again: the steps of access for a fraction of their cost.

A pass rests on the caller, just as the memory of identities gives it: when anything changes there, or it is asked about
again, the caller is another object and the pass is worth nothing.
"""

from typing import NamedTuple

from accounts.identities.cache import Identities
from accounts.identity import Caller
from serving.access import CALLER, DECIDED, Needs, Scope, credential_in, included, scope
from serving.limits.rates import Held, RateLimits
from serving.limits.refusals import LIMITED
from serving.problems import Problem

CREDENTIALS = (b"authorization", b"x-api-key")  # headers
MOST = 10_000  # passes of one door


class _Pass(NamedTuple):
    text: str  # the credential
    caller: Caller
    held: Held


class Passes:
    """Of one door of one process."""

    def __init__(self, needs: Needs, identities: Identities, limits: RateLimits) -> None:
        self._needs, self._identities, self._limits = needs, identities, limits
        self._passes: dict[tuple[bytes, bytes], _Pass] = {}  # by the header that has the credential

    def admit(self, request: Scope) -> Caller | None:
        """The caller of a request, when nothing stands against it; None decides nothing and has counted nothing."""
        header = next((each for each in request["headers"] if each[0] in CREDENTIALS), None)
        if header is None:
            return None
        own = self._passes.get(header)
        if own is None or self._identities.known(own.text) is not own.caller:
            own = self._issue(header)
        if own is None:
            return None
        fields = self._limits.at_once(own.held)
        if fields is None:
            return None
        request[LIMITED] = fields
        request[DECIDED] = request[CALLER] = own.caller
        return own.caller

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
        if len(self._passes) >= MOST:
            self._passes.clear()
        own = self._passes[header] = _Pass(text, caller, self._limits.held(caller))
        return own
