"""Codes that an operator gives away and users redeem, each user once."""

import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.errors import Refused
from billing.credits import repository, service
from billing.credits.models import Code
from billing.credits.service import MOST, Asked, Done
from kit.identifiers import uuid7

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
GROUPS, OF = 4, 5  # 99 random bits


@dataclass(frozen=True)
class NewCode:
    """A code that was just made; its text cannot be had again."""

    id: uuid.UUID
    text: str = field(repr=False)


async def create(
    session: AsyncSession,
    context: Context,
    amount: int,
    most_uses: int,
    ends_at: datetime,
    kept: timedelta | None,
    asked: Asked,
) -> NewCode:
    """Make a code that so many users may redeem until it ends; credits are `kept` so long from then, or for good.

    Raises Refused (invalid-parameter) for one that could never be redeemed.
    """
    now = context.clock()
    if not 0 < amount <= MOST or not 0 < most_uses <= MOST or ends_at <= now:
        raise Refused("invalid-parameter", "A code gives credits, to somebody, and ends in the future.")
    text = "-".join("".join(secrets.choice(LETTERS) for _ in range(OF)) for _ in range(GROUPS))
    made = Code(id=uuid7(now), digest=_digest(context, text), amount=amount, uses=0, most_uses=most_uses)
    made.kept_days, made.ends_at, made.created_at = kept.days if kept else None, ends_at, now
    session.add(made)
    await session.flush()
    told: dict[str, Value] = {"code_id": str(made.id), "amount": amount, "count": most_uses, "reason": asked.reason}
    await audit.record(session, context, Event(Action.CREDIT_CODE_CREATED, None, asked.actor, told))
    return NewCode(made.id, text)


async def redeem(session: AsyncSession, context: Context, user_id: uuid.UUID, text: str) -> Done:
    """Grant what the code gives. Raises Refused: invalid-code (unknown, ended or used up), code-redeemed."""
    code, now = await repository.code(session, _digest(context, text)), context.clock()
    actor = Actor("user", user_id)
    if code is None:
        raise _not_good()
    key = f"code:{code.id}"
    if await repository.by_key(session, user_id, key) is not None:
        raise Refused("code-redeemed", "You have redeemed this code before.")
    if code.ends_at <= now or code.uses >= code.most_uses:
        raise _not_good()
    code.uses += 1
    await session.flush()
    kept = timedelta(days=code.kept_days) if code.kept_days is not None else None
    done = await service.grant(session, context, user_id, code.amount, Asked(key, actor), source="code", expires=kept)
    told: dict[str, Value] = {"code_id": str(code.id), "amount": code.amount}
    await audit.record(session, context, Event(Action.CREDIT_CODE_REDEEMED, user_id, actor, told))
    return done


def _digest(context: Context, text: str) -> bytes:
    """However it is typed."""
    return context.secrets.digest("credit-codes", re.sub(r"[\s-]", "", text).upper())


def _not_good() -> Refused:
    return Refused("invalid-code", "The code is unknown, has ended, or was redeemed by as many as may.")
