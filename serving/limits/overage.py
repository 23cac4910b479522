"""Who pays for it is let in above their plan's hourly limit, until their cap is reached; the burst window stays.

Only a request that the hour's window refuses comes here. A process takes leave for some of them at a time, and
remembers for a moment who has none, so that a refusal costs no question to the database either.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from accounts.context import Context
from accounts.identity import Caller
from billing.overage import admission
from billing.plans import plan_of
from kit.database import Database, Unavailable
from serving.limits.rates import RateLimits, Verdict

RENEWED_S = 10.0  # after which what is left is given back, and what the user has chosen since is known
REFUSED_S = 5.0  # for which nobody is asked again whether somebody may
MOST = 10_000  # users that are remembered


class _Lease:
    """Requests that may be let in: `left` of them, of one hour."""

    __slots__ = ("had", "hour", "left", "lock", "until")

    def __init__(self) -> None:
        self.left, self.had, self.until, self.lock = 0, False, 0.0, asyncio.Lock()
        self.hour: datetime | None = None


class Overage:
    """One for each process, used on its event loop."""

    def __init__(
        self, database: Database, context: Context, limits: RateLimits, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._context, self._limits, self._timer = database, context, limits, timer
        self._leases: dict[uuid.UUID, _Lease] = {}

    async def beyond(self, caller: Caller, refused: Verdict) -> Verdict:
        """The verdict on a request that was refused: another one when only the hour's window did, and it is paid."""
        if refused.exceeded != ("hour",) or caller.mode != "live" or plan_of(caller.plan).monthly is None:
            return refused
        burst = await self._limits.of_burst(caller)
        if not burst.admitted:
            return burst
        return burst if await self._takes(caller) else refused

    async def _takes(self, caller: Caller) -> bool:
        own = self._leases.get(caller.user_id) or self._begin(caller.user_id)
        async with own.lock:
            if self._timer() >= own.until or (own.had and not own.left):
                await self._renew(own, caller)
            if not own.left:
                return False
            own.left -= 1
            return True

    def _begin(self, user_id: uuid.UUID) -> _Lease:
        if len(self._leases) >= MOST:
            self._leases.clear()
        own = self._leases[user_id] = _Lease()
        return own

    async def _renew(self, own: _Lease, caller: Caller) -> None:
        now = self._context.clock().astimezone(UTC)
        hour = admission.hour_of(now)
        unused = own.left if own.hour == hour else 0
        own.left, own.hour = 0, hour
        try:
            async with self._database.transaction(caller.user_id) as session:
                own.left = await admission.lease(session, caller.user_id, plan_of(caller.plan), hour, unused)
        except Unavailable:
            pass
        own.had = own.left > 0
        hour_left_s = (hour + timedelta(hours=1) - now).total_seconds()
        own.until = self._timer() + min(RENEWED_S if own.had else REFUSED_S, hour_left_s)
