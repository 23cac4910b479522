"""What subscribers are told comes signed, is tried for three days, and comes to nobody else."""

from datetime import timedelta

import polars as pl
import psycopg
import pytest
from standardwebhooks import WebhookVerificationError

from accounts.errors import Refused
from billing.hooks import delivering, service, tasks
from kit.postgres import Server
from kit.releases import publish
from kit.store import Store
from tests.billing.hooks.subscriber import RELEASE, Subscriber, Told
from tests.people import letters_to


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
