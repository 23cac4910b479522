"""Ask for whose a provider's token is, as the doors do, with a provider over real HTTP."""

import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from accounts.context import Context
from accounts.identities.prover import Found
from accounts.identity import Caller
from accounts.providers.prover import ProviderProver
from accounts.settings import AccountSettings
from kit.database import Database
from kit.postgres import Server
from tests.databases import SECRETS, on
from tests.peers.oidc import Peer, Who, oidc_peer
from tests.peers.oidc.provider import AUDIENCE

Running = tuple[Peer, Counter[str]]


@pytest.fixture
def running() -> Iterator[Running]:
    with oidc_peer() as peer:
        peer[0].who = Who(f"user_{uuid.uuid4().hex}", f"{uuid.uuid4().hex}@example.org", name="Ann")
        yield peer


def told(folder: Path, issuer: str, **more: Any) -> Context:
    file = folder / "providers.yaml"
    clerk = {"issuer": issuer, "audience": [AUDIENCE], "trusts_email": True, **more}
    file.write_text(yaml.safe_dump({"clerk": {name: value for name, value in clerk.items() if value is not None}}))
    return Context(SECRETS, AccountSettings(providers=file))


class Door:
    """Asks a prover as the doors do."""

    def __init__(self, database: Database, context: Context) -> None:
        self._database, self._prover = database, ProviderProver(context, database)

    async def verify(self, token: str) -> Found:
        await self._prover.prepare(token)
        claim = self._prover.read(token)
        if claim is None:
            return None
        async with self._database.transaction() as session:
            return (await self._prover.look_up(session, [claim]))[0]


NOWHERE = Database("postgresql://nobody:x@127.0.0.1:1/none")  # whatever asks it fails


def asked(server: Server, context: Context, ask: Callable[[Door], Awaitable[Any]]) -> Any:
    return on(server.urls.application, lambda database: ask(Door(database, context)))


def found(server: Server, context: Context, token: str) -> Found:
    answer: Found = asked(server, context, lambda door: door.verify(token))
    return answer


def holder_of(server: Server, context: Context, token: str) -> Caller | None:
    answer = found(server, context, token)
    assert answer is None or isinstance(answer, Caller)
    return answer
