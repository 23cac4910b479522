"""One user's credits, for tests that spend them."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from billing.credits import reading, service
from billing.credits.reading import Balance
from billing.credits.service import Asked, Done
from kit.database import Database
from kit.postgres import Server
from tests.billing.books import kinds, once, somebody
from tests.databases import context, on
from tests.people import Watch

Result = TypeVar("Result")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Purse:
    """One user's credits at a time that is set by hand."""

    def __init__(self, server: Server) -> None:
        self.server, self.watch, self.user_id = server, Watch(), somebody(server)
        self.context: Context = context(self.watch)

    def do(self, act: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """In a transaction of the user's, as the application makes them."""

        async def work(database: Database) -> Result:
            async with database.transaction(self.user_id) as session:
                return await act(session)

        return on(self.server.urls.application, work)

    def grant(self, amount: int, days: float | None = None, asked: Asked | None = None, priority: int = 50) -> Done:
        until = None if days is None else self.watch.now + days * DAY
        asked = asked or once()
        return self.do(
            lambda session: service.grant(
                session, self.context, self.user_id, amount, asked, source="pack", priority=priority, expires=until
            )
        )

    def spend(self, amount: int, asked: Asked | None = None) -> Done:
        return self.do(lambda session: service.spend(session, self.context, self.user_id, amount, asked or once()))

    def reserve(self, amount: int, lease: timedelta = HOUR, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.reserve(session, self.context, self.user_id, amount, lease, asked))

    def commit(self, held: uuid.UUID, amount: int, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.commit(session, self.context, self.user_id, held, amount, asked))

    def release(self, held: uuid.UUID, asked: Asked | None = None) -> Done:
        return self.do(lambda session: service.release(session, self.context, self.user_id, held, asked or once()))

    def refund(self, spent: uuid.UUID, amount: int | None = None, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.refund(session, self.context, self.user_id, spent, amount, asked))

    def adjust(self, amount: int) -> Done:
        return self.do(lambda session: service.adjust(session, self.context, self.user_id, amount, once()))

    def settle(self) -> int:
        return self.do(lambda session: service.settle(session, self.context, self.user_id))

    def balance(self) -> Balance:
        return self.do(lambda session: reading.balance(session, self.context, self.user_id))

    def has(self) -> tuple[int, int]:
        found = self.balance()
        return found.available, found.reserved

    def remains(self) -> list[int]:
        return [lot.remains for lot in self.balance().lots]

    def kinds(self) -> list[str]:
        return kinds(self.server, self.user_id)


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code
