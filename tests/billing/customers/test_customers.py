"""A user's one customer in Stripe: made once, whatever happens meanwhile, and gone with the user."""

import asyncio
import subprocess
import sys
import uuid
from typing import Any

import psycopg
import pytest
from stripe import StripeClient

from accounts.errors import Refused
from accounts.privacy import repository as privacy
from accounts.privacy.holdings import HOLDINGS
from billing.customers import repository, service, tasks
from billing.customers.models import Customer
from billing.customers.service import MARK, Payer
from billing.stripe.client import StripeAway
from kit.database import Database
from kit.postgres import Server
from tests.billing.stripe_world import client, peer, person, work_of
from tests.conftest import ROOT
from tests.databases import context, on
from tests.peers.stripe import StripePeer

__all__ = ["client", "peer"]

CHILD = """
import asyncio, sys, uuid
from billing.customers import service
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from kit.database import Database
from tests.databases import context
made = service.of(Database(sys.argv[1]), context(), client_of(BillingSettings()), uuid.UUID(sys.argv[2]))
asyncio.run(made)
"""


def made(server: Server, client: StripeClient, user_id: uuid.UUID) -> Payer:
    return on(server.urls.application, lambda database: service.of(database, context(), client, user_id))


def mirrored(server: Server, found: dict[str, Any]) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await service.mirror(session, context(), found)

    on(server.urls.worker, work)


def kept(server: Server, user_id: uuid.UUID) -> Payer | None:
    async def work(database: Database) -> Payer | None:
        async with database.transaction(user_id) as session:
            return await service.of_user(session, user_id)

    return on(server.urls.application, work)


def left(server: Server) -> set[str]:
    with psycopg.connect(server.urls.owner) as owner:
        return {str(id) for (id,) in owner.execute("SELECT stripe_id FROM left_customers")}


def test_it_is_made_when_first_needed_and_then_known(postgres: Server, peer: StripePeer, client: StripeClient) -> None:
    user_id = person(postgres, email := f"{uuid.uuid4().hex}@example.org")
    assert kept(postgres, user_id) is None
    payer = made(postgres, client, user_id)
    there = client.v1.customers.retrieve(payer.stripe_id)
    assert (there.email, there.to_dict()["metadata"]) == (email, {MARK: str(user_id)})
    peer.faults.next("status", "POST", "/v1/customers.*", times=100)
    assert made(postgres, client, user_id) == payer == kept(postgres, user_id)


def test_who_asks_at_once_is_given_the_same(postgres: Server, peer: StripePeer, client: StripeClient) -> None:
    user_id = person(postgres)

    async def work(database: Database) -> list[Payer]:
        asking = (service.of(database, context(), client, user_id) for _ in range(5))
        return await asyncio.gather(*asking)

    assert len(set(on(postgres.urls.application, work))) == 1
    assert len(peer.all("customer")) == 1


def test_killed_after_stripe_made_it_and_before_we_kept_it(
    postgres: Server, peer: StripePeer, client: StripeClient
) -> None:
    """Whoever asks next is given the customer that is there, also under another address."""
    user_id = person(postgres)
    fault = peer.faults.next("wait", "POST", "/v1/customers/.*")
    with subprocess.Popen([sys.executable, "-c", CHILD, postgres.urls.application, str(user_id)], cwd=ROOT) as child:
        assert fault.reached.wait(60)
        child.kill()
    fault.released.set()
    assert kept(postgres, user_id) is None
    (there,) = peer.all("customer")
    assert made(postgres, client, user_id).stripe_id == there["id"]
    assert len(peer.all("customer")) == 1


def test_what_stripe_tells_completes_what_was_not_kept(postgres: Server, client: StripeClient) -> None:
    user_id = person(postgres)
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})
    mirrored(postgres, there.to_dict())
    assert kept(postgres, user_id) == Payer(user_id, there.id, None)
    mirrored(postgres, there.to_dict() | {"currency": "gbp"})
    assert kept(postgres, user_id) == Payer(user_id, there.id, "GBP")


