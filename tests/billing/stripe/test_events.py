"""Events of Stripe, worked on: the mirror is what Stripe has now, whatever the events said and in whatever order."""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pydantic import SecretStr
from stripe import StripeClient

from accounts.errors import Refused
from accounts.jobs.registry import TASKS
from billing.customers import service as customers
from billing.customers.service import MARK, Payer
from billing.stripe.client import StripeAway
from billing.stripe.events import service, tasks
from billing.stripe.events.service import TASK
from kit.database import Database
from kit.errors import BadInput
from kit.postgres import Server
from tests.billing.stripe.events import event, received, row, worked
from tests.billing.stripe_world import client, peer, person, work_of
from tests.databases import context, on
from tests.peers.stripe import StripePeer
from tests.peers.stripe.deliveries import sign

__all__ = ["client", "peer"]

NOW = datetime(2026, 11, 3, 9, 30, 0, 500_000, UTC)
SECRET, OTHER = SecretStr("whsec_" + "a" * 32), SecretStr("whsec_" + "b" * 32)


@pytest.fixture
def server(postgres: Server) -> Server:
    """Without the jobs of other tests."""
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs")
    return postgres


def jobs(server: Server) -> list[tuple[str, str]]:
    """(lock, our number of the event) of each that waits."""
    with psycopg.connect(server.urls.owner) as owner:
        asked = "SELECT lock, args->>'event_id' FROM procrastinate.procrastinate_jobs WHERE task_name = %s ORDER BY id"
        return [(str(lock), str(id)) for lock, id in owner.execute(asked, [TASK])]


def kept(server: Server, user_id: uuid.UUID) -> Payer | None:
    async def work(database: Database) -> Payer | None:
        async with database.transaction(user_id) as session:
            return await customers.of_user(session, user_id)

    return on(server.urls.application, work)


def test_an_event_is_kept_once_and_one_job_reads_what_it_is_about(server: Server, client: StripeClient) -> None:
    user_id = person(server)
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})
    told = event({"object": "customer", "id": there.id, "metadata": {MARK: "a lie"}, "currency": "inr"})
    assert received(server, told, told) == [True, False]
    assert received(server, told) == [False]
    assert jobs(server) == [(f"stripe:{there.id}", str(row(server, told)["id"]))]
    worked(server, told)
    assert kept(server, user_id) == Payer(user_id, there.id, None), "what the event said is nothing to us"
    done = row(server, told)
    assert (done["state"], done["attempts"], done["error"]) == ("done", 1, None)


def test_one_reading_answers_all_that_was_told_before(server: Server, client: StripeClient, peer: StripePeer) -> None:
    user_id = person(server)
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})
    about = {"object": "customer", "id": there.id}
    first, second = event(about), event(about)
    received(server, first, second)
    worked(server, second)
    assert {row(server, each)["state"] for each in (first, second)} == {"done"}
    peer.faults.next("status", "GET", "/v1/customers/.*", times=100)
    worked(server, first)  # asks nobody


def test_what_stripe_has_no_more_is_gone_here(server: Server, client: StripeClient) -> None:
    user_id = person(server)
    payer = on(server.urls.application, lambda database: customers.of(database, context(), client, user_id))
    unheard = {"object": "customer", "id": "cus_unheard_of"}
    client.v1.customers.delete(payer.stripe_id)
    for about in (unheard, {"object": "customer", "id": payer.stripe_id}):
        told = event(about)
        received(server, told)
        worked(server, told)
        assert row(server, told)["state"] == "done"
    assert kept(server, user_id) is None


def test_while_stripe_is_away_it_is_tried_again_and_after_all_attempts_parked(
    server: Server, client: StripeClient, peer: StripePeer
) -> None:
    user_id = person(server)
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})
    told = event({"object": "customer", "id": there.id})
    received(server, told)
    fault = peer.faults.next("status", "GET", "/v1/customers/.*", times=1_000)
    for attempt in (1, 2):
        with pytest.raises(StripeAway):
            worked(server, told)
        found = row(server, told)
        assert (found["state"], found["attempts"]) == ("received", attempt)
        assert found["error"] == "Stripe answers 500"
    with psycopg.connect(server.urls.owner, autocommit=True) as owner:
        last = TASKS[TASK].attempts - 1
        owner.execute("UPDATE stripe_events SET attempts = %s WHERE event_id = %s", [last, told.id])
    with pytest.raises(StripeAway):
        worked(server, told)
    assert row(server, told)["state"] == "parked"
    fault.times = 0
    worked(server, told)
    assert kept(server, user_id) is None, "what is parked waits for somebody"
    replay(server, told.id)
    worked(server, told)
    assert (row(server, told)["state"], kept(server, user_id)) == ("done", Payer(user_id, there.id, None))


