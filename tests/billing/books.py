"""People with credits, and what the books say of them."""

import uuid

import psycopg

from accounts.users import service as users
from billing.credits.service import Asked
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on
from tests.people import new_address


def somebody(server: Server) -> uuid.UUID:
    """A new user, without credits."""

    async def work(database: Database) -> uuid.UUID:
        async with database.transaction() as session:
            return (await users.create_user(session, context(), new_address())).id

    return on(server.urls.application, work)


def once(key: str = "") -> Asked:
    """A wish under this key, or one of its own."""
    return Asked(key or f"test:{uuid.uuid4()}")


def kinds(server: Server, user_id: uuid.UUID) -> list[str]:
    """What was done with the user's credits, in its order."""
    with psycopg.connect(server.urls.admin) as connection:
        query = "SELECT kind FROM credit_operations WHERE user_id = %s ORDER BY seq"
        return [kind for (kind,) in connection.execute(query, [user_id]).fetchall()]
