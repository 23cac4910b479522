"""Clerk as a sender of webhooks: somebody there, what it tells of them, and an application that takes it."""

import base64
import json
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml
from standardwebhooks import Webhook

from accounts.context import Context, context_of
from kit.postgres import Server
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses
from tests.serving.client import Client, serving

DOOR = "/api/v1/webhooks/clerk"
SECRET = "whsec_" + base64.b64encode(os.urandom(24)).decode()
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def configured(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Context]]:
    folder: Path = tmp_path_factory.mktemp("clerk")
    file = folder / "providers.yaml"
    clerk = {"issuer": "https://clerk.example", "webhook_secret": "PAYBAND_TEST_WEBHOOK", "trusts_email": True}
    file.write_text(yaml.safe_dump({"clerk": clerk}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYBAND_TEST_WEBHOOK", SECRET)
        settings = ServingSettings(store=folder, secret_key=SECRET_KEY, providers=file, **addresses(postgres.urls))
        with serving(create_app(settings)) as client:
            yield client, context_of(settings)


@pytest.fixture
def client(configured: tuple[Client, Context], postgres: Server) -> Client:
    with psycopg.connect(postgres.urls.owner) as connection:
        connection.execute("DELETE FROM procrastinate.procrastinate_jobs")
        connection.execute("DELETE FROM provider_events")
    return configured[0]


class Person:
    """Somebody at Clerk, as its events tell of them."""

    def __init__(self) -> None:
        self.id = f"user_{uuid.uuid4().hex}"
        self.email = f"{uuid.uuid4().hex}@example.org"

    def moves(self) -> str:
        """Have another address from now on; gives the one before."""
        before, self.email = self.email, f"{uuid.uuid4().hex}@example.org"
        return before

    def event(self, kind: str, minute: int = 0, *, verified: bool = True, **data: Any) -> dict[str, Any]:
        if kind == "user.deleted":
            return {"type": kind, "object": "event", "data": {"id": self.id, "deleted": True, "object": "user"}}
        at = int((NOON + timedelta(minutes=minute)).timestamp() * 1000)
        address = {"id": "idn_1", "email_address": self.email, "object": "email_address"}
        address["verification"] = {"status": "verified" if verified else "unverified", "strategy": "email_code"}  # type: ignore[assignment]
        told = {"id": self.id, "object": "user", "updated_at": at, "primary_email_address_id": "idn_1"}
        told |= {"email_addresses": [address], "first_name": "Ann", "last_name": "Example", "public_metadata": {}}
        return {"type": kind, "object": "event", "timestamp": at, "data": {**told, **data}}


def signed(
    body: bytes, event_id: str | None = None, *, names: str = "svix", at: datetime | None = None
) -> dict[str, str]:
    event_id, moment = event_id or f"msg_{uuid.uuid4().hex}", at or datetime.now(UTC)
    signature = Webhook(SECRET).sign(event_id, moment, body.decode())
    told = {"id": event_id, "timestamp": str(int(moment.timestamp())), "signature": signature}
    return {f"{names}-{name}": value for name, value in told.items()}


def send(client: Client, event: dict[str, Any], event_id: str | None = None, names: str = "svix") -> httpx.Response:
    body = json.dumps(event).encode()
    return client.post(DOOR, content=body, headers=signed(body, event_id, names=names))
