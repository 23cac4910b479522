"""Which windows a request is held to, and what is told of them.

Without Redis each of N processes holds the Nth part of every quota, rounded down: their sum is never more than the
quota, and a caller whose requests all meet one process gets that part alone. A quota smaller than N cannot be parted
so; then the API does not start without Redis (`check`).
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from accounts.identity import Caller
from billing.plans import BURST_WINDOW_S, HOUR_S, PLANS, plan_of
from kit.errors import BadInput
from serving.limits.policies import Header, Policies, Policy, Rate
from serving.limits.windows import Windows

if TYPE_CHECKING:  # imported by those who use Redis alone
    from serving.limits.shared import SharedWindows

MOST_CALLERS = 10_000  # whose windows' names are kept ready
MOST_ADDRESSES = 100_000  # that are counted at a time; past them the oldest are forgotten

Asked = Sequence[tuple[str, Policy]]


class Verdict(NamedTuple):
    """Whether a request is within its limits; `headers` belong on its answer, whatever that is."""

    admitted: bool
    headers: list[Header]
    exceeded: tuple[str, ...]  # names of the policies that refuse


class Held(NamedTuple):
    """The windows of one caller: of the whole installation, and this process's share of them."""

    policies: Policies
    asked: Asked
    share: Asked


BY_PLAN: dict[str, Policies] = {
    name: Policies(
        Policy("burst", plan.burst, BURST_WINDOW_S),
        Policy("hour", plan.requests_per_hour, HOUR_S),
    )
    for name, plan in PLANS.items()
}


class RateLimits:
    """Decides for every door. Made once for each process, used on its event loop."""

    def __init__(self, workers: int = 1, redis_url: str | None = None) -> None:
        self._workers = workers
        self._callers, self._addresses = Windows(), Windows(MOST_ADDRESSES)
        self._held: dict[tuple[uuid.UUID, str], Held] = {}
        self.shared = _shared(redis_url) if redis_url is not None else None

    def at_once(self, held: Held) -> list[Header] | None:
        """Admit one request where that needs no question to Redis; the fields of its answer.

        None decides nothing and has counted nothing: ask `of_caller`.
        """
        if self.shared is not None and not self.shared.away:
            return None
        told = self._callers.at_once(held.share)
        return None if told is None else held.policies.told(told)

    def held(self, caller: Caller) -> Held:
        """What a caller is held to."""
        held = self._held.get((caller.credential, caller.plan))
        if held is None:
            if len(self._held) >= MOST_CALLERS:
                self._held.clear()
            held = self._held[caller.credential, caller.plan] = self._hold(caller)
        return held

    async def of_caller(self, caller: Caller) -> Verdict:
        """The verdict on one request of a caller."""
        held = self.held(caller)
        return _verdict(held.policies, await self._take(self._callers, held.asked, held.share))

    async def of_burst(self, caller: Caller) -> Verdict:
        """The verdict on one request of a caller by the window of a burst alone."""
        held = self.held(caller)
        rate = await self._take(self._callers, held.asked[:1], held.share[:1])
        return _verdict(Policies(held.policies.all[0]), rate)

    async def of_address(self, policies: Policies, address: str) -> Verdict:
        """The verdict on one request from an address."""
        asked = tuple((f"{policy.name}:{address}", policy) for policy in policies.all)
        share = tuple((subject, part_of(policy, self._workers)) for subject, policy in asked)
        return _verdict(policies, await self._take(self._addresses, asked, share))

    def told(self) -> dict[str, object]:
        """What operators see: where the windows are, and how often Redis went away."""
        if self.shared is None:
            return {"windows": "process", "workers": self._workers}
        return {"windows": "process" if self.shared.away else "redis", "redis_lost": self.shared.lost}

    async def close(self) -> None:
        """Close what is open."""
        if self.shared is not None:
            await self.shared.close()

    async def _take(self, own: Windows, asked: Asked, share: Asked) -> Rate:
        rate = None if self.shared is None else await self.shared.take(asked)
        if rate is None:
            return own.take(share)
        if rate.admitted:
            own.note(share)  # so that a process which has had its share gives no second one when Redis goes away
        return rate

    def _hold(self, caller: Caller) -> Held:
        policies = BY_PLAN[plan_of(caller.plan).name]
        burst, hour = policies.all
        asked = ((f"burst:{caller.credential}", burst), (f"hour:{caller.user_id}", hour))
        return Held(policies, asked, tuple((subject, part_of(policy, self._workers)) for subject, policy in asked))


def _shared(url: str) -> "SharedWindows":
    from serving.limits.shared import SharedWindows

    return SharedWindows(url)


def part_of(policy: Policy, workers: int) -> Policy:
    """The part of a policy that each of so many processes gives; 1 where there are more of them than its quota."""
    return policy._replace(quota=max(1, policy.quota // workers))


def check(workers: int, redis_url: object, addresses: Iterable[Policies]) -> None:
    """Refuse more processes than the smallest quota when they share no windows: together they would give too much."""
    if redis_url is not None:
        return
    smallest = min(
        (policy for held in (*BY_PLAN.values(), *addresses) for policy in held.all), key=lambda each: each.quota
    )
    if workers > smallest.quota:
        raise BadInput(
            f"{workers} processes cannot part the limit {smallest.name} of {smallest.quota}: set PAYBAND_REDIS_URL,"
            f" or run at most {smallest.quota}"
        )


def _verdict(policies: Policies, rate: Rate) -> Verdict:
    if rate.admitted:
        return Verdict(True, policies.headers(rate), ())
    exceeded = [policy.name for policy, (left, _) in zip(policies.all, rate.standings, strict=True) if left == 0]
    return Verdict(False, policies.headers(rate), tuple(exceeded))