def test_what_can_not_pass_is_parked_at_once(
    server: Server, client: StripeClient, peer: StripePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = client.v1.customers.create({})
    told = event({"object": "customer", "id": there.id})
    received(server, told)
    monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", "another")
    with pytest.raises(BadInput):
        worked(server, told)
    found = row(server, told)
    assert (found["state"], found["error"]) == ("parked", "Stripe does not know the key in PAYBAND_STRIPE_API_KEY")


def replay(server: Server, event_id: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await service.replay(session, event_id)

    on(server.urls.admin, work)


def test_only_what_is_here_and_has_a_mirror_is_replayed(server: Server) -> None:
    told = event({"object": "mandate", "id": "mandate_1"}, "mandate.updated")
    received(server, told)
    for id, said in (("evt_none", "there is no event evt_none"), (told.id, "nothing is kept of mandate")):
        with pytest.raises(BadInput, match=said):
            replay(server, id)


@pytest.mark.parametrize(
    "about", [{"object": "mandate", "id": "mandate_1"}, {"object": "balance"}, {"id": 5, "object": "customer"}, {}]
)
def test_what_has_no_mirror_is_noted_and_done(server: Server, about: dict[str, object]) -> None:
    told = event(about, "something.happened")
    assert received(server, told) == [True]
    assert (row(server, told)["state"], jobs(server)) == ("done", [])


def test_an_object_is_looked_at_again_without_an_event(server: Server, client: StripeClient) -> None:
    user_id = person(server)
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})

    async def again(database: Database) -> None:
        async with database.transaction() as session:
            await service.look_again(session, context(), "customer", there.id)

    on(server.urls.application, again)
    ((lock, id),) = jobs(server)
    assert lock == f"stripe:{there.id}"
    on(server.urls.worker, lambda database: tasks.mirror(work_of(database), uuid.UUID(id)))
    assert kept(server, user_id) == Payer(user_id, there.id, None)


def test_what_was_done_long_ago_is_forgotten(server: Server) -> None:
    old, new, parked = (event({"object": "mandate", "id": "m"}) for _ in range(3))
    received(server, old, new, parked)
    with psycopg.connect(server.urls.owner, autocommit=True) as owner:
        ago = datetime.now(UTC) - timedelta(days=91)
        told = "UPDATE stripe_events SET ended_at = %s, state = %s WHERE event_id = %s"
        owner.execute(told, [ago, "done", old.id])
        owner.execute(told, [ago, "parked", parked.id])
    on(server.urls.worker, lambda database: tasks.prune(work_of(database)))
    with psycopg.connect(server.urls.owner) as owner:
        left = {id for (id,) in owner.execute("SELECT event_id FROM stripe_events")}
    assert left & {old.id, new.id, parked.id} == {new.id, parked.id}


BODY = b'{"id": "evt_1", "object": "event", "type": "a.b", "created": 1, "data": {"object": {}}}'


def signature(body: bytes = BODY, *secrets: SecretStr, at: datetime = NOW) -> str:
    return sign(body, [each.get_secret_value() for each in secrets or (SECRET,)], int(at.timestamp()))


def test_any_of_several_secrets_is_good_on_either_side() -> None:
    for ours, theirs in (([SECRET], [SECRET]), ([OTHER, SECRET], [SECRET]), ([SECRET], [OTHER, SECRET])):
        assert service.verified(ours, BODY, signature(BODY, *theirs), NOW).id == "evt_1"


@pytest.mark.parametrize("off", [-300, -299, 0, 300])
def test_five_minutes_are_let_pass(off: int) -> None:
    now = datetime.fromtimestamp(int(NOW.timestamp()), UTC)
    assert service.verified([SECRET], BODY, signature(at=now + timedelta(seconds=off)), now).type == "a.b"


@pytest.mark.parametrize(
    ("body", "header", "code"),
    [
        (BODY, "", "invalid-signature"),
        (BODY, "t=1,v1=", "invalid-signature"),
        (BODY, "v1=abc", "invalid-signature"),
        (BODY, "t=soon,v1=abc", "invalid-signature"),
        (BODY, signature(BODY, OTHER), "invalid-signature"),
        (BODY, signature().replace("v1=", "v0="), "invalid-signature"),
        (BODY + b" ", signature(), "invalid-signature"),
        (b"\xff\xfe", signature(b"\xff\xfe"), "invalid-signature"),
        (BODY, signature(at=NOW - timedelta(seconds=302)), "stale-signature"),
        (BODY, signature(at=NOW + timedelta(seconds=302)), "stale-signature"),
        (b"{", signature(b"{"), "malformed-body"),
        (b"[]", signature(b"[]"), "malformed-body"),
        (BODY.replace(b'"event"', b'"v2.core.event"'), signature(BODY.replace(b'"event"', b'"v2.core.event"')),
         "malformed-body"),
        (BODY.replace(b"evt_1", b"evt 1"), signature(BODY.replace(b"evt_1", b"evt 1")), "malformed-body"),
        (BODY.replace(b": 1", b": -1"), signature(BODY.replace(b": 1", b": -1")), "malformed-body"),
    ],
)  # fmt: skip
def test_what_is_forged_stale_or_no_event_is_refused(body: bytes, header: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        service.verified([SECRET], body, header, NOW)
    assert refused.value.code == code


OLD = int(NOW.timestamp()) - 100_000


@pytest.mark.parametrize("written", [f"+{OLD}", f" {OLD}", f"{OLD} ", f"0_{OLD}", f"-{OLD}", f"{OLD}=", f"{OLD}"])
def test_what_was_signed_long_ago_is_not_taken_with_another_time_beside_its_own(written: str) -> None:
    told = {f"t={OLD}": f"t={written}", "v1=": f"t={int(NOW.timestamp())},v1="}
    header = signature(at=datetime.fromtimestamp(OLD, UTC))
    for before, after in told.items():
        header = header.replace(before, after)
    with pytest.raises(Refused, match="signature"):
        service.verified([SECRET], BODY, header, NOW)


def test_where_there_is_no_secret_nothing_is_taken() -> None:
    with pytest.raises(Refused) as refused:
        service.verified([], BODY, signature(), NOW)
    assert refused.value.code == "not-found"
