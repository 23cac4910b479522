"""An operator who issues licences, people who hold them, and machines that ask."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from accounts.audit import OPERATOR
from accounts.audit import service as trail
from accounts.audit.filters import Filter
from accounts.errors import Refused
from accounts.users import service as users
from billing.licences import machines, service, validation
from billing.licences.machines import Asking, Seat
from billing.licences.service import NewLicence
from billing.licences.showing import ShownLicence
from billing.licences.validation import Reason, Verdict
from kit.database import Database
from kit.postgres import Server
from tests.databases import context
from tests.people import Watch, new_address


@dataclass(frozen=True)
class Hardware:
    """A machine, by what its four components say of themselves."""

    board: str
    disk: str
    network: str
    processor: str

    @classmethod
    def new(cls) -> "Hardware":
        return cls(*(uuid.uuid4().hex for _ in range(4)))

    @property
    def fingerprint(self) -> str:
        parts = (self.board, self.disk, self.network, self.processor)
        return ".".join(hashlib.sha256(part.encode()).hexdigest()[:32] for part in parts)

    def with_new(self, *components: str) -> "Hardware":
        return replace(self, **{name: uuid.uuid4().hex for name in components})


class World:
    """At noon, with two log-ins to one database."""

    def __init__(self, server: Server) -> None:
        self.server, self.watch = server, Watch()
        self.context = context(self.watch)
        self.operators, self.application = Database(server.urls.admin), Database(server.urls.application)

    async def close(self) -> None:
        await self.operators.close()
        await self.application.close()

    async def person(self) -> uuid.UUID:
        async with self.operators.transaction() as session:
            return (await users.create_user(session, self.context, new_address())).id

    async def issue(self, policy: str = "desktop-basic", **terms: object) -> NewLicence:
        holder = terms.pop("holder", None) or await self.person()
        async with self.operators.transaction() as session:
            return await service.issue(session, self.context, holder, policy, OPERATOR, **terms)  # type: ignore[arg-type]

    async def key(self, policy: str = "desktop-basic", **terms: object) -> str:
        return key_of(await self.issue(policy, **terms))

    async def licence(self, key: str) -> ShownLicence:
        async with self.application.transaction() as session:
            known = await validation.known(session, key)
            assert isinstance(known, validation.Known)
            found = await service.licences_of(session, self.context, known.user_id)
        return next(each for each in found if each.id == known.licence_id)

    async def turn(self, deed: Callable[..., Awaitable[object]], key: str, *more: object) -> None:
        """Something that the operator does to the licence with this key."""
        licence = await self.licence(key)
        async with self.operators.transaction() as session:
            await deed(session, self.context, licence.id, *more, OPERATOR)

    async def activate(self, key: str, hardware: Hardware, product: str | None = None) -> Seat:
        async with self.application.transaction() as session:
            return await machines.activate(session, self.context, Asking(key, hardware.fingerprint, "1.4.2", product))

    async def deactivate(self, key: str, hardware: Hardware) -> Seat:
        async with self.application.transaction() as session:
            return await machines.deactivate(session, self.context, Asking(key, hardware.fingerprint, "1.4.2"))

    async def heartbeat(self, key: str, hardware: Hardware) -> Seat:
        async with self.application.transaction() as session:
            return await machines.heartbeat(session, self.context, Asking(key, hardware.fingerprint, "1.4.3"))

    async def verdict(self, key: str, hardware: Hardware, product: str | None = None) -> Verdict:
        async with self.application.transaction() as session:
            return await validation.validate(session, self.context, key, hardware.fingerprint, product)

    async def why(self, key: str, hardware: Hardware, product: str | None = None) -> Reason | None:
        """Why the licence is not good there; None when it is."""
        return (await self.verdict(key, hardware, product)).reason

    async def actions(self, user_id: uuid.UUID) -> list[str]:
        """What the audit trail tells of somebody's licences, in the order in which it happened."""
        async with self.operators.transaction() as session:
            rows = await trail.entries(session, self.context, Filter(user_id=user_id), 100)
        found = [row.action for row in reversed(rows)]
        return [action for action in found if action.startswith(("licence.", "machine."))]


Told = Callable[[Callable[[World], Awaitable[None]]], None]


def key_of(made: NewLicence) -> str:
    assert made.key is not None
    return made.key


async def offer(world: World, key: str) -> str:
    licence = await world.licence(key)
    async with world.application.transaction(licence.user_id) as session:
        return await service.offer(session, world.context, licence.user_id, licence.id)


async def take(world: World, user_id: uuid.UUID, code: str) -> NewLicence:
    async with world.application.transaction(user_id) as session:
        return await service.take(session, world.context, user_id, code)


async def refused(awaited: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refusal:
        await awaited
    return refusal.value.code


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
