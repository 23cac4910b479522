"""Closed hours, counted from the records of usage: each once, in the transaction that ends its lease."""

import uuid
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from accounts.context import Context
from accounts.usage import service as usage
from billing.overage import repository
from billing.overage.models import OverageHour
from kit.database import Database
from kit.identifiers import uuid7

HOUR = timedelta(hours=1)
SETTLES = timedelta(minutes=10)  # after which the records of an hour are complete: they are written twice a second
AT_ONCE = 500

log = structlog.get_logger(__name__)


async def count_closed(database: Database, context: Context) -> int:
    """Write down what every closed hour came to; how many there were. A transaction an hour. For the worker's role.

    What the database refuses is told in the log and tried again the next time; it holds up no other.
    """
    before, seen, last = context.clock() - HOUR - SETTLES, 0, None
    while True:
        async with database.transaction() as session:
            due = await repository.closed(session, before, last, AT_ONCE)
        for last in due:
            try:
                await _count(database, context, *last)
            except DBAPIError:
                log.exception("overage.not_counted", user_id=str(last.user_id), hour=last.hour.isoformat())
        seen += len(due)
        if len(due) < AT_ONCE:
            return seen


async def _count(database: Database, context: Context, user_id: uuid.UUID, hour: datetime) -> None:
    async with database.transaction() as session:
        choice = await repository.choice(session, user_id)
        ended = await repository.take_lease(session, user_id, hour)
        if ended is None or choice is None:
            return
        let_in, limit = ended
        answered = await usage.answered(session, user_id, hour, hour + HOUR)
        above = max(0, min(let_in, answered - limit))
        counted = {"hour": hour, "requests_per_hour": limit, "answered": answered, "above": above}
        price = {"per_thousand": choice.per_thousand, "currency": choice.currency}
        now = context.clock()
        session.add(OverageHour(id=uuid7(now), user_id=user_id, at=now, **counted, **price))