def test_who_was_deleted_in_stripe_is_made_anew_however_often(postgres: Server, client: StripeClient) -> None:
    user_id = person(postgres, email := f"{uuid.uuid4().hex}@example.org")
    payers = []
    for _ in range(3):
        payers.append(made(postgres, client, user_id).stripe_id)
        mirrored(postgres, client.v1.customers.delete(payers[-1]).to_dict())
    assert len(set(payers)) == 3
    payer = made(postgres, client, user_id)
    assert client.v1.customers.retrieve(payer.stripe_id).email == email


def test_a_second_one_takes_nothing_over(postgres: Server, client: StripeClient) -> None:
    user_id = person(postgres)
    first = made(postgres, client, user_id)
    mirrored(postgres, client.v1.customers.create({"metadata": {MARK: str(user_id)}}).to_dict() | {"currency": "eur"})
    assert kept(postgres, user_id) == first


@pytest.mark.parametrize("mark", [None, "", "nobody", str(uuid.UUID(int=1))])
def test_customers_of_others_with_the_same_account_are_left_alone(
    postgres: Server, client: StripeClient, mark: str | None
) -> None:
    before = left(postgres)
    given: Any = {"metadata": {MARK: mark}} if mark else {}
    mirrored(postgres, client.v1.customers.create(given).to_dict())
    assert left(postgres) == before


def test_while_stripe_is_away_nothing_is_kept(postgres: Server, peer: StripePeer, client: StripeClient) -> None:
    user_id = person(postgres)
    peer.faults.next("status", "POST", "/v1/customers", times=3)
    with pytest.raises(StripeAway):
        made(postgres, client, user_id)
    assert kept(postgres, user_id) is None
    assert made(postgres, client, user_id) == kept(postgres, user_id)


def test_who_is_erased_is_deleted_in_stripe_once_it_answers(
    postgres: Server, peer: StripePeer, client: StripeClient
) -> None:
    user_id = person(postgres)
    payer = made(postgres, client, user_id)
    holding = next(each for each in HOLDINGS if each.model is Customer)

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            assert await privacy.erase(session, holding, user_id) == 1

    async def forget(database: Database) -> None:
        await tasks.forget_left(work_of(database))

    on(postgres.urls.worker, erase)
    assert payer.stripe_id in left(postgres)
    peer.faults.next("status", "DELETE", "/v1/customers/.*", times=3)
    with pytest.raises(StripeAway):
        on(postgres.urls.worker, forget)
    assert payer.stripe_id in left(postgres)
    on(postgres.urls.worker, forget)
    assert left(postgres) == set()
    assert client.v1.customers.retrieve(payer.stripe_id).to_dict()["deleted"] is True


def test_who_was_erased_while_stripe_made_the_customer_is_deleted_there(postgres: Server, client: StripeClient) -> None:
    user_id = person(postgres, status="erased")
    there = client.v1.customers.create({"metadata": {MARK: str(user_id)}})
    mirrored(postgres, there.to_dict())
    assert there.id in left(postgres)
    assert kept(postgres, user_id) is None
    mirrored(postgres, {"id": there.id, "object": "customer", "deleted": True})
    assert there.id not in left(postgres)


def test_what_one_pays_in(postgres: Server, client: StripeClient) -> None:
    user_id = person(postgres, region="PK")
    there = made(postgres, client, user_id)

    async def paid_in(database: Database, asked: Any) -> str:
        async with database.transaction(user_id) as session:
            return await service.currency(session, user_id, asked)

    def asked(code: str | None) -> str:
        return on(postgres.urls.application, lambda database: paid_in(database, code))

    assert [asked(None), asked("EUR")] == ["PKR", "EUR"]
    mirrored(postgres, client.v1.customers.retrieve(there.stripe_id).to_dict() | {"currency": "gbp"})
    assert [asked(None), asked("GBP")] == ["GBP", "GBP"]
    with pytest.raises(Refused) as refused:
        asked("EUR")
    assert refused.value.code == "currency-mismatch"


def test_nobody_sees_whom_stripe_knows_others_as(postgres: Server, client: StripeClient) -> None:
    ana, bob = person(postgres), person(postgres)
    payer = made(postgres, client, ana)

    async def look(database: Database) -> None:
        async with database.transaction(bob) as session:
            assert await repository.of_user(session, ana) is None
            assert await repository.by_stripe_id(session, payer.stripe_id) is None

    on(postgres.urls.application, look)
