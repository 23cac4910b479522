"""`payband admin` on a real database: roles, plans and suspensions by an operator, with a reason."""

import uuid
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from accounts.programs import create_admin, create_key
from cli.main import payband
from kit.errors import BadInput
from kit.postgres import Server
from kit.settings import variables
from tests.databases import SECRET_KEY, context, postgres

__all__ = ["postgres"]


def run(postgres: Server, store: Path, *words: str) -> Result:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(store), "PAYBAND_SECRET_KEY": key}
    return CliRunner(env=environment).invoke(payband, ["admin", *words])


def state(postgres: Server, email: str) -> tuple[object, ...] | None:
    with psycopg.connect(postgres.urls.admin) as connection:
        query = "SELECT role, plan, status FROM users WHERE email_digest = %s"
        return connection.execute(query, [context().secrets.digest("email", email)]).fetchone()


def test_an_operator_gives_roles_and_plans_and_suspends(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    create_key(postgres.urls.admin, context(), email, "laptop")
    why = ("--reason", "ticket 4711")
    for words, after in (
        (("role", email, "analyst"), ("analyst", "free", "active")),
        (("plan", email, "professional"), ("analyst", "professional", "active")),
        (("suspend", email), ("analyst", "professional", "suspended")),
        (("reinstate", email), ("analyst", "professional", "active")),
    ):
        done = run(postgres, tmp_path, *words, *why)
        assert done.exit_code == 0, done.output
        assert state(postgres, email) == after
    with psycopg.connect(postgres.urls.admin) as connection:
        query = "SELECT action FROM audit_log WHERE actor_kind = 'operator' ORDER BY seq DESC LIMIT 4"
        told = [action for (action,) in connection.execute(query)]
    assert told == ["user.reinstated", "user.suspended", "plan.changed", "role.changed"]


def test_what_cannot_be_done_says_why(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    create_admin(postgres.urls.admin, context(), email)
    assert run(postgres, tmp_path, "suspend", email).exit_code == 2  # without a reason
    for words, said in (
        (("reinstate", email), "only a suspended one"),
        (("suspend", "nobody@example.org"), "nobody has this address"),
    ):
        done = run(postgres, tmp_path, *words, "--reason", "ticket 4711")
        with pytest.raises(BadInput, match=said):
            raise done.exception or AssertionError(done.output)
