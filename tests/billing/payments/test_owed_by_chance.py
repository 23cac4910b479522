"""Credits that are used while their money comes and goes: when all came back, those that it pays for are left."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe import StripeClient

from accounts.errors import Refused
from accounts.jobs.worker import work
from billing.credits import checking, service
from billing.credits.service import Done
from kit.database import Database
from kit.postgres import Server
from tests.billing.books import once
from tests.billing.payments.test_by_chance import do, queue_is_nobodys
from tests.billing.payments.world import Buyer, buyer, somebody
from tests.billing.stripe_world import client, peer
from tests.databases import context, on
from tests.peers.stripe import StripePeer

__all__ = ["buyer", "client", "peer", "queue_is_nobodys"]

MONEY = st.sampled_from(("refund a part", "refund all", "dispute", "win", "lose"))
USES = st.tuples(st.sampled_from(("reserve", "spend")), st.sampled_from((1, 20, 50)))
ENDS = st.tuples(st.sampled_from(("release", "commit", "refund")), st.integers(0, 3))
LEASE = timedelta(days=1)
CANNOT = ("insufficient-credits", "conflict")
LEFT = "SELECT amount, least(amount, refunded + disputed) FROM payments WHERE user_id = %s"


class Using:
    """One buyer's credits, and what of them is set aside or spent."""

    def __init__(self, buyer: Buyer) -> None:
        self.buyer, self.held, self.spent = buyer, list[uuid.UUID](), list[uuid.UUID]()

    def call(self, function: Callable[..., Awaitable[Done]], *words: Any) -> list[uuid.UUID]:
        """The operation; none where it cannot be done."""

        async def act(database: Database) -> list[uuid.UUID]:
            async with database.transaction(self.buyer.user_id) as session:
                try:
                    return [(await function(session, context(), self.buyer.user_id, *words, once())).id]
                except Refused as refused:
                    if refused.code not in CANNOT:
                        raise
                    return []

        return on(self.buyer.server.urls.application, act)

    def use(self, what: str, number: int) -> None:
        if what == "reserve":
            self.held += self.call(service.reserve, number, LEASE)
        elif what == "spend":
            self.spent += self.call(service.spend, number)
        elif what == "refund" and self.spent:
            self.call(service.refund, self.spent[number % len(self.spent)], 1)
        elif what == "release" and self.held:
            self.call(service.release, self.held.pop(number % len(self.held)))
        elif what == "commit" and self.held:
            self.spent.append(self.held.pop(number % len(self.held)))
            self.call(service.commit, self.spent[-1], 1)

    def everything_comes_back(self) -> None:
        for held in self.held:
            self.call(service.release, held)
        for spent in self.spent:
            self.call(service.refund, spent, None)

    def faults(self) -> list[str]:
        late = context().clock() + timedelta(hours=1)
        found = on(self.buyer.server.urls.admin, lambda database: faults(database, late))
        return [each.kind for each in found if str(self.buyer.user_id) in each.detail]


async def faults(database: Database, late: Any) -> list[checking.Fault]:
    async with database.transaction() as session:
        return await checking.faults(session, late)


@pytest.mark.parametrize("examples", [10, pytest.param(500, marks=[pytest.mark.deep, pytest.mark.timeout(7_200)])])
def test_what_is_left_in_the_end_is_what_was_paid_for(
    buyer: Buyer, peer: StripePeer, client: StripeClient, postgres: Server, examples: int
) -> None:
    @settings(deadline=None, max_examples=examples, database=None, derandomize=examples < 100)
    @given(history=st.lists(MONEY | USES | ENDS, min_size=3, max_size=8))
    def holds(history: list[Any]) -> None:
        bob = somebody(postgres, peer, client)
        payment, using = bob.buy("credits-50"), Using(bob)
        for deed in history:
            if isinstance(deed, str):
                do(bob, [payment], (deed, 0))
                bob.mirror(payment)
            else:
                using.use(*deed)
        using.everything_comes_back()
        asyncio.run(work(postgres.urls.worker, context(), asyncio.Event(), once=True))
        ((amount, back),) = bob.ask(
            "SELECT amount, least(amount, refunded + disputed) FROM payments WHERE user_id = %s"
        )
        assert bob.credits == 50 - 50 * back // amount
        assert using.faults() == []

    holds()
