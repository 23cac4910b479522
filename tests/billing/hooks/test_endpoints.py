"""Where subscribers are told: at public addresses of their own, which nobody else sees."""

import uuid

import psycopg
import pytest

from accounts.errors import Refused
from billing.hooks import repository, service
from kit.postgres import Server
from tests.billing.hooks.subscriber import Subscriber, Told


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
