"""The desktop licence that subscribing brings: one for all of a user's subscriptions, as good as what they entitle to.

It goes with its money, whoever it was handed on to. It outlasts a period that renews by the days of grace, so that no
program stops because news of a payment is late; with one that does not renew, it ends.
"""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import SYSTEM
from accounts.context import Context
from accounts.users import repository as users
from billing.entitlements import GRACE, Entitlement
from billing.licences import repository, sending, service
from billing.licences.policies import Policy, policy_with


async def follow(session: AsyncSession, context: Context, user_id: uuid.UUID, given: Entitlement) -> None:
    """Bring the licence in line with what the user's subscriptions alone entitle to; done again it changes nothing.

    One that an operator suspended stays so, and one that was revoked is not replaced. For the worker's role; the user
    is held.
    """
    user, source = await users.by_id(session, user_id), f"subscription:{user_id}"
    if user is None or user.status == "erased":
        return
    known, terms = await repository.by_origin(session, source), _terms(given)
    if known is None:
        if terms is not None:
            await sending.issue(session, context, user, terms[0].name, source, terms[1])
    elif known.status in service.ENDED:
        return
    elif terms is not None:
        if known.policy != terms[0].name:
            await service.change(session, context, known.id, terms[0], SYSTEM)
        if known.expires_at != terms[1]:
            await service.renew(session, context, known.id, terms[1], SYSTEM)
    elif known.expires_at is None or known.expires_at > context.clock():
        await service.end(session, context, known.id, SYSTEM)


def _terms(given: Entitlement) -> tuple[Policy, datetime] | None:
    """The policy and the end of the licence; None for who has no plan by a subscription."""
    policy = policy_with(given.plan)
    if policy is None or given.until is None:
        return None
    return policy, given.until + GRACE if given.renews else given.until
