"""Closed hours, counted from the records of usage: each once, in the transaction that ends its lease."""

import uuid
from datetime import datetime, timedelta

from accounts.context import Context
from accounts.usage import service as usage
from billing.overage import repository
from billing.overage.models import OverageHour
from kit.database import Database
from kit.identifiers import uuid7

HOUR = timedelta(hours=1)
SETTLES = timedelta(minutes=10)  # after which the records of an hour are complete: they are written twice a second
AT_ONCE = 500


async def count_closed(database: Database, context: Context) -> int:
    """Write down what every closed hour came to; how many there were. A transaction an hour. For the worker's role."""
    done = 0
    while True:
        async with database.transaction() as session:
            due = await repository.closed(session, context.clock() - HOUR - SETTLES, AT_ONCE)
        for user_id, hour in due:
            await _count(database, context, user_id, hour)
        done += len(due)
        if len(due) < AT_ONCE:
            return done


async def _count(database: Database, context: Context, user_id: uuid.UUID, hour: datetime) -> None:
    async with database.transaction() as session:
        choice = await repository.choice(session, user_id)
        ended = await repository.take_lease(session, user_id, hour)
        if ended is None or choice is None:
            return
        let_in, limit = ended
        answered = await usage.answered(session, user_id, hour, hour + HOUR)
        above = min(let_in, max(0, answered - limit))
        counted = {"hour": hour, "requests_per_hour": limit, "answered": answered, "above": above}
        price = {"per_thousand": choice.per_thousand, "currency": choice.currency}
        now = context.clock()
        session.add(OverageHour(id=uuid7(now), user_id=user_id, at=now, **counted, **price))
