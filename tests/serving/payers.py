"""People with credits, who ask the application."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.keys.rights import EVERYTHING, Rights
from accounts.programs import create_key
from billing.credits import service
from billing.credits.service import Asked
from billing.plans import PlanName
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on
from tests.serving.client import Client


class Person:
    """A user with a key that has every scope."""

    def __init__(self, anonymous: Client, postgres: Server, plan: PlanName = "free") -> None:
        self.anonymous, self.server, self.email = anonymous, postgres, f"{uuid.uuid4().hex}@example.org"
        self.client = self.with_key(EVERYTHING, plan)
        self.user_id = uuid.UUID(self.client.get("/api/v1/users/me").json()["id"])

    def with_key(self, rights: Rights, plan: PlanName = "free") -> Client:
        """The same person, by another key."""
        key = create_key(self.server.urls.admin, context(), self.email, "tests", rights, plan=plan)
        return self.anonymous.with_headers(**{"X-API-Key": key})

    def give(self, amount: int, days: int | None = None) -> None:
        until = None if days is None else datetime.now(UTC) + timedelta(days=days)

        async def work(database: Database) -> None:
            async with database.transaction(self.user_id) as session:
                asked = Asked(f"test:{uuid.uuid4()}")
                await service.grant(session, context(), self.user_id, amount, asked, source="pack", expires=until)

        on(self.server.urls.application, work)

    @property
    def available(self) -> int:
        """What can be spent; nothing is reserved when nothing is under way."""
        told: dict[str, Any] = self.client.get("/api/v1/credits/balance").json()
        assert told["reserved"] == 0
        return int(told["available"])

    @property
    def kinds(self) -> list[str]:
        """What was done with their credits, oldest first."""
        operations = self.client.get("/api/v1/credits/history").json()["operations"]
        return [each["kind"] for each in operations][::-1]
