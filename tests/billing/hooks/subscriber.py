"""Somebody who is told what happens, and the worker that tells them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from accounts.context import Context
from accounts.jobs.work import Work
from billing.hooks import service, tasks
from billing.hooks.models import HookDelivery
from billing.hooks.service import ShownHook
from billing.settings import BillingSettings
from kit.database import Database
from kit.settings import read
from tests.billing.hooks.receiver import Receiver
from tests.people import Watch, new_address, person

RELEASE = "release.published"


class Subscriber:
    """Somebody with a webhook endpoint, and the worker that sends to it."""

    def __init__(self, application: Database, work: Work, watch: Watch, receiver: Receiver) -> None:
        self.application, self.work, self.watch, self.receiver = application, work, watch, receiver

    @property
    def context(self) -> Context:
        return self.work.context

    async def arrive(self) -> "Subscriber":
        self.id = await person(self.application, self.context, new_address())
        self.hook, self.secret = await self.make(self.receiver.url)
        return self

    async def make(self, url: str) -> tuple[ShownHook, str]:
        networks = read(BillingSettings).hook_networks
        async with self.application.transaction(self.id) as session:
            return await service.create(session, self.context, self.id, url, [RELEASE], networks)

    async def told(self, **data: object) -> int:
        self.watch.now += timedelta(milliseconds=1)  # ids of one moment are in no order
        async with self.application.transaction(self.id) as session:
            return await service.tell(session, self.context, RELEASE, data, self.id)

    async def deliveries(self) -> list[HookDelivery]:
        async with self.application.transaction(self.id) as session:
            return list(await service.deliveries(session, self.id, self.hook.id, None, 200))

    async def last(self) -> HookDelivery:
        return (await self.deliveries())[0]

    async def shown(self) -> ShownHook:
        async with self.application.transaction(self.id) as session:
            return await service.hook_with(session, self.context, self.id, self.hook.id)

    async def deliver(self, wait: bool = True) -> HookDelivery:
        """What the job of the newest delivery does when it is due."""
        due = await self.last()
        if wait and due.next_at is not None:
            self.watch.now = max(self.watch.now, due.next_at)
        await tasks.deliver(self.work, due.id)
        return await self.last()


Story = Callable[[Subscriber], Awaitable[None]]
Told = Callable[[Story], None]
