"""Programs on machines, asking the API for their licence."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from accounts.audit import OPERATOR
from accounts.programs import in_transaction
from billing.licences import service
from billing.licences.programs import issue
from kit.postgres import Server
from tests.billing.licences.world import Hardware, key_of
from tests.databases import context
from tests.people import new_address
from tests.serving.client import Client
from tests.waiting import until

ROOT = "/api/v1/licenses"


@dataclass(frozen=True)
class Held:
    """A licence with its key."""

    id: uuid.UUID
    key: str


def licensed(
    server: Server, policy: str = "desktop-basic", email: str | None = None, expires_at: datetime | None = None
) -> Held:
    made = issue(server.urls.admin, context(), email or new_address(), policy, expires_at)
    return Held(made.licence.id, key_of(made))


def licensed_to(server: Server, user_id: str) -> Held:
    """A licence of somebody who is there."""

    async def work(session: Any) -> Held:
        made = await service.issue(session, context(), uuid.UUID(user_id), "desktop-basic", OPERATOR)
        return Held(made.licence.id, key_of(made))

    return in_transaction(server.urls.admin, work)


def body(key: str, hardware: Hardware, **more: str) -> dict[str, str]:
    return {"license_key": key, "hardware_fingerprint": hardware.fingerprint, "app_version": "1.4.2", **more}


def ask(client: Client, door: str, key: str, hardware: Hardware, **more: str) -> httpx.Response:
    return client.post(f"{ROOT}/{door}", json=body(key, hardware, **more))


def answer(client: Client, key: str, hardware: Hardware, **more: str) -> dict[str, Any]:
    """What a validation is told."""
    told = ask(client, "validate", key, hardware, **more)
    assert told.status_code == 200, told.text
    return dict(told.json())


def soon(condition: Callable[[], bool]) -> None:
    """Wait for it, and ask no oftener than an address may."""
    until(condition, every=0.25)
