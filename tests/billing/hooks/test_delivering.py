"""What subscribers are told comes signed, is tried for three days, and comes to nobody else."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import polars as pl
import psycopg
import pytest
from procrastinate.manager import JobManager
from standardwebhooks import WebhookVerificationError

from accounts.context import Context
from accounts.errors import Refused
from accounts.jobs.work import Work
from accounts.mail.outbox import outbox_of
from billing.hooks import delivering, repository, service, tasks
from billing.hooks.models import HookDelivery
from billing.hooks.service import ShownHook
from billing.settings import BillingSettings
from kit.database import Database
from kit.postgres import Server
from kit.releases import publish
from kit.settings import read
from kit.store import Store
from tests.billing.hooks.receiver import Receiver, receiving
from tests.databases import on
from tests.people import Watch, knowing, letters_to, new_address, person

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


@pytest.fixture
def told_by(postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """Tells a story of a subscriber whose server is in a network of our own."""
    monkeypatch.setenv("PAYBAND_HOOK_NETWORKS", "127.0.0.0/8")

    def run(story: Story) -> None:
        async def tell(application: Database) -> None:
            watch = Watch(datetime.now(UTC))
            context, worker = knowing(watch, store=tmp_path), Database(postgres.urls.worker)
            try:
                with receiving() as receiver:
                    work = Work(worker, context, outbox_of(context.settings), cast(JobManager, None))
                    await story(await Subscriber(application, work, watch, receiver).arrive())
            finally:
                await worker.close()

        on(postgres.urls.application, tell)

    return run


def test_an_event_comes_signed_once(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        assert await ann.told(release="r1") == 1
        assert (await ann.deliver()).state == "delivered"
        await ann.deliver()
        ((headers, _),) = ann.receiver.requests
        event = ann.receiver.told(ann.secret)
        assert (event["type"], event["data"]) == (RELEASE, {"release": "r1"})
        assert headers["webhook-id"] == f"msg_{(await ann.last()).event_id.hex}"
        with pytest.raises(WebhookVerificationError):
            ann.receiver.told("whsec_" + "A" * 44)

    told_by(story)


def test_what_fails_is_tried_for_three_days_then_the_endpoint_is_disabled_and_its_owner_told(
    told_by: Told, postgres: Server
) -> None:
    async def story(ann: Subscriber) -> None:
        ann.receiver.answers = [500]
        await ann.told(release="r1")
        begun, waits = ann.watch.now, []
        while (await ann.last()).state == "waiting":
            before = ann.watch.now
            await ann.deliver()
            waits.append(ann.watch.now - before)
        assert waits == sorted(waits), "longer and longer"
        assert timedelta(days=3) <= ann.watch.now - begun <= timedelta(days=3.4)
        assert len(ann.receiver.requests) == len(delivering.WAITS_S) + 1
        assert len({headers["webhook-id"] for headers, _ in ann.receiver.requests}) == 1
        failed = await ann.last()
        assert (failed.state, failed.status, failed.reason) == ("failed", 500, "answered 500")
        assert not (await ann.shown()).enabled
        ((kind, letter),) = await letters_to(postgres, ann.id)
        assert kind == "hook_disabled"
        assert str(ann.hook.id) in letter
        assert await ann.told(release="r2") == 0

    told_by(story)


def test_one_that_is_answered_in_between_is_not_disabled(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        ann.receiver.answers = [500]
        await ann.told(release="r1")
        lost = await ann.last()
        ann.watch.now += timedelta(days=2.9)
        ann.receiver.answers = [200]
        await ann.told(release="r2")
        await ann.deliver()
        ann.receiver.answers = [500]
        for _ in range(len(delivering.WAITS_S) + 1):
            await tasks.deliver(ann.work, lost.id)
            ann.watch.now += timedelta(hours=1)
        assert {each.state for each in await ann.deliveries()} == {"delivered", "failed"}
        assert (await ann.shown()).enabled

    told_by(story)


def test_one_that_says_it_is_gone_is_disabled_at_once_and_what_waits_is_dropped(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        await ann.told(release="r1")
        waiting = await ann.last()
        ann.receiver.answers = [410]
        await ann.told(release="r2")
        assert (await ann.deliver()).state == "failed"
        assert not (await ann.shown()).enabled
        await tasks.deliver(ann.work, waiting.id)
        assert (await ann.deliveries())[-1].state == "dropped"
        assert len(ann.receiver.requests) == 1
        with pytest.raises(Refused, match="disabled"):
            async with ann.application.transaction(ann.id) as session:
                await service.send_again(session, ann.context, ann.id, ann.hook.id, waiting.id)

    told_by(story)


def test_what_was_sent_can_be_sent_again_as_the_same_event(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        await ann.told(release="r1")
        first = await ann.deliver()
        ann.watch.now += timedelta(milliseconds=1)
        async with ann.application.transaction(ann.id) as session:
            again = await service.send_again(session, ann.context, ann.id, ann.hook.id, first.id)
        await tasks.deliver(ann.work, again.id)
        assert again.event_id == first.event_id
        (one, body), (two, same) = ann.receiver.requests
        assert (one["webhook-id"], body) == (two["webhook-id"], same)

    told_by(story)


def test_the_secret_before_signs_beside_the_new_one_for_a_day(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        async with ann.application.transaction(ann.id) as session:
            new = await service.rotate_secret(session, ann.context, ann.id, ann.hook.id)
        await ann.told(release="r1")
        await ann.deliver()
        assert ann.receiver.told(new) == ann.receiver.told(ann.secret)
        ann.watch.now += service.OVERLAP
        await ann.told(release="r2")
        await ann.deliver()
        (headers, _) = ann.receiver.requests[-1]
        assert len(headers["webhook-signature"].split()) == 1

    told_by(story)


def test_an_address_inside_is_refused_when_it_is_named_and_when_it_is_sent_to(
    told_by: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(ann: Subscriber) -> None:
        await ann.told(release="r1")
        monkeypatch.delenv("PAYBAND_HOOK_NETWORKS")  # it was allowed, and is no more
        refused = await ann.deliver()
        assert (refused.state, refused.status) == ("waiting", None)
        assert refused.reason == "its host is not at a public address"
        assert ann.receiver.requests == []
        for url in (ann.receiver.url, "https://127.0.0.1/", "https://user:word@example.org/"):
            with pytest.raises(Refused) as refusal:
                await ann.make(url)
            assert refusal.value.code == "invalid-parameter"

    told_by(story)


def test_there_are_ten_at_most(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        for _ in range(service.MOST - 1):
            await ann.make(ann.receiver.url)
        with pytest.raises(Refused) as refusal:
            await ann.make(ann.receiver.url)
        assert refusal.value.code == "too-many-hooks"

    told_by(story)


def test_a_release_is_told_to_everybody_who_wants_to_know_once(told_by: Told, postgres: Server) -> None:
    async def story(ann: Subscriber) -> None:
        ben = await Subscriber(ann.application, ann.work, ann.watch, ann.receiver).arrive()
        with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
            connection.execute("DELETE FROM announced_releases")
        await tasks.announce_release(ann.work)  # there is none yet
        first = published(ann, 1.0)
        await tasks.announce_release(ann.work)
        assert await ann.deliveries() == [], "the first is no news"
        second = published(ann, 2.0)
        for _ in range(3):
            await tasks.announce_release(ann.work)
        for each in (ann, ben):
            (told,) = await each.deliveries()
            await tasks.deliver(ann.work, told.id)
            assert ann.receiver.told(each.secret)["data"] == {"release": second}
        assert first != second

    told_by(story)


def published(ann: Subscriber, median: float) -> str:
    tables = {"pay": pl.DataFrame({"place": ["p"], "median": [median]})}
    made = publish(Store(ann.context.settings.store).releases, tables, keys={"pay": ["place"]})
    assert made is not None
    return made.id


def test_what_was_sent_is_forgotten_after_a_month(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        await ann.told(release="r1")
        ann.watch.now += service.KEPT - timedelta(minutes=1)
        await tasks.prune(ann.work)
        assert len(await ann.deliveries()) == 1
        ann.watch.now += timedelta(minutes=2)
        await tasks.prune(ann.work)
        assert await ann.deliveries() == []

    told_by(story)


def test_neither_addresses_nor_secrets_are_to_be_read_in_the_database(told_by: Told, postgres: Server) -> None:
    async def story(ann: Subscriber) -> None:
        await ann.told(release="r1")
        with psycopg.connect(postgres.urls.worker) as connection:
            rows = connection.execute(
                "SELECT h::text, d::text FROM hooks h JOIN hook_deliveries d ON d.hook_id = h.id WHERE h.id = %s",
                [ann.hook.id],
            ).fetchall()
        assert len(rows) == 1
        secret = ann.secret.removeprefix("whsec_")
        for text in (ann.receiver.url, secret, secret.encode().hex(), ann.receiver.url.encode().hex()):
            assert not any(text in column for row in rows for column in row)

    told_by(story)


def test_nobody_sees_or_changes_another_s(told_by: Told) -> None:
    async def story(ann: Subscriber) -> None:
        ben = await Subscriber(ann.application, ann.work, ann.watch, ann.receiver).arrive()
        async with ann.application.transaction(ben.id) as session:
            assert await repository.by_id(session, ann.hook.id) is None
            for act in (
                service.hook_with(session, ann.context, ben.id, ann.hook.id),
                service.remove(session, ann.context, ben.id, ann.hook.id),
                service.ping(session, ann.context, ben.id, ann.hook.id),
                service.deliveries(session, ben.id, ann.hook.id, None, 10),
            ):
                with pytest.raises(Refused, match="no webhook endpoint"):
                    await act
            with pytest.raises(Refused, match="no delivery"):
                await service.send_again(session, ann.context, ben.id, ben.hook.id, uuid.uuid4())

    told_by(story)
