"""What the database itself refuses to have in the books, whoever writes it."""

import uuid

import psycopg
import pytest

from kit.postgres import Server
from tests.billing.purse import Purse

OPERATION = """
    INSERT INTO credit_operations
        (id, user_id, seq, key, content, kind, amount, available, reserved, actor_kind, at)
    VALUES (gen_random_uuid(), %(user)s, %(seq)s, gen_random_uuid()::text, '', 'grant', 5, %(available)s, 0, 'x', now())
    RETURNING id
"""
ENTRIES = "INSERT INTO credit_entries (operation_id, line, user_id, account, amount, lot_id, seq, remains) VALUES "
ENTRY = "(%s, %s, %s, %s, %s, %s, %s, %s)"


def forged(server: Server, user_id: uuid.UUID, seq: int, available: int, *entries: tuple[object, ...]) -> None:
    """Write an operation past the service, in the application's role."""
    with psycopg.connect(server.urls.application) as connection:
        connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(user_id)])
        made = connection.execute(OPERATION, {"user": user_id, "seq": seq, "available": available}).fetchone()
        assert made is not None
        told = [each for line, entry in enumerate(entries) for each in (made[0], line, user_id, *entry)]
        if entries:
            connection.execute(ENTRIES + ", ".join([ENTRY] * len(entries)), told)  # type: ignore[arg-type]
        connection.commit()


def test_the_database_refuses_what_is_not_in_balance(postgres: Server, purse: Purse) -> None:
    purse.grant(5)
    lot = purse.balance().lots[0].id
    none = (None, None, None)
    wrong: tuple[tuple[int, int, tuple[tuple[object, ...], ...]], ...] = (
        (2, 5, ()),
        (2, 10, (("available", 5, lot, 2, 10),)),
        (2, 10, (("issued", -4, *none), ("available", 5, lot, 2, 10))),
        (2, 11, (("issued", -5, *none), ("available", 5, lot, 2, 10))),
        (2, 10, (("issued", -5, *none), ("available", 5, lot, 2, 11))),
        (2, 10, (("issued", -5, *none), ("available", 5, lot, 3, 10))),
        (3, 10, (("issued", -5, *none), ("available", 5, lot, 2, 10))),
        (2, 10, (("issued", -5, *none), ("available", 5, *none))),
        (2, -1, (("issued", 6, *none), ("available", -6, lot, 2, -1))),
    )
    for seq, available, entries in wrong:
        with pytest.raises(psycopg.errors.CheckViolation):
            forged(postgres, purse.user_id, seq, available, *entries)
    forged(postgres, purse.user_id, 2, 10, ("issued", -5, *none), ("available", 5, lot, 2, 10))
    assert purse.has() == (10, 0)


def test_nothing_is_added_to_an_operation_afterwards(postgres: Server, purse: Purse) -> None:
    given = purse.grant(5)
    late = [given.id, 9, purse.user_id, "spent", 1, None, None, None]
    with psycopg.connect(postgres.urls.worker) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(ENTRIES + ENTRY, late)


@pytest.mark.parametrize("role", ["application", "worker", "admin"])
@pytest.mark.parametrize("table", ["credit_lots", "credit_operations", "credit_entries"])
def test_no_role_changes_or_deletes_what_is_written(postgres: Server, role: str, table: str) -> None:
    for statement in (f"UPDATE {table} SET user_id = user_id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with (
            psycopg.connect(getattr(postgres.urls, role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)  # type: ignore[arg-type]
