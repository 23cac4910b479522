"""Writes what a user is entitled to (billing.entitlements) to where access reads it: the user's plan.

The database itself tells every process of a plan that changed. It is written when what follows from payments changes,
and only then: a plan that an administrator gave stays until that.
"""

import uuid
from dataclasses import asdict, fields, replace

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, jobs
from accounts.audit import SYSTEM, Action, Event
from accounts.context import Context
from accounts.users import repository as users
from billing.entitlements import FREE, NEVER_BEGAN, RANK, Entitlement, Kept, Subscribed, entitlement
from billing.hooks import service as hooks
from billing.payments import repository as payments
from billing.payments.contents import standing
from billing.plans import LAPSED, PlanName
from billing.subscriptions import licensing, repository
from billing.subscriptions.models import Subscription

END_RETURNED, END_COVERED = "subscriptions.end_returned", "subscriptions.end_covered"  # the tasks
ENDED = (*NEVER_BEGAN, "canceled")


async def derive(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Entitlement:
    """What the user is entitled to now, written down; done again it changes nothing. For the worker's role.

    A subscription of whose period all that was paid went back is ended in Stripe, by a job; so is, with its period,
    one for what its holder has bought for good, and what else could still be paid for that closes.
    """
    await users.lock(session, user_id)  # of two at once the second sees what the first has written
    found = await decided(session, context, user_id)
    known = await repository.entitled(session, user_id)
    before = FREE if known is None else Entitlement(**{each.name: getattr(known, each.name) for each in fields(FREE)})
    if found != before:
        await repository.put_entitled(session, user_id, asdict(found))
        await _tell(session, context, user_id, before, found)
    given = entitlement(await _subscriptions(session, user_id), [], context.clock())
    await licensing.follow(session, context, user_id, given)
    if await to_end(session, user_id):
        await _defer(session, END_RETURNED, user_id)
    largest = await has_for_good(session, user_id)
    if largest != "free" and (found != before or await covered(session, user_id, largest)):
        await _defer(session, END_COVERED, user_id)
    return found


async def _defer(session: AsyncSession, task: str, user_id: uuid.UUID) -> None:
    await jobs.defer(session, task, one_at_a_time=f"{task}:{user_id}", user_id=user_id)


async def to_end(session: AsyncSession, user_id: uuid.UUID) -> list[Subscription]:
    """Subscriptions that live, as far as we know, though all that was paid for their period went back."""
    gone = await repository.returned(session, user_id)
    return [each for each in await repository.of_user(session, user_id) if each.id in gone and each.status not in ENDED]


async def covered(session: AsyncSession, user_id: uuid.UUID, largest: PlanName) -> list[Subscription]:
    """Subscriptions that go on, as far as we know, though this plan is had for good, which is the same or larger."""
    return [
        each
        for each in await repository.of_user(session, user_id)
        if each.status not in ENDED and each.cancel_at is None and RANK[each.plan] <= RANK[largest]  # type: ignore[index]
    ]


async def has_for_good(session: AsyncSession, user_id: uuid.UUID) -> PlanName:
    """The largest plan that the user has bought for good; `free` for who has bought none."""
    plans, _ = standing(await payments.bought(session, user_id))
    return max(plans, key=RANK.__getitem__, default="free")


async def decided(session: AsyncSession, context: Context, user_id: uuid.UUID) -> Entitlement:
    """What the user is entitled to at this moment, by what is mirrored."""
    lifetimes, times = standing(await payments.bought(session, user_id))
    return entitlement(await _subscriptions(session, user_id), lifetimes, context.clock(), times)


async def _subscriptions(session: AsyncSession, user_id: uuid.UUID) -> list[Subscribed]:
    gone = await repository.returned(session, user_id)
    return [subscribed(each, returned=each.id in gone) for each in await repository.of_user(session, user_id)]


def subscribed(row: Subscription, *, returned: bool) -> Subscribed:
    """As it decides."""
    kept = Kept(row.kept_plan, row.kept_until) if row.kept_plan and row.kept_until else None  # type: ignore[arg-type]
    return Subscribed(
        row.plan,  # type: ignore[arg-type]
        row.status,  # type: ignore[arg-type]
        row.created_at,
        row.period_end,
        row.cancel_at,
        row.unpaid_since,
        row.given_up,
        kept,
        returned,
    )


async def _tell(
    session: AsyncSession, context: Context, user_id: uuid.UUID, before: Entitlement, found: Entitlement
) -> None:
    """Everybody who goes by it: access, the audit trail, the user's own webhook endpoints."""
    plan, was = _in_force(found), _in_force(before)
    if plan != was:
        await users.change(session, user_id, plan=plan)
        told = {"before": was, "after": plan, "status": found.state}
        await audit.record(session, context, Event(Action.PLAN_CHANGED, user_id, SYSTEM, told))
    if replace(found, next_at=None) != replace(before, next_at=None):
        until = None if found.until is None else found.until.isoformat()
        data = {"plan": found.plan, "state": found.state, "until": until, "renews": found.renews}
        await hooks.tell(session, context, "subscription.changed", data, user_id)


def _in_force(given: Entitlement) -> str:
    return LAPSED if given.state == "lapsed" else given.plan
