"""Stripe beside our database: the stand-in, its client, and people who pay."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from stripe import StripeClient

from accounts.context import Context
from accounts.jobs.work import Work
from accounts.mail.outbox import outbox_of
from accounts.users import service as users
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on
from tests.peers.stripe import StripePeer, stripe_peer
from tests.people import new_address


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripePeer]:
    """A stand-in of its own for each test; what is told to processes by the environment is set."""
    with stripe_peer(seed=uuid.uuid4().hex) as running:
        monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", running.key)
        monkeypatch.setenv("PAYBAND_STRIPE_API_BASE", running.url)
        yield running


@pytest.fixture
def client(peer: StripePeer) -> StripeClient:
    """The client that the product makes of its settings."""
    return client_of(BillingSettings())


def person(server: Server, email: str | None = None, **columns: Any) -> uuid.UUID:
    """Somebody with an address."""

    async def work(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            user = await users.create_user(session, context(), email or new_address())
            for name, value in columns.items():
                setattr(user, name, value)
            return user.id

    return on(server.urls.admin, work)


def work_of(database: Database, known: Context | None = None) -> Work:
    """What the worker hands to tasks that queue nothing themselves."""
    known = known or context()
    return Work(database, known, outbox_of(known.settings), None)  # type: ignore[arg-type]
