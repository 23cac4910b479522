"""What becomes of Clerk's events in the worker, in whatever order they come; on a real PostgreSQL."""

import asyncio
import uuid
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete

from accounts.context import Context
from accounts.jobs.worker import work
from accounts.providers.models import ProviderIdentity
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of
from accounts.vault import service as vault
from kit.database import Database
from kit.postgres import Server
from tests.databases import SECRETS, on
from tests.serving.clerk import Person, client, configured, send
from tests.serving.client import Client

__all__ = ["client", "configured"]


class Clerk:
    """Tells us of people, and has the worker apply what it told."""

    def __init__(self, client: Client, context: Context, server: Server) -> None:
        self.client, self._context, self._server = client, context, server

    def tells(self, *events: dict[str, Any]) -> list[str]:
        """Send them in this order; gives what became of each."""
        for event in events:
            answer = send(self.client, event)
            assert (answer.status_code, answer.json()) == (202, {"received": "new"})
        self.apply()
        with psycopg.connect(self._server.urls.owner) as connection:
            query = "SELECT outcome FROM provider_events ORDER BY received_at DESC LIMIT %s"
            return [row[0] for row in connection.execute(query, [len(events)])][::-1]

    def apply(self) -> None:
        """Do what waits."""
        asyncio.run(work(self._server.urls.worker, self._context, asyncio.Event(), once=True))


@pytest.fixture
def clerk(client: Client, configured: tuple[Client, Context], postgres: Server) -> Clerk:
    return Clerk(client, configured[1], postgres)


def user_of(server: Server, address: str) -> dict[str, Any] | None:
    async def look(database: Database) -> dict[str, Any] | None:
        async with database.transaction() as session:
            user = await users_repository.by_email(session, digest_of(SECRETS, address))
            if user is None:
                return None
            person = await vault.key_of(session, SECRETS, user.id)
            name = None if user.name_sealed is None else person.open(users.NAME, user.name_sealed)
            return {"id": user.id, "status": user.status, "name": name, "verified": user.email_verified_at is not None}

    return on(server.urls.admin, look)


@pytest.mark.parametrize("names", ["svix", "webhook"])
def test_an_event_is_taken_and_applied_in_a_job(clerk: Clerk, postgres: Server, names: str) -> None:
    ann = Person()
    answer = send(clerk.client, ann.event("user.created"), names=names)
    assert (answer.status_code, answer.json()) == (202, {"received": "new"})
    assert user_of(postgres, ann.email) is None
    with psycopg.connect(postgres.urls.owner) as connection:
        query = "SELECT row_to_json(e)::text || j.args::text FROM provider_events e, procrastinate.procrastinate_jobs j"
        kept = " ".join(row[0] for row in connection.execute(query))
    assert kept
    assert ann.email not in kept
    assert ann.id not in kept
    clerk.apply()
    made = user_of(postgres, ann.email)
    assert made is not None
    assert (made["status"], made["name"], made["verified"]) == ("active", "Ann Example", True)
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT FROM provider_events WHERE told_sealed IS NOT NULL").fetchone() is None


def test_an_event_that_comes_twice_counts_once(client: Client, postgres: Server) -> None:
    ann, event_id = Person(), f"msg_{uuid.uuid4().hex}"
    assert send(client, ann.event("user.created"), event_id).json() == {"received": "new"}
    assert send(client, ann.event("user.created"), event_id).json() == {"received": "known"}
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate.procrastinate_jobs").fetchone() == (1,)


def test_the_newest_wins_whatever_the_order_of_arrival(clerk: Clerk, postgres: Server) -> None:
    ann = Person()
    first = ann.event("user.created", 0)
    old = ann.moves()
    newest = ann.event("user.updated", 20, first_name="Anna")
    between = ann.event("user.updated", 10, first_name="Wrong")
    assert clerk.tells(newest, first, between) == ["created", "stale", "stale"]
    made = user_of(postgres, ann.email)
    assert made is not None
    assert made["name"] == "Anna Example"
    assert user_of(postgres, old) is None


def test_an_address_is_changed_by_a_newer_event(clerk: Clerk, postgres: Server) -> None:
    ann = Person()
    clerk.tells(ann.event("user.created", 0))
    before = user_of(postgres, ann.email)
    old = ann.moves()
    clerk.tells(ann.event("user.updated", 5, verified=False))
    assert user_of(postgres, ann.email) is None, "an address that nobody verified is not taken over"
    clerk.tells(ann.event("user.updated", 6))
    after = user_of(postgres, ann.email)
    assert before is not None
    assert after is not None
    assert before["id"] == after["id"]
    assert user_of(postgres, old) is None


def test_an_address_that_another_has_stays_theirs(clerk: Clerk, postgres: Server) -> None:
    ann, bob = Person(), Person()
    clerk.tells(ann.event("user.created", 0), bob.event("user.created", 0))
    owner = user_of(postgres, ann.email)
    assert owner is not None
    bob.email = ann.email
    assert clerk.tells(bob.event("user.updated", 5)) == ["clash"]
    assert user_of(postgres, ann.email) == owner


def test_who_was_deleted_does_not_come_back_by_what_arrives_late(clerk: Clerk, postgres: Server) -> None:
    ann = Person()
    assert clerk.tells(ann.event("user.created", 0)) == ["created"]
    assert clerk.tells(ann.event("user.deleted"), ann.event("user.updated", 30)) == ["leaving", "buried"]
    left = user_of(postgres, ann.email)
    assert left is not None
    assert left["status"] == "leaving"
    with psycopg.connect(postgres.urls.worker) as connection:
        query = "SELECT status FROM deletions WHERE user_id = %s"
        assert connection.execute(query, [left["id"]]).fetchone() == ("waiting",)


def test_a_deletion_that_comes_first_is_remembered(clerk: Clerk, postgres: Server) -> None:
    ann = Person()
    assert clerk.tells(ann.event("user.deleted"), ann.event("user.created", 0)) == ["buried", "buried"]
    assert user_of(postgres, ann.email) is None


def test_an_erased_user_leaves_a_tombstone(clerk: Clerk, postgres: Server) -> None:
    ann = Person()
    clerk.tells(ann.event("user.created", 0))

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            user = await users_repository.by_email(session, digest_of(SECRETS, ann.email))
            assert user is not None
            await session.execute(delete(ProviderIdentity).where(ProviderIdentity.user_id == user.id))
            user.email_digest = user.email_sealed = None

    on(postgres.urls.worker, erase)
    assert clerk.tells(ann.event("user.updated", 60)) == ["buried"]
    assert user_of(postgres, ann.email) is None
