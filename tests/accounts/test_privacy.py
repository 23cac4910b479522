"""What is held on a person: every table says how it is handed out and how it is erased."""

from collections.abc import Iterator

import psycopg
import pytest

from accounts.privacy.holdings import EMPTIED, HOLDINGS
from accounts.users.models import User
from kit.postgres import Server


@pytest.fixture
def owner(postgres: Server) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        yield connection


def test_every_table_of_a_user_says_how_it_is_handed_out_and_erased(
    owner: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    protected = {str(name) for (name,) in owner.execute("SELECT relname FROM pg_class WHERE relrowsecurity")}
    assert sorted(protected) == sorted(holding.kept.name for holding in HOLDINGS), (
        "a table with row-level security has its entry in accounts.privacy.holdings"
    )
    left = {column.name for column in User.__table__.columns} - EMPTIED.keys()
    assert left == {"id", "created_at"}, "what an erased user's row keeps"
    for holding in HOLDINGS:
        grant = "SELECT has_table_privilege('payband_worker', %s, %s)"
        assert owner.execute(grant, [holding.name, "SELECT"]).fetchone() == (True,), holding.name
        for right in ["SELECT", *({"deleted": ["DELETE"], "emptied": ["UPDATE"]}.get(holding.erasure, []))]:
            assert owner.execute(grant, [holding.kept.name, right]).fetchone() == (True,), (holding.kept.name, right)
