"""The served application, and at BARE a door of a bare application that inserts one row: for bench.webhooks."""

import uuid
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from kit.database import Database
from kit.settings import read
from serving import worker
from serving.settings import ServingSettings

BARE, TABLE = "/bare", "bare"


def app() -> Any:
    """One process with both."""
    served: FastAPI = worker.app()
    urls, bare = read(ServingSettings).urls(), FastAPI()
    assert urls is not None
    database, statement = Database(urls.application), text(f"INSERT INTO {TABLE} VALUES (:id, 1)")

    @bare.post(BARE)
    async def insert() -> dict[str, bool]:
        async with database.transaction() as session:
            await session.execute(statement, {"id": uuid.uuid4()})
        return {}

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == BARE else served)(scope, receive, send)

    return either
