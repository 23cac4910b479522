"""What `payband credits verify` finds when somebody who may do anything has changed the books."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from billing.credits import checking
from kit.database import Database
from kit.postgres import Server
from tests.billing.test_credits import HOUR, Purse
from tests.databases import on

TABLES = ("credit_lots", "credit_operations", "credit_entries")
LAST = "(SELECT id FROM credit_operations WHERE user_id = '{user}' AND kind = '{kind}')"


class Undone(Exception):
    """Nothing of it is to stay."""


def kinds_of_faults(server: Server, *changes: str) -> set[str]:
    """What is found wrong after the owner has put the database's own checks aside and changed something."""
    found: set[str] = set()

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            for table in TABLES:
                await session.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for change in changes:
                await session.execute(text(change))
            found.update(fault.kind for fault in await checking.faults(session, datetime(2026, 1, 1, tzinfo=UTC)))
            raise Undone

    with pytest.raises(Undone):
        on(server.urls.owner, work)
    return found


def test_what_was_changed_is_found(postgres: Server) -> None:
    purse = Purse(postgres)
    purse.grant(9, 1)
    held, spent = purse.reserve(4), purse.spend(2)
    purse.commit(held.id, 3)
    purse.refund(spent.id, 1)
    assert kinds_of_faults(postgres) == set()

    def of(kind: str) -> str:
        return LAST.format(user=purse.user_id, kind=kind)

    unbalanced, lot = "an operation that does not sum to zero", "a lot that is not what its entries say"
    balance = "a balance that is not what the entries say"
    ended = "a reservation that ended twice, too late, or with something left"
    amount = "UPDATE credit_entries SET amount = amount + 1 WHERE operation_id = {} AND account = '{}'"
    for change, wrong in (
        (amount.format(of("grant"), "issued"), {unbalanced}),
        (amount.format(of("grant"), "available"), {unbalanced, lot, balance}),
        (amount.format(of("commit"), "reserved"), {unbalanced, balance, ended}),
        (f"DELETE FROM credit_entries WHERE operation_id = {of('refund')}", {unbalanced, balance}),
        (f"UPDATE credit_operations SET available = 100 WHERE id = {of('spend')}", {balance}),
        (f"UPDATE credit_operations SET seq = 17 WHERE id = {of('spend')}", {balance}),
        (f"UPDATE credit_operations SET at = at + interval '2 hours' WHERE id = {of('commit')}", {ended}),
        (f"UPDATE credit_operations SET amount = 3 WHERE id = {of('refund')}", {"a refund of more than was spent"}),
        (
            f"UPDATE credit_lots SET expires_at = '2025-01-01' WHERE user_id = '{purse.user_id}'",
            {"a lot that outlived its end"},
        ),
    ):
        assert kinds_of_faults(postgres, change) == wrong, change


def test_a_reservation_that_nobody_releases_is_found(postgres: Server) -> None:
    purse = Purse(postgres)
    purse.watch.now = datetime(2025, 5, 1, 12, tzinfo=UTC)
    purse.grant(2)
    purse.reserve(1)
    assert kinds_of_faults(postgres) == {"a reservation that outlived its lease"}
    purse.watch.now += HOUR
    assert purse.settle() == 1
    assert kinds_of_faults(postgres) == set()
