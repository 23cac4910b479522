"""`payband credits` on a real database: balances, gifts, codes, and books that are verified."""

import asyncio
import json
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from accounts.jobs.worker import work
from accounts.programs import create_key
from accounts.users import repository as users
from accounts.users.addresses import digest_of
from billing.credits import codes, service
from cli.main import payband
from kit.clock import system_clock
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from kit.settings import variables
from tests.billing.books import once, somebody
from tests.databases import SECRET_KEY, context, on, postgres

__all__ = ["postgres"]


def run(postgres: Server, store: Path, *words: str) -> Result:
    return invoke(postgres, store, "credits", *words)


def invoke(postgres: Server, store: Path, *words: str) -> Result:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(store), "PAYBAND_SECRET_KEY": key}
    return CliRunner(env=environment).invoke(payband, words)


def test_an_operator_gives_credits_once_for_a_key(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    create_key(postgres.urls.admin, context(), email, "laptop")
    assert "0 available" in run(postgres, tmp_path, "balance", email).output
    for _ in range(2):
        words = ("grant", email, "50", "--days", "90", "--reason", "ticket 4711", "--key", "4711")
        done = run(postgres, tmp_path, *words)
        assert done.exit_code == 0, done.output
        assert "50 available" in done.output
    run(postgres, tmp_path, "grant", email, "5", "--reason", "ticket 4712")
    told = run(postgres, tmp_path, "balance", email).stdout.splitlines()
    assert told[0] == "55 available, 0 reserved"
    assert [line.split()[:2] for line in told[1:]] == [["50", "operator"], ["5", "operator"]]
    found = json.loads(run(postgres, tmp_path, "balance", email, "--json").stdout)
    assert found["available"] == 55
    assert found["expiring_next"]["amount"] == 50
    for amount in ("-5", "0"):
        refused = run(postgres, tmp_path, "grant", email, amount, "--reason", "ticket 4713")
        assert isinstance(refused.exception, BadInput), refused.output
        assert "between 1 and" in str(refused.exception)
    nobody = run(postgres, tmp_path, "grant", "nobody@example.org", "1", "--reason", "none")
    assert isinstance(nobody.exception, BadInput)


def test_an_operator_gives_back_what_was_spent_and_never_more(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    create_key(postgres.urls.admin, context(), email, "laptop")
    run(postgres, tmp_path, "grant", email, "10", "--reason", "ticket 4711")

    async def use(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            user = await users.by_email(session, digest_of(context().secrets, email))
            assert user is not None
            held = await service.reserve(session, context(), user.id, 6, timedelta(minutes=5), once())
            await service.commit(session, context(), user.id, held.id, 5, once())
            return user.id

    user_id = on(postgres.urls.worker, use)
    told = run(postgres, tmp_path, "history", email).stdout.splitlines()
    assert [line.split()[3:5] for line in told] == [["commit", "+1"], ["reserve", "-6"], ["grant", "+10"]]
    spend = told[0].split()[-1]
    for _ in range(2):
        words = ("refund", email, spend, "--amount", "3", "--reason", "ticket 4712", "--key", "4712")
        assert "3 credits given back, 8 available" in run(postgres, tmp_path, *words).output
    rest = run(postgres, tmp_path, "refund", email, spend, "--reason", "all")
    assert "2 credits given back, 10 available" in rest.output
    for operation, why in ((spend, "0 credits of"), (str(uuid.uuid4()), "Nothing was spent by")):
        refused = run(postgres, tmp_path, "refund", email, operation, "--reason", "more")
        assert why in str(refused.exception)
    found = json.loads(run(postgres, tmp_path, "history", email, "--limit", "2", "--json").stdout)["operations"]
    assert [(each["kind"], each["change"], each["because"]) for each in found] == [
        ("refund", 2, "operator"),
        ("refund", 3, "operator"),
    ]
    assert "and the books are in balance" in run(postgres, tmp_path, "verify").output
    of_user = ("audit", "list", "--user", str(user_id), "--action", "credits.adjusted", "--json")
    trail = json.loads(invoke(postgres, tmp_path, *of_user).stdout)["entries"]
    assert [(each["facts"]["amount"], each["detail"]["reason"]) for each in trail] == [(2, "all"), (3, "ticket 4712")]


def test_a_code_is_printed_once_and_can_be_redeemed(postgres: Server, tmp_path: Path) -> None:
    made = run(postgres, tmp_path, "code", "create", "20", "--uses", "1", "--days", "9", "--reason", "spring fair")
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    assert re.fullmatch(r"([2-9A-HJ-NP-Z]{5}-){3}[2-9A-HJ-NP-Z]{5}", text)
    user_id = somebody(postgres)

    async def redeem(database: Database) -> int:
        async with database.transaction(user_id) as session:
            return (await codes.redeem(session, context(), user_id, text.lower().replace("-", " "))).available

    assert on(postgres.urls.application, redeem) == 20
    less = run(postgres, tmp_path, "code", "create", "-20", "--reason", "spring fair")
    assert "A code gives credits" in str(less.exception)
    past = run(postgres, tmp_path, "code", "create", "20", "--ends", "2020-01-01", "--reason", "spring fair")
    assert isinstance(past.exception, BadInput)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_books_that_nobody_settles_are_a_fault_until_the_worker_has(postgres: Server, tmp_path: Path) -> None:
    user_id, before = somebody(postgres), context(lambda: system_clock() - timedelta(hours=2))

    async def reserve(database: Database) -> None:
        async with database.transaction(user_id) as session:
            await service.grant(session, before, user_id, 5, once(), source="pack")
            await service.reserve(session, before, user_id, 3, timedelta(hours=1), once())

    on(postgres.urls.application, reserve)
    found = run(postgres, tmp_path, "verify")
    assert found.exit_code == 1
    assert "a reservation that outlived its lease" in found.output
    told = json.loads(run(postgres, tmp_path, "verify", "--json").stdout)
    assert [fault["kind"] for fault in told["faults"]] == ["a reservation that outlived its lease"]

    async def settle(database: Database) -> None:
        from accounts.jobs import service as jobs

        async with database.transaction() as session:
            await jobs.defer(session, "credits.settle")

    on(postgres.urls.worker, settle)
    asyncio.run(work(postgres.urls.worker, context(), asyncio.Event(), once=True))
    after = run(postgres, tmp_path, "verify")
    assert after.exit_code == 0, after.output
    assert "the books are in balance" in after.output
