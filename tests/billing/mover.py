"""What moves a user's credits in processes of its own, several at once, some killed: see test_books_under_load."""

import asyncio
import random
import sys
import uuid
from collections import Counter
from datetime import timedelta

from accounts.errors import Refused
from billing.credits import service
from billing.credits.service import Asked
from kit.database import Database
from tests.databases import context, on

LEASE = timedelta(seconds=2)
AT_ONCE = 8


async def spend(database: Database, user_id: uuid.UUID, times: int) -> None:
    """Spend one credit so often, some at the same time; print how often it was done and refused."""
    told, turns = Counter[str](), asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with turns:
            try:
                async with database.transaction(user_id) as session:
                    await service.spend(session, context(), user_id, 1, Asked(f"test:{uuid.uuid4()}"))
                told["done"] += 1
            except Refused as refused:
                told[refused.code] += 1

    await asyncio.gather(*(one() for _ in range(times)))
    print("\n".join(told.elements()))


def price(job: int) -> int:
    return job % 7 + 1


async def work(database: Database, user_id: uuid.UUID, job: int, chance: random.Random) -> None:
    """Reserve for a job, then commit or release; what was reserved before and has lapsed is reserved anew."""
    attempt = 0
    while True:
        try:
            async with database.transaction(user_id) as session:
                asked = Asked(f"job:{job}:reserve:{attempt}")
                held = await service.reserve(session, context(), user_id, price(job) + 2, LEASE, asked)
            await asyncio.sleep(chance.uniform(0, 0.02))
            async with database.transaction(user_id) as session:
                if job % 4 == 0:
                    await service.release(session, context(), user_id, held.id, Asked(f"job:{job}:drop:{attempt}"))
                else:
                    asked = Asked(f"job:{job}:done")
                    await service.commit(session, context(), user_id, held.id, price(job), asked)
            return
        except Refused as refused:
            if refused.code == "operation-key-reused":
                return  # somebody else has committed it, of another reservation
            if refused.code != "reservation-over":
                raise
            attempt += 1


def work_through(url: str, user_id: uuid.UUID, jobs: int, seed: float) -> None:
    """Do all jobs, in an order of one's own: what another process of them has done is not done again."""

    async def each(database: Database) -> None:
        chance = random.Random(seed)
        for job in chance.sample(range(jobs), jobs):
            await work(database, user_id, job, chance)

    on(url, each)


if __name__ == "__main__":
    on(sys.argv[1], lambda database: spend(database, uuid.UUID(sys.argv[2]), int(sys.argv[3])))
