"""What somebody is entitled to, by what they pay for and the time: the one place where that is decided.

A plan is kept for GRACE_DAYS after a payment for it failed. Who has not paid by then has LAPSED, until they pay or go
back to the free plan; who ends a subscription has the free plan from its end on, and owes nothing; and so has who got
back all that was paid for its period.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from billing.plans import GRACE_DAYS, PLANS, PlanName

State = Literal["active", "trialing", "grace", "lapsed", "free"]
Status = Literal[
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused", "canceled"
]  # of a subscription, in Stripe's words
GRACE = timedelta(days=GRACE_DAYS)
LATE = timedelta(hours=2)  # after a period's end, in which it is no news yet that nothing was heard of the next
NEVER_BEGAN: tuple[Status, ...] = ("incomplete", "incomplete_expired")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RANK = {name: rank for rank, name in enumerate(PLANS)}
BETTER: tuple[State, ...] = ("free", "lapsed", "grace", "trialing", "active")


@dataclass(frozen=True)
class Kept:
    """A plan that was paid for, until then, where another one follows it."""

    plan: PlanName
    until: datetime


@dataclass(frozen=True)
class Subscribed:
    """One subscription, as far as it decides anything. `unpaid_since` is when the invoice was made that is open.

    `given_up`: its holder ended it, or went back to the free plan when it had ended for want of payment, or what was
    owed for it was waived.
    `returned`: all that was paid for its period went back, by refunds and disputes that were lost.
    """

    plan: PlanName
    status: Status
    created_at: datetime
    period_end: datetime
    cancel_at: datetime | None = None
    unpaid_since: datetime | None = None
    given_up: bool = False
    kept: Kept | None = None
    returned: bool = False


@dataclass(frozen=True)
class Entitlement:
    """A plan, why, and until when it was paid for (tried, granted in grace); None: for good.

    Nothing of it changes before `next_at` if nothing else happens. `renews`: a payment for what follows is to be tried.
    """

    plan: PlanName = "free"
    state: State = "free"
    until: datetime | None = None
    next_at: datetime | None = None
    renews: bool = False


FREE = Entitlement()


def entitlement(
    subscriptions: Iterable[Subscribed], lifetimes: Iterable[PlanName], now: datetime, times: Iterable[Kept] = ()
) -> Entitlement:
    """The best of what each gives: subscriptions, plans that were bought for good, and those for a time.

    A debt counts for the last subscription alone: who subscribed anew has settled.
    """
    begun = sorted((each for each in subscriptions if each.status not in NEVER_BEGAN), key=_age)
    standings = [Entitlement(plan, "active") for plan in lifetimes]
    standings += [Entitlement(each.plan, "active", each.until, each.until) for each in times if now < each.until]
    standings += [given for each in begun for given in _standing(each, now, last=each is begun[-1])]
    best = max(standings, key=_worth, default=FREE)
    changes = [each.next_at for each in standings if each.next_at is not None]
    return replace(best, next_at=min(changes, default=None))


def _age(each: Subscribed) -> tuple[datetime, datetime]:
    return each.created_at, each.period_end


def _worth(given: Entitlement) -> tuple[int, int, bool, datetime]:
    until = given.until or EPOCH
    return RANK[given.plan], BETTER.index(given.state), given.until is None, until


def _standing(each: Subscribed, now: datetime, *, last: bool) -> Iterator[Entitlement]:
    """What one subscription gives now, if anything."""
    over = each.given_up or each.returned or (each.cancel_at is not None and each.cancel_at <= now)
    if over or each.status == "paused":
        return
    plan, changes = each.plan, [each.cancel_at] if each.cancel_at else []
    if each.kept is not None and now < each.kept.until:
        plan, changes = each.kept.plan, [*changes, each.kept.until]
    if each.status == "canceled" and each.unpaid_since is None:  # what was owed was paid after all, for this period
        if now < each.period_end:
            yield Entitlement(plan, "active", each.period_end, min([*changes, each.period_end]))
        return
    late, grace_over = each.period_end + LATE, (each.unpaid_since or each.period_end) + GRACE
    if each.status in ("active", "trialing") and (each.cancel_at or now < late):
        state: State = "trialing" if each.status == "trialing" else "active"
        next_at = min([*changes, each.cancel_at or late])
        yield Entitlement(plan, state, each.cancel_at or each.period_end, next_at, renews=each.cancel_at is None)
    elif each.status != "unpaid" and now < grace_over:
        yield Entitlement(plan, "grace", grace_over, min([*changes, grace_over]))
    elif last:
        yield Entitlement("free", "lapsed", None, each.cancel_at)
